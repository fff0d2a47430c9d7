import { complain } from "../core/errors.ts";

/**
 * Percentile of sorted numbers by linear interpolation between the two nearest: position (n - 1) * share. R's type 7 and
 * numpy's default; the interpolation starts from the nearer end, as numpy's does, so that the last bit agrees too.
 * `share` is in [0, 1].
 *
 * @example percentileSorted([1, 2, 4], 0.75) // 3
 */
export function percentileSorted(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) throw complain({ where: "", what: "percentile requires at least one data point" });
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  const part = position - below;
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}
