import { distributionDefaults } from "../core/defaults.ts";
import { equalBin } from "./equal-bins.ts";

/**
 * Histogram of scores in equal bins of [0, 1]; NaN (no score) is not counted.
 *
 * @example distribution([0, 0.04, 1]) // [2, 0, ..., 0, 1]
 */
export function distribution(scores: ArrayLike<number>): number[] {
  const counts = new Array<number>(distributionDefaults.bins).fill(0);
  for (let i = 0; i < scores.length; i += 1) {
    const score = scores[i]!;
    if (Number.isNaN(score)) continue;
    const bin = equalBin(score, counts.length);
    counts[bin] = counts[bin]! + 1;
  }
  return counts;
}
