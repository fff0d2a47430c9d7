// Frames of a clip on their way into a model: decoded late, one ahead, encoded once for all targets.
import { reasonOf } from "../../core/errors.ts";
import type { ClipFrames, RgbImage, Size } from "../../core/types.ts";
import type { KeptTensor, Tensor } from "../runtime/graph.ts";
import type { Features, VideoContract } from "./contract.ts";

/** Frames whose features stay with the runtime: those of prompts and the one under way. */
const MOST_FEATURES = 3;

export interface FrameSource {
  readonly size: Size;
  /** Why a frame cannot be used, where it cannot. Starts to read `next` as well. */
  problem(frame: number, next?: number): Promise<string | undefined>;
  /** Features of a frame without a problem; with their values where `values`. */
  features(frame: number, values: boolean): Promise<Features>;
  /** Lets go of a tensor that stays with the runtime. */
  free(tensor: KeptTensor): Promise<void>;
  close(): Promise<void>;
}

/** Rejects if the first frame cannot be read: its size is the clip's. */
export async function frameSource(
  { frames }: ClipFrames,
  contract: Pick<VideoContract, "encode">,
  input: (image: RgbImage) => Promise<Tensor>,
  free: (tensor: KeptTensor) => Promise<void>,
): Promise<FrameSource> {
  const first = await frames[0]!.load();
  const size = { width: first.width, height: first.height };
  const features = new Map<number, Features>();
  /** Inputs made ahead: of a frame or two. */
  const inputs = new Map<number, Promise<Tensor | string>>();

  async function made(frame: number): Promise<Tensor | string> {
    try {
      const image =
        frame === 0 && features.size === 0 && inputs.size === 0 ? first : await frames[frame]!.load();
      const { width, height } = image;
      if (width !== size.width || height !== size.height)
        return `the frame is ${width}x${height}, the clip's first one ${size.width}x${size.height}`;
      return await input(image);
    } catch (error) {
      return reasonOf(error);
    }
  }

  function ahead(frame: number): Promise<Tensor | string> {
    const known = inputs.get(frame);
    if (known !== undefined) return known;
    const making = made(frame);
    inputs.set(frame, making);
    return making;
  }

  async function drop(frame: number): Promise<void> {
    const { raw, levels } = features.get(frame)!;
    features.delete(frame);
    for (const tensor of [raw, ...Object.values(levels)]) await free(tensor);
  }

  return {
    size,
    free,
    async problem(frame, next) {
      const waiting = features.has(frame) ? undefined : ahead(frame);
      for (const other of inputs.keys()) if (other !== frame && other !== next) inputs.delete(other);
      const found = await waiting;
      if (next !== undefined && frames[next] !== undefined && !features.has(next)) void ahead(next);
      return typeof found === "string" ? found : undefined;
    },
    async features(frame, values) {
      const known = features.get(frame);
      if (known !== undefined && (!values || known.values !== undefined)) {
        features.delete(frame);
        features.set(frame, known);
        return known;
      }
      const image = await ahead(frame);
      inputs.delete(frame);
      if (typeof image === "string") throw new Error(image);
      if (known !== undefined) await drop(frame);
      for (const oldest of features.keys()) if (features.size >= MOST_FEATURES) await drop(oldest);
      const encoded = await contract.encode(image, values);
      features.set(frame, encoded);
      return encoded;
    },
    async close() {
      inputs.clear();
      for (const frame of [...features.keys()]) await drop(frame);
    },
  };
}
