import type { BitMask } from "../core/types.ts";
import { type Overlap, overlap } from "./overlap.ts";

/**
 * Intersection over union (Jaccard index): |A & B| / |A | B| from exact counts, `ignore` pixels left out of both.
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
