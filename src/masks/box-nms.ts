// Suppression of boxes that overlap a better one, as torchvision's `nms` on a CPU computes it (torchvision/csrc/ops/cpu/nms_kernel.cpp).
import type { Box } from "../core/types.ts";

const { fround } = Math;

/**
 * Places of the boxes that stay, best first. Sides are x1 - x0 and y1 - y0, without + 1, so that a box one pixel wide has no area: it is never
 * suppressed and suppresses nothing. All sums are rounded to float32, the limit is not; a box goes where its IoU is greater. Equal scores: by
 * place (torchvision leaves that open); NaN comes last. O(n x kept).
 */
export function boxNms(boxes: readonly Box[], scores: ArrayLike<number>, limit: number): number[] {
  const order = rankedBy(scores);
  const areas = boxes.map(({ x0, y0, x1, y1 }) => fround(fround(x1 - x0) * fround(y1 - y0)));
  const kept: number[] = [];
  for (const place of order)
    if (kept.every((other) => !(boxIou(boxes, areas, other, place) > limit))) kept.push(place);
  return kept;
}

/** Places by score, the highest first, equal ones in order, NaN last. */
export function rankedBy(scores: ArrayLike<number>): number[] {
  const rank = (score: number) => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score);
  return Array.from(scores, (_, place) => place).sort((a, b) => {
    const [first, second] = [rank(scores[a]!), rank(scores[b]!)];
    return first === second ? a - b : first > second ? -1 : 1;
  });
}

/** NaN for two boxes without an area. */
function boxIou(boxes: readonly Box[], areas: readonly number[], i: number, j: number): number {
  const [a, b] = [boxes[i]!, boxes[j]!];
  const width = Math.max(0, fround(Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0)));
  const height = Math.max(0, fround(Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0)));
  const shared = fround(width * height);
  return fround(shared / fround(fround(areas[i]! + areas[j]!) - shared));
}
