import { percentileSorted } from "./percentile.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Percentile interval of bootstrap values (Efron & Tibshirani 1993, 13.3): the middle `level` of them, percentiles by
 * linear interpolation. The input is not changed.
 *
 * @example percentileInterval(Float64Array.of(0, 1, 2, 3, 4), 0.5) // {low: 1, high: 3}
 */
export function percentileInterval(values: Float64Array, level: number): Interval {
  const sorted = values.slice().sort();
  const tail = (1 - level) / 2;
  return { low: percentileSorted(sorted, tail), high: percentileSorted(sorted, 1 - tail) };
}
