// Sums, means, percentiles, bins, rounding: what statistics, the measures of protocols and kernels are made of.
import * as statistics from "simple-statistics";
import { complain } from "./errors.ts";

/**
 * Sum of numbers with Neumaier's compensation (1974, the improved Kahan-Babuska sum): what rounding takes away from the
 * running sum is collected beside it, so the result does not depend on the order of the rows in any digit that is shown.
 * The sum of no numbers is 0. One pass.
 *
 * @example sum([1, 1e100, 1, -1e100]) // 2
 */
export function sum(values: ArrayLike<number>): number {
  return statistics.sum(values as number[]);
}

/**
 * Arithmetic mean, sum / count, with a compensated sum. Throws on no data: a missing score is not a zero.
 *
 * @example mean([1, 2, 4.5]) // 2.5
 */
export function mean(values: ArrayLike<number>): number {
  return statistics.mean(values as number[]);
}

/** Sample standard deviation, squares divided by n - 1; NaN below two values. */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2) return Number.NaN;
  const middle = mean(values);
  const squares = sum(Float64Array.from(values, (value) => (value - middle) ** 2));
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * Percentile of sorted numbers by linear interpolation between the two nearest: position (n - 1) * share. R's type 7 and
 * numpy's default; the interpolation starts from the nearer end, as numpy's does, so that the last bit agrees too.
 * `share` is in [0, 1].
 *
 * @example percentileSorted([1, 2, 4], 0.75) // 3
 */
export function percentileSorted(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) throw complain("", "percentile requires at least one data point");
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  const part = position - below;
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

/**
 * Which of `bins` equal bins of [0, 1] a value falls into: [i / bins, (i + 1) / bins), the last one closed, as
 * numpy.histogram has it. The product is only a first guess: rounding may carry a value across a bound.
 *
 * @example equalBin(0.3, 10) // 3
 */
export function equalBin(value: number, bins: number): number {
  const guess = Math.max(0, Math.min(bins - 1, Math.floor(value * bins)));
  if (value < guess / bins) return guess - 1;
  return value >= (guess + 1) / bins && guess < bins - 1 ? guess + 1 : guess;
}

/** The nearest whole number, ties to the even one, as Python's and numpy's `round`: 0.5 -> 0, 1.5 -> 2. */
export function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** How many targets of a comparison have a value of their own on both sides; where none is counted, how many its difference is of. */
export function targetsWithValues({
  targets,
  difference,
}: {
  readonly targets?:
    | { readonly better: number; readonly same: number; readonly worse: number; readonly moved?: number }
    | undefined;
  readonly difference: { readonly n: number };
}): number {
  if (targets === undefined) return difference.n;
  const { better, same, worse, moved = 0 } = targets;
  return better + same + worse + moved;
}
