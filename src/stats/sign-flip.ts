import { randomWords } from "./random-words.ts";

export interface SignFlipOptions {
  readonly seed: string;
  readonly draws: number;
  /** Up to so many clusters that moved, all flips are enumerated. */
  readonly exactClusters: number;
}

export interface SignFlipResult {
  readonly p: number;
  readonly exact: boolean;
}

/** Rounding errors of a flipped sum, as a share of the largest sum there can be: what is nearer than this is a tie. */
const rounding = 1e-12;

/**
 * Paired permutation test by cluster (Fisher 1935; for clusters Gail et al. 1996). If it does not matter which of two models is
 * called the candidate, then the differences of a whole image (or video) might as well have had the other sign, all of
 * them together, and independently of other images. `parts` holds each cluster's part of the mean difference: the sum of
 * its differences / the number of targets, so that large clusters weigh as they do in the mean. The p-value is the share
 * of sign patterns whose sum is at least as far from zero as the observed one, ties included: two-sided.
 *
 * Few clusters: all 2^n patterns are enumerated, the observed one among them. Many: `draws` random patterns and the observed
 * one, p = (1 + hits) / (1 + draws), which is never 0 (Phipson & Smyth 2010). Clusters that did not move have no sign and
 * are left out; without any that did, p is 1.
 *
 * @example signFlipTest(Float64Array.of(0.2, 0.1, 0.3), options) // {p: 0.25, exact: true}: 2 of 8 patterns reach 0.6
 */
export function signFlipTest(parts: Float64Array, options: SignFlipOptions): SignFlipResult {
  return signFlipP(parts, () => signFlipSums([parts], options)[0]!, options.exactClusters);
}

/** The same where the sums under random patterns are known, or can be asked for. */
export function signFlipP(
  parts: Float64Array,
  sums: () => Float64Array,
  exactClusters: number,
): SignFlipResult {
  const moved = parts.filter((part) => part !== 0);
  if (moved.length <= exactClusters) return { p: exactP(moved), exact: true };
  return { p: monteCarloP(parts, sums()), exact: false };
}

/** The share of all sign patterns that reach the observed sum. */
function exactP(moved: Float64Array): number {
  // One sign can stay: a pattern and its opposite are equally far from zero.
  const patterns = 2 ** Math.max(0, moved.length - 1);
  const least = thresholdOf(moved);
  let hits = 0;
  for (let pattern = 0; pattern < patterns; pattern += 1) {
    let flipped = 0;
    for (let i = 0; i < moved.length; i += 1) flipped += (pattern >> i) & 1 ? -moved[i]! : moved[i]!;
    if (Math.abs(flipped) >= least) hits += 1;
  }
  return hits / patterns;
}

/** (1 + hits) / (1 + draws) of flipped sums of the same parts. */
function monteCarloP(parts: Float64Array, sums: Float64Array): number {
  const least = thresholdOf(parts);
  let hits = 0;
  for (const flipped of sums) if (Math.abs(flipped) >= least) hits += 1;
  return (1 + hits) / (1 + sums.length);
}

/** How far from zero a flipped sum must be to count. */
function thresholdOf(parts: Float64Array): number {
  let observed = 0;
  let most = 0;
  for (const part of parts) {
    observed += part;
    most += Math.abs(part);
  }
  return Math.abs(observed) - rounding * most;
}

/** Clusters that one byte of signs flips. */
const block = 8;

/**
 * For each column of parts, its sum under each random sign pattern. All columns share the patterns, which depend on the seed
 * and the number of clusters alone. Eight clusters at a time: their 256 possible sums lie in a table, and a random byte
 * picks one. Time: draws * clusters / 8 * columns; 10,000 draws of 5,000 clusters and 16 columns take a fifth of a second.
 */
export function signFlipSums(
  columns: readonly Float64Array[],
  { seed, draws }: Pick<SignFlipOptions, "seed" | "draws">,
): Float64Array[] {
  const next = randomWords(seed);
  const words = new Int32Array(Math.ceil(draws / 4));
  const table = new Float64Array(2 ** block);
  const totals = columns.map(() => new Float64Array(draws));
  const clusters = columns[0]?.length ?? 0;
  for (let first = 0; first < clusters; first += block) {
    next(words);
    for (const [c, column] of columns.entries()) {
      fillTable(table, column, first);
      addPicked(totals[c]!, table, words);
    }
  }
  return totals;
}

/** table[pattern] = the sum of eight parts from `first` on, those with a set bit flipped; past the end there are none. */
function fillTable(table: Float64Array, column: Float64Array, first: number): void {
  let all = 0;
  for (let i = 0; i < block; i += 1) all += column[first + i] ?? 0;
  table[0] = all;
  for (let i = 0; i < block; i += 1) {
    const flip = 2 * (column[first + i] ?? 0);
    const half = 1 << i;
    for (let pattern = 0; pattern < half; pattern += 1) table[half + pattern] = table[pattern]! - flip;
  }
}

/** Byte n of the words, lowest first, picks what is added to total n: no byte order of the machine is involved. */
function addPicked(totals: Float64Array, table: Float64Array, words: Int32Array): void {
  for (let draw = 0; draw < totals.length; draw += 1) {
    const byte = (words[draw >> 2]! >>> (8 * (draw & 3))) & 255;
    totals[draw] = totals[draw]! + table[byte]!;
  }
}
