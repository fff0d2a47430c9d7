import { mean, sum } from "./mean.ts";

/** Quantiles of the standard normal distribution: 97.5 % for a two-sided test at the 5 % level, 80 % for the power. */
const twoSided = 1.959963984540054;
const power = 0.8416212335729143;

/**
 * Minimum detectable difference (Cohen 1988; Bloom 1995: 2.8 standard errors): had the true difference been this large, a
 * test at the 5 % level would have found it in 80 % of samples like this one. (1.96 + 0.84) times the standard error of the
 * difference, which is the standard deviation of its bootstrap means. A difference that is not significant rules out
 * larger ones only.
 *
 * @example detectableDifference(Float64Array.of(-0.01, 0, 0.01)) // 0.028: the standard deviation is 0.01
 */
export function detectableDifference(bootstrapMeans: Float64Array): number {
  const middle = mean(bootstrapMeans);
  const squares = sum(bootstrapMeans.map((value) => (value - middle) ** 2));
  return (twoSided + power) * Math.sqrt(squares / (bootstrapMeans.length - 1));
}
