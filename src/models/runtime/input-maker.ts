// Makes encoder inputs: small ones in place, large ones in threads that all sessions of the process share.
// Those threads also start from this file.
import { availableParallelism } from "node:os";
import { Tinypool } from "tinypool";
import type { RgbImage } from "../../core/types.ts";
import type { Frame } from "../tensors/frames.ts";
import { encoderInput, type FullImageContract } from "../tensors/preprocess.ts";
import type { Tensor } from "./graph.ts";
import { workerEntry } from "./thread.ts";

/** Size of an input, in values, from which making it takes longer than passing the image to a thread. */
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

/** The work of a thread. */
export default function work({ image, frame, card }: PictureTask): Tensor {
  const input = encoderInput(image, frame, card);
  // The pool hands its buffer over instead of copying it.
  return Object.defineProperties(input, {
    [Tinypool.transferableSymbol]: { value: [input.data.buffer] },
    [Tinypool.valueSymbol]: { value: input },
  });
}

export interface InputMaker {
  /** Like `encoderInput`, in this thread or another. The image is copied. */
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
    ...workerEntry("./input-maker.ts"),
    runtime: "worker_threads",
    minThreads: 0,
    maxThreads: Math.max(1, Math.floor(availableParallelism() / PROCESSORS_PER_THREAD)),
    idleTimeout: IDLE_MS,
  });
  opened.on("error", () => undefined); // the task that it ended rejects
  return opened;
}
