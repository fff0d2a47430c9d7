// Runs in a worker thread: large pictures are resized and normalised here, while the main thread scores.
import type { ImageContract } from "../../core/schema-types.ts";
import type { RgbImage } from "../../core/types.ts";
import type { Frame } from "../tensors/frames.ts";
import { encoderInput } from "../tensors/preprocess.ts";
import type { Tensor } from "./graph.ts";
import { transferable } from "./thread.ts";

export interface PictureTask {
  readonly image: RgbImage;
  readonly frame: Frame;
  readonly card: Required<ImageContract>;
}

export default function work({ image, frame, card }: PictureTask): Tensor {
  const input = encoderInput(image, frame, card);
  return transferable(input, [input.data.buffer as ArrayBuffer]);
}
