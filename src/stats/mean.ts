import { complain } from "../core/errors.ts";

/**
 * Sum of numbers with Neumaier's compensation (1974, the improved Kahan-Babuska sum): what rounding takes away from the
 * running sum is collected beside it, so the result does not depend on the order of the rows in any digit that is shown.
 * The sum of no numbers is 0. One pass.
 *
 * @example sum([1, 1e100, 1, -1e100]) // 2
 */
export function sum(values: Iterable<number>): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/**
 * Arithmetic mean, sum / count, with a compensated sum. Throws on no data: a missing score is not a zero.
 *
 * @example mean([1, 2, 4.5]) // 2.5
 */
export function mean(values: ArrayLike<number> & Iterable<number>): number {
  if (values.length === 0) throw complain({ where: "", what: "mean requires at least one data point" });
  return sum(values) / values.length;
}
