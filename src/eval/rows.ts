// What rows say of targets that are masks, and masks as files have them.
import type { Rle, RowBox, TargetFacts } from "../core/rows.ts";
import type { BitMask, Box, Size, Target } from "../core/types.ts";
import { area, tightBox } from "../masks/bit-mask.ts";
import { encodeCounts, rleFromMask } from "../masks/rle.ts";

/** The facts of a target in its row; undefined for an empty one, which has no box and cannot be scored. */
export function targetFacts({ mask }: Target, { width, height }: Size): TargetFacts | undefined {
  const box = tightBox(mask);
  return box === undefined ? undefined : { size: { width, height }, area: area(mask), box: rowBox(box) };
}

export function rowBox({ x0, y0, x1, y1 }: Box): RowBox {
  return [x0, y0, x1, y1];
}

export function rleOf(mask: BitMask): Rle {
  return { size: [mask.height, mask.width], counts: encodeCounts(rleFromMask(mask)) };
}
