import { sizeDefaults } from "../core/defaults.ts";
import type { SizeBucket } from "../core/summary.ts";
import { meanOfMembers, type RoundScores } from "./members.ts";
import { percentileSorted } from "./percentile.ts";

export interface Bounds {
  readonly name: string;
  readonly low: number;
  readonly high: number | null;
}

/** COCO's buckets of the area in pixels (cocoeval.py): small below 32^2, medium below 96^2, large from there on. */
export const cocoBounds: readonly Bounds[] = [
  { name: "small", low: 0, high: sizeDefaults.small },
  { name: "medium", low: sizeDefaults.small, high: sizeDefaults.medium },
  { name: "large", low: sizeDefaults.medium, high: null },
];

/**
 * Quartiles of area / image area (percentiles by linear interpolation) as four buckets, low inclusive, high exclusive; a
 * value on a quartile is in the upper bucket, so ties can leave buckets of unequal size. No data: no buckets.
 *
 * @example quartileBounds([0.1, 0.2, 0.3, 0.4, 0.5]).map(({ low }) => low) // [0, 0.2, 0.3, 0.4]
 */
export function quartileBounds(shares: ArrayLike<number>): Bounds[] {
  if (shares.length === 0) return [];
  const sorted = Float64Array.from(shares).sort();
  const [first, second, third] = [0.25, 0.5, 0.75].map((share) => percentileSorted(sorted, share));
  return [
    { name: "1st quarter", low: 0, high: first! },
    { name: "2nd quarter", low: first!, high: second! },
    { name: "3rd quarter", low: second!, high: third! },
    { name: "4th quarter", low: third!, high: null },
  ];
}

/**
 * mIoU of targets by size, for each number of clicks. `n` counts the targets of a bucket; a target without a score (NaN) in
 * a round is not part of that round's mean; null where none has one.
 */
export function bySize(
  bounds: readonly Bounds[],
  sizes: ArrayLike<number>,
  rounds: readonly RoundScores[],
): SizeBucket[] {
  return bounds.map(({ name, low, high }) => {
    const members: number[] = [];
    for (let i = 0; i < sizes.length; i += 1)
      if (sizes[i]! >= low && (high === null || sizes[i]! < high)) members.push(i);
    return {
      name,
      low,
      high,
      n: members.length,
      rounds: meanOfMembers(members, rounds),
    };
  });
}
