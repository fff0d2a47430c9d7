import { mean, sum } from "./mean.ts";
import { averageRanks } from "./ranks.ts";

/**
 * Spearman's rank correlation (Spearman 1904): Pearson's correlation of the ranks, ties with average ranks, as
 * scipy.stats.spearmanr has it. null where it is undefined: fewer than two pairs, or one side constant.
 *
 * @example spearman([1, 2, 3], [10, 30, 20]) // 0.5
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  if (x.length < 2) return null;
  const a = centred(averageRanks(x));
  const b = centred(averageRanks(y));
  const spread = Math.sqrt(sumOfProducts(a, a) * sumOfProducts(b, b));
  return spread === 0 ? null : Math.max(-1, Math.min(1, sumOfProducts(a, b) / spread));
}

function centred(ranks: Float64Array): Float64Array {
  const middle = mean(ranks);
  return ranks.map((rank) => rank - middle);
}

function sumOfProducts(a: Float64Array, b: Float64Array): number {
  return sum(a.map((value, i) => value * b[i]!));
}
