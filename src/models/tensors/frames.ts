// Frames: where an image's pixels and prompts lie in a model's inputs, and the mapping of logits back to the image.
import { complain } from "../../core/errors.ts";
import type { Size } from "../../core/types.ts";
import type { MaskGeometry } from "../../masks/mask-from-logits.ts";
import { fitLongSide } from "../../masks/resize-image.ts";

/** Where an image lies in the model's square frame: top left, the rest is padding. */
export interface Frame {
  readonly original: Size;
  readonly resized: Size;
  /** Side of the square frame. */
  readonly side: number;
}

/** The long side becomes the frame's side, each side int(x * S / max(h, w) + 0.5): SAM's ResizeLongestSide. */
export function frameOf(original: Size, side: number): Frame {
  const { width, height } = original;
  const resized = fitLongSide(original, side);
  if (resized.width === 0 || resized.height === 0)
    throw complain("image", `its short side vanishes when the long side becomes ${side}`, {
      expected: `an image at most ${2 * side} times as long as wide`,
      got: `${width}x${height}`,
    });
  return { original: { width, height }, resized, side };
}

/**
 * Where the pixels and where the prompts of an image lie: two frames, since some exports count clicks in a
 * larger one.
 */
export interface Frames {
  readonly image: Frame;
  readonly prompt: Frame;
}

/**
 * Long side to `side`, padded: the frame of SAM. `promptSide` where clicks are counted in another frame than
 * the image's.
 */
export function longSide(size: Size, side: number, promptSide = side): Frames {
  return { image: frameOf(size, side), prompt: frameOf(size, promptSide) };
}

/** Both sides to `side`, whatever the aspect ratio: the frame of SAM 2. */
export function stretched({ width, height }: Size, side: number): Frames {
  const frame = { original: { width, height }, resized: { width: side, height: side }, side };
  return { image: frame, prompt: frame };
}

/** The image as it is. */
export function unscaled({ width, height }: Size): Frames {
  const size = { width, height };
  const frame = { original: size, resized: size, side: Math.max(width, height) };
  return { image: frame, prompt: frame };
}

/** From logits to mask without a frame in between: one bilinear step, none where the logits have the image's size. */
export function direct(low: Size, original: Size, threshold: number): MaskGeometry {
  return { frame: low, resized: low, original, threshold };
}

/** Resized to the padded frame, cropped, resized to the image: `Sam.postprocess_masks`. */
export function throughFrame({ side, resized, original }: Frame, threshold: number): MaskGeometry {
  return { frame: side, resized, original, threshold };
}
