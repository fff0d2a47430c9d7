// Targets by size and by category, and histograms of their values.
import { categoryDefaults, distributionDefaults, sizeDefaults } from "../core/defaults.ts";
import { equalBin, percentileSorted } from "../core/numbers.ts";
import type { BucketValues, CategoryBucket, SizeBucket } from "../core/results.ts";

/** The values of some targets, by number, for every measure that is broken down. */
export type ValuesOf = (members: readonly number[]) => BucketValues;

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

/** Targets by size. `n` counts the targets of a bucket; one without a score is not part of that measure's value. */
export function bySize(
  bounds: readonly Bounds[],
  sizes: ArrayLike<number>,
  valuesOf: ValuesOf,
): SizeBucket[] {
  return bounds.map(({ name, low, high }) => {
    const members: number[] = [];
    for (let i = 0; i < sizes.length; i += 1)
      if (sizes[i]! >= low && (high === null || sizes[i]! < high)) members.push(i);
    return { name, low, high, n: members.length, values: valuesOf(members) };
  });
}

type Names = readonly (string | undefined)[];

/** The categories with most targets, the largest first, ties by name in code-unit order. */
export function largestCategories(names: Names, most: number = categoryDefaults.most): string[] {
  const tally = new Map<string, number>();
  for (const name of names) if (name !== undefined) tally.set(name, (tally.get(name) ?? 0) + 1);
  return [...tally]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([name]) => name);
}

/**
 * Targets by category: those of `listed` in its order, then all others as one bucket without a name. A target without a
 * category is in none. undefined where no category is listed.
 */
export function byCategory(
  listed: readonly string[],
  names: Names,
  valuesOf: ValuesOf,
): CategoryBucket[] | undefined {
  if (listed.length === 0) return undefined;
  const members = new Map<string | null, number[]>(listed.map((name) => [name, []]));
  const others = new Set<string>();
  const rest: number[] = [];
  for (const [i, name] of names.entries()) {
    if (name === undefined) continue;
    const own = members.get(name);
    if (own === undefined) others.add(name);
    (own ?? rest).push(i);
  }
  const bucket = (name: string | null, categories: number, own: readonly number[]): CategoryBucket => ({
    ...{ name, categories, n: own.length },
    values: valuesOf(own),
  });
  return [
    ...listed.map((name) => bucket(name, 1, members.get(name)!)),
    ...(rest.length === 0 ? [] : [bucket(null, others.size, rest)]),
  ];
}

/**
 * Histogram of values in equal bins of [0, 1]; NaN (no value) is not counted.
 *
 * @example distribution([0, 0.04, 1]) // [2, 0, ..., 0, 1]
 */
export function distribution(values: ArrayLike<number>): number[] {
  const counts = new Array<number>(distributionDefaults.bins).fill(0);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const bin = equalBin(value, counts.length);
    counts[bin] = counts[bin]! + 1;
  }
  return counts;
}
