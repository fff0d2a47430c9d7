// Frames of a clip on their way into a model: decoded late, one ahead, encoded once for all targets.
import { setImmediate as turn } from "node:timers/promises";
import { reasonOf } from "../../core/errors.ts";
import type { ClipFrames, RgbImage, Size } from "../../core/types.ts";
import type { KeptTensor, Tensor } from "../runtime/graph.ts";
import type { Features, VideoContract } from "./contract.ts";

/** Frames whose features stay with the runtime: that under way, the next, and those of prompts. */
const MOST_FEATURES = 4;

export interface FrameSource {
  readonly size: Size;
  /** Why a frame cannot be used, where it cannot. */
  problem(frame: number): Promise<string | undefined>;
  /** Features of a frame without a problem; with their values where `values`. */
  features(frame: number, values: boolean): Promise<Features>;
  /** Reads, prepares and encodes a frame once what was sent to the runtime before is under way. */
  ahead(frame: number): void;
  /** Lets go of a tensor that stays with the runtime. Nobody waits: that is done after what the runtime was asked for before. */
  free(tensor: KeptTensor): void;
  close(): Promise<void>;
}

interface Encoding {
  readonly values: boolean;
  readonly features: Promise<Features>;
}

/** Rejects if the first frame cannot be read: its size is the clip's. */
export async function frameSource(
  { frames }: ClipFrames,
  contract: Pick<VideoContract, "encode">,
  input: (image: RgbImage) => Promise<Tensor>,
  letGo: (tensor: KeptTensor) => Promise<void>,
): Promise<FrameSource> {
  const free = (tensor: KeptTensor) => void letGo(tensor).catch(() => undefined);
  let first: RgbImage | undefined = await frames[0]!.load();
  const size = { width: first.width, height: first.height };
  const encodings = new Map<number, Encoding>();
  /** Inputs that are not encoded yet, or a sentence why there is none: of a frame or two. */
  const inputs = new Map<number, Promise<Tensor | string>>();
  /** The frame that is prepared beside the one under way. */
  let coming: number | undefined;
  let closed = false;

  async function made(frame: number): Promise<Tensor | string> {
    try {
      const image = (frame === 0 ? first : undefined) ?? (await frames[frame]!.load());
      first = undefined;
      const { width, height } = image;
      if (width !== size.width || height !== size.height)
        return `the frame is ${width}x${height}, the clip's first one ${size.width}x${size.height}`;
      return await input(image);
    } catch (error) {
      return reasonOf(error);
    }
  }

  function inputOf(frame: number): Promise<Tensor | string> {
    const making = inputs.get(frame) ?? made(frame);
    inputs.set(frame, making);
    return making;
  }

  async function drop(frame: number): Promise<void> {
    const { features } = encodings.get(frame)!;
    encodings.delete(frame);
    const found = await features.catch(() => undefined);
    if (found !== undefined) for (const tensor of [found.raw, ...Object.values(found.levels)]) free(tensor);
  }

  async function encoded(frame: number, values: boolean): Promise<Features> {
    const image = await inputOf(frame);
    inputs.delete(frame);
    if (typeof image === "string") throw new Error(image);
    return contract.encode(image, values);
  }

  async function features(frame: number, values: boolean): Promise<Features> {
    const known = encodings.get(frame);
    const fits = known !== undefined && (!values || known.values);
    if (known !== undefined && !fits) await drop(frame);
    encodings.delete(frame);
    const encoding = fits ? known : { values, features: encoded(frame, values) };
    encodings.set(frame, encoding);
    for (const oldest of encodings.keys()) if (encodings.size > MOST_FEATURES) await drop(oldest);
    try {
      return await encoding.features;
    } catch (error) {
      encodings.delete(frame);
      throw error;
    }
  }

  const wanted = (frame: number) => !closed && frames[frame] !== undefined && !encodings.has(frame);

  return {
    size,
    free,
    features,
    async problem(frame) {
      coming = undefined;
      if (encodings.has(frame)) return undefined;
      for (const other of inputs.keys()) if (other !== frame) inputs.delete(other);
      const found = await inputOf(frame);
      return typeof found === "string" ? found : undefined;
    },
    /**
     * That turn may come late, since answers that follow one another leave no room for it: a frame that was passed meanwhile is not prepared
     * any more, or it would push out features that are in use.
     */
    ahead(frame) {
      coming = frame;
      const isComing = () => coming === frame && wanted(frame);
      const encode = async () => {
        if (!isComing()) return;
        // What goes wrong here goes wrong again where the frame is asked for.
        const found = await inputOf(frame);
        if (typeof found !== "string" && isComing()) await features(frame, false).catch(() => undefined);
      };
      if (isComing()) setImmediate(() => void encode());
    },
    async close() {
      closed = true;
      inputs.clear();
      for (const frame of [...encodings.keys()]) await drop(frame);
    },
  };
}

/** Resolves when the messages of this turn are on their way. */
export const sent = (): Promise<void> => turn();
