// All masks of an image: how they are made, what becomes of each candidate, and what comes out. The generator is the one of
// facebookresearch/segment-anything (`automatic_mask_generator.py`) and, where `rules` says so, of facebookresearch/sam2.
import type { BitMask, Box, Point } from "./types.ts";

/** How all masks of an image are made. Every number is a value of the plan. */
export interface GeneratorSettings {
  /** The grid on the whole image has so many points a side. */
  readonly pointsPerSide: number;
  /** Layers of crops besides the whole image: layer n has 4^n of them. */
  readonly cropLayers: number;
  /** How far crops of a layer overlap, as a share of the image's shorter side, halved with each layer. */
  readonly cropOverlap: number;
  /** Points a side in layer n: the whole part of pointsPerSide / pointsDivisor^n. */
  readonly pointsDivisor: number;
  /** Masks are kept whose predicted IoU is greater; 0: all. */
  readonly predictedIou: number;
  /** Masks are kept whose stability is at least this; 0: all. */
  readonly stability: number;
  /** Stability is the share of pixels above threshold + offset among those above threshold - offset. */
  readonly stabilityOffset: number;
  /** Masks with this share of the image's pixels or more are left out; 1: none (not in the released code: SA-1B's own rule). */
  readonly largest: number;
  /** Of the masks of one crop whose boxes have a greater IoU, the one with the higher predicted IoU stays. */
  readonly nms: number;
  /** The same across crops, where the mask of the smaller crop stays. */
  readonly cropNms: number;
  /** Holes and islands of fewer pixels are filled and removed (SAM 2: of so many cells of its logits, or fewer); 0: as they are. */
  readonly smallRegions: number;
  /** Whose steps where the two generators differ: SAM 2's cleans small regions on low-resolution logits. */
  readonly rules: "sam" | "sam2";
  /** Every mask is decoded once more with its own logits before it is filtered (SAM 2's `use_m2m`). */
  readonly refine: boolean;
  /** The best by `rank` are kept where there are more. */
  readonly most: number;
  /** What masks are ranked by: predicted IoU, or its mean with stability. */
  readonly rank: "predicted" | "predicted-stability";
}

/**
 * What becomes of a candidate: kept; without a pixel; filtered by predicted IoU (which is looked at before pixels are), by stability, as too
 * large, at the edge of its crop; suppressed by another of its crop, of another crop, or once small regions are gone; or cut as one too many.
 */
export const fates = [
  ...["kept", "empty", "predicted", "stability", "large", "edge"],
  ...["suppressed", "suppressed-across", "suppressed-cleaned", "cut"],
] as const;

export type Fate =
  | "kept"
  | "empty"
  | "predicted"
  | "stability"
  | "large"
  | "edge"
  | "suppressed"
  | "suppressed-across"
  | "suppressed-cleaned"
  | "cut";

/** One mask of the set. */
export interface GeneratedMask {
  /** Of its candidate: the point's place in the order of crops and points, times the masks of an answer (3, or 1), plus the place in the answer. */
  readonly candidate: number;
  readonly predictedIou: number;
  readonly stability: number;
  /** What it is ranked by. */
  readonly score: number;
  /** The click, in pixels of the image; fractional. */
  readonly point: Point;
  /** xyxy, both corners inclusive. */
  readonly crop: Box;
  readonly box: Box;
  /** Pixels. */
  readonly area: number;
  /** At the image's size, made when it is asked for. */
  mask(): BitMask;
}

/** All masks of an image. */
export interface MaskSet {
  /** In the generator's order, at most `most`. */
  readonly masks: readonly GeneratedMask[];
  /** Points that were clicked, over all crops. */
  readonly points: number;
  /** By candidate, as many an answer for each point: an index of `fates`. */
  readonly fates: Uint8Array;
  /** By candidate; NaN where it was not measured. */
  readonly predictedIou: Float32Array;
  readonly stability: Float32Array;
}
