// Where encoder inputs are made: small ones at once, large ones in threads that all sessions of the process share. Those threads begin
// with this file too.
import { availableParallelism } from "node:os";
import { Tinypool } from "tinypool";
import type { RgbImage } from "../../core/types.ts";
import type { Frame } from "../tensors/frames.ts";
import { encoderInput, type FullImageContract } from "../tensors/preprocess.ts";
import type { Tensor } from "./graph.ts";
import { transferable, workerEntry } from "./thread.ts";

/** Values of an input from which on making it takes longer than handing the image over. */
const LARGE = 3 * 512 * 512;
/** One thread keeps up with several encoders. */
const PROCESSORS_PER_THREAD = 4;
const IDLE_MS = 10_000;

let pool: Tinypool | undefined;
let makers = 0;

interface PictureTask {
  readonly image: RgbImage;
  readonly frame: Frame;
  readonly card: FullImageContract;
}

/** What a thread does. */
export default function work({ image, frame, card }: PictureTask): Tensor {
  const input = encoderInput(image, frame, card);
  return transferable(input, [input.data.buffer as ArrayBuffer]);
}

export interface InputMaker {
  /** As `encoderInput`, wherever it is made. The image is copied and stays the caller's. */
  make(image: RgbImage, frame: Frame, card: FullImageContract): Promise<Tensor>;
  /** The threads end with the last maker. */
  close(): Promise<void>;
}

export function openInputMaker(): InputMaker {
  makers++;
  return {
    async make(image, frame, card) {
      if (3 * frame.resized.width * frame.resized.height < LARGE) return encoderInput(image, frame, card);
      pool ??= openPool();
      return (await pool.run({ image, frame, card } satisfies PictureTask)) as Tensor;
    },
    async close() {
      makers--;
      if (makers > 0) return;
      const last = pool;
      pool = undefined;
      await last?.destroy();
    },
  };
}

function openPool(): Tinypool {
  const opened = new Tinypool({
    ...workerEntry("./pictures.ts"),
    runtime: "worker_threads",
    minThreads: 0,
    maxThreads: Math.max(1, Math.floor(availableParallelism() / PROCESSORS_PER_THREAD)),
    idleTimeout: IDLE_MS,
  });
  opened.on("error", () => undefined); // the task that it ended rejects
  return opened;
}
