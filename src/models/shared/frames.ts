import type { Size } from "../../core/types.ts";
import type { MaskGeometry } from "../../masks/mask-from-logits.ts";
import { type Frame, frameOf } from "./preprocess.ts";

/** Where the pixels and where the prompts of an image lie: two frames, since some exports count clicks in a larger one. */
export interface Frames {
  readonly image: Frame;
  readonly prompt: Frame;
}

/** Long side to `side`, padded: the frame of SAM. `promptSide` where clicks are counted in another frame than the picture's. */
export function longSide(size: Size, side: number, promptSide = side): Frames {
  return { image: frameOf(size, side), prompt: frameOf(size, promptSide) };
}

/** Both sides to `side`, whatever the aspect ratio: the frame of SAM 2. */
export function stretched({ width, height }: Size, side: number): Frames {
  const frame = { original: { width, height }, resized: { width: side, height: side }, side };
  return { image: frame, prompt: frame };
}

/** The picture as it is. */
export function unscaled({ width, height }: Size): Frames {
  const size = { width, height };
  const frame = { original: size, resized: size, side: Math.max(width, height) };
  return { image: frame, prompt: frame };
}

/** From logits to mask without a frame between: one bilinear step, none where the logits have the image's size. */
export function direct(low: Size, original: Size, threshold: number): MaskGeometry {
  return { frame: low, resized: low, original, threshold };
}
