// Suppression of boxes that overlap a better one, as torchvision's `nms` on a CPU computes it (torchvision/csrc/ops/cpu/nms_kernel.cpp).
import type { Box } from "../core/types.ts";

const { fround } = Math;

/**
 * Places of the boxes that stay, best first. Sides are x1 - x0 and y1 - y0, without + 1, so that a box one pixel wide has no area: it is never
 * suppressed and suppresses nothing. All sums are rounded to float32, the limit (0 to 1) is not; a box goes where its IoU is greater. Equal scores: by
 * place (torchvision leaves that open); NaN comes last. Cost: boxes x those that stay.
 */
export function boxNms(boxes: readonly Box[], scores: ArrayLike<number>, limit: number): number[] {
  // Of those that stay: x0, y0, x1, y1, area, one after the other.
  const stay = new Float32Array(5 * boxes.length);
  const kept: number[] = [];
  for (const place of rankedBy(scores)) {
    const { x0, y0, x1, y1 } = boxes[place]!;
    const area = fround(fround(x1 - x0) * fround(y1 - y0));
    const end = 5 * kept.length;
    if (suppressed(stay, end, x0, y0, x1, y1, area, limit)) continue;
    stay.set([x0, y0, x1, y1, area], end);
    kept.push(place);
  }
  return kept;
}

function suppressed(
  stay: Float32Array,
  end: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  area: number,
  limit: number,
): boolean {
  for (let at = 0; at < end; at += 5) {
    const width = Math.min(stay[at + 2]!, x1) - Math.max(stay[at]!, x0);
    const height = Math.min(stay[at + 3]!, y1) - Math.max(stay[at + 1]!, y0);
    // Boxes that share nothing have an IoU of 0, or none: two without an area.
    if (!(width > 0 && height > 0)) continue;
    const shared = fround(fround(width) * fround(height));
    if (fround(shared / fround(fround(stay[at + 4]! + area) - shared)) > limit) return true;
  }
  return false;
}

/** Places by score, the highest first, equal ones in order, NaN last. */
export function rankedBy(scores: ArrayLike<number>): Uint32Array {
  const ranks = Float64Array.from(scores, (score) =>
    Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score,
  );
  return Uint32Array.from(ranks, (_, place) => place).sort((a, b) =>
    ranks[a] === ranks[b] ? a - b : ranks[a]! > ranks[b]! ? -1 : 1,
  );
}
