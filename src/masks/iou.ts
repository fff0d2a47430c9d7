// Scores from counts of pixels, which WebAssembly (wasm/bits.ts) counts 64 at a time.
import { boundaryDefaults, contourDefaults } from "../core/defaults.ts";
import { roundHalfToEven } from "../core/numbers.ts";
import type { BitMask, Size } from "../core/types.ts";
import { answerOf, bits, placeMasks, takeMask } from "./wasm.ts";

/**
 * Intersection over union (Jaccard index): |A & B| / |A | B| from exact counts, without `ignore` pixels.
 * Both empty: 1 (they agree); one empty: 0. Symmetric. Cost: one pass over the words.
 * Example: "##." against ".##" is 1/3.
 */
export function iou(pred: BitMask, target: BitMask, ignore?: BitMask): number {
  return iouOf(overlap(pred, target, ignore));
}

export function iouOf({ intersection, union }: Overlap): number {
  return union === 0 ? 1 : intersection / union;
}

/**
 * Dice coefficient (F1 of the pixels): 2 |A & B| / (|A| + |B|), same conventions as `iou`. Never below IoU.
 * Example: "##." against ".##" is 1/2.
 */
export function dice(pred: BitMask, target: BitMask, ignore?: BitMask): number {
  const { intersection, union } = overlap(pred, target, ignore);
  return union === 0 ? 1 : (2 * intersection) / (union + intersection);
}

export interface Overlap {
  readonly intersection: number;
  readonly union: number;
}

/** The counts that IoU and Dice need, in one pass; `ignore` pixels count nowhere. All masks must have the same size. */
export function overlap(a: BitMask, b: BitMask, ignore?: BitMask): Overlap {
  const places = placeMasks(bits().memory, ignore === undefined ? [a, b] : [a, b, ignore]);
  const [first, second, third] = places as [number, number, number];
  return overlapAt(first, second, ignore === undefined ? 0 : third, second - first);
}

/** The counts of masks of `bytes` bytes in the memory of `bits`; `ignored` 0: none. */
function overlapAt(a: number, b: number, ignored: number, bytes: number): Overlap {
  const { memory, overlap: count } = bits();
  count(a, b, ignored, bytes);
  const [intersection, union] = answerOf(memory);
  return { intersection, union };
}

/**
 * The band along the inside of a mask's outline: the mask minus `d` erosions by 3x3, the image's border counting as
 * background. Source: Cheng et al., "Boundary IoU" (2021), `mask_to_boundary`. An empty mask has an empty band; a mask
 * thinner than 2 d + 1 pixels is all band. Example: the band of a full 3x3 mask with d = 1 is all but its middle.
 */
export function innerBoundary(mask: BitMask, d: number): BitMask {
  return takeMask(bits().memory, placeBand(mask, d)[0]!, mask);
}

/** The IoU of a mask's band with another band, as `iou(innerBoundary(mask, d), band, ignore)`. */
export function boundaryIou(mask: BitMask, d: number, band: BitMask, ignore?: BitMask): number {
  const places = placeBand(mask, d, ignore === undefined ? [band] : [band, ignore]);
  const [at, end, other, ignored] = places as [number, number, number, number];
  return iouOf(overlapAt(at, other, ignore === undefined ? 0 : ignored, end - at));
}

/** Puts a mask's band, its erosion and other masks into the module's memory; returns their addresses. */
function placeBand(mask: BitMask, d: number, others: readonly BitMask[] = []): number[] {
  const places = placeMasks(bits().memory, [mask, mask, ...others]);
  const [band, eroded] = places as [number, number];
  bits().erode(eroded, mask.stride, mask.height, d, places.at(-1)!);
  bits().subtract(band, eroded, eroded - band);
  return places;
}

/**
 * Width of that band in pixels: 2 % of the image's diagonal, rounded half to even as Python's `round`, at least 1.
 * Example: 640x480 gives 16.
 */
export function boundaryDistance({ width, height }: Size): number {
  return Math.max(1, roundHalfToEven(boundaryDefaults.ratio * Math.sqrt(height * height + width * width)));
}

/**
 * F of DAVIS (Perazzi et al., CVPR 2016), the accuracy of a mask's outline against a target's: 2 P R / (P + R), where P is the share of the mask's outline that has a pixel of the
 * target's within `radius` (a whole number of pixels), and R the reverse. Neither has an outline: 1; one has none: 0. A mask that fills the image has no outline.
 * Cost: some passes over the words, and one over the outlines. Example: the same mask gives 1.
 */
export function contourF(mask: BitMask, target: BitMask, radius = contourRadius(target)): number {
  // Four places: two masks, and their outlines.
  const [first, second, one, other, end] = placeMasks(bits().memory, [mask, target, mask, target]) as Places;
  const { width, height, stride } = mask;
  bits().outline(first, stride, width, height, one);
  bits().outline(second, stride, width, height, other);
  const share = (from: number, to: number) => {
    bits().near(from, to, stride, height, radius, end);
    const [count, matched] = answerOf(bits().memory);
    return { count, share: matched / count };
  };
  const [precision, recall] = [share(one, other), share(other, one)];
  if (precision.count === 0 && recall.count === 0) return 1;
  if (precision.count === 0 || recall.count === 0 || precision.share + recall.share === 0) return 0;
  return (2 * precision.share * recall.share) / (precision.share + recall.share);
}

type Places = [number, number, number, number, number];

/** Pixels that differ from the one to the right, below, or to the lower right; along the image's right and lower borders from the one neighbour that there is. */
export function outlineOf(mask: BitMask): BitMask {
  const [at, to] = placeMasks(bits().memory, [mask, mask]) as [number, number];
  bits().outline(at, mask.stride, mask.width, mask.height, to);
  return takeMask(bits().memory, to, mask);
}

/** How far apart outlines may lie, in pixels: 0.8 % of the image's diagonal, rounded up. Example: 854x480 gives 8. */
export function contourRadius({ width, height }: Size): number {
  return Math.ceil(contourDefaults.ratio * Math.sqrt(height * height + width * width));
}
