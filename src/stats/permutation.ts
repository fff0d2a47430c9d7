// The paired test: would the difference be as large if it did not matter which of the two is called the candidate?
import { randomWords } from "../core/random.ts";

export interface SwapOptions {
  readonly seed: string;
  readonly draws: number;
}

export interface TestResult {
  readonly p: number;
  readonly exact: boolean;
}

/** The difference of one measure on one benchmark, and what it would be if the sides of some clusters were swapped. */
export interface SwapTest {
  readonly observed: number;
  /** How large the numbers are whose rounding errors it has. */
  readonly scale: number;
  /** Clusters whose sides differ at all. */
  readonly moved: number;
  /** Up to this many, all swaps are enumerated. */
  readonly limit: number;
  /** The difference with the sides of moved cluster i swapped where bit `first + i` is set. */
  under(pattern: number, first: number): number;
  /** The differences under random patterns, one a draw. */
  random(): Float64Array;
}

/** Rounding errors, as a share of the scale: what is nearer than this is a tie. */
const rounding = 1e-12;

/**
 * Paired permutation test by cluster (Fisher 1935; for clusters Gail et al. 1996). If it does not matter which of two models is
 * called the candidate, then the sides of a whole image (or video) might as well have been swapped, all its targets together,
 * and independently of other images. For a mean, that is the sign of a cluster's part of the mean difference. The p-value is
 * the share of swaps whose difference is at least as far from zero as the observed one, ties included: two-sided. Of several
 * benchmarks the statistic is the mean of their differences.
 *
 * Few clusters: all 2^n patterns are enumerated, the observed one among them. Many: random patterns and the observed
 * one, p = (1 + hits) / (1 + draws), which is never 0 (Phipson & Smyth 2010). Clusters that did not move have nothing to swap
 * and are left out; without any that did, p is 1.
 */
export function swapTest(tests: readonly SwapTest[]): TestResult {
  const share = 1 / tests.length;
  const mean = (pick: (test: SwapTest) => number) => tests.reduce((sum, test) => sum + pick(test) * share, 0);
  const least = Math.abs(mean(({ observed }) => observed)) - rounding * mean(({ scale }) => scale);
  const moved = tests.reduce((sum, test) => sum + test.moved, 0);
  let hits = 0;
  if (tests.some(({ limit }) => moved > limit)) {
    const all = tests.map((test) => test.random());
    const draws = Math.min(...all.map(({ length }) => length));
    for (let draw = 0; draw < draws; draw += 1) {
      let swapped = 0;
      for (const values of all) swapped += values[draw]! * share;
      if (Math.abs(swapped) >= least) hits += 1;
    }
    return { p: (1 + hits) / (1 + draws), exact: false };
  }
  // One cluster can stay as it is: a pattern and its opposite are equally far from zero.
  const patterns = 2 ** Math.max(0, moved - 1);
  const places = tests.map((_, t) => tests.slice(0, t).reduce((sum, test) => sum + test.moved, 0));
  for (let pattern = 0; pattern < patterns; pattern += 1) {
    let swapped = 0;
    for (const [t, test] of tests.entries()) swapped += test.under(pattern, places[t]!) * share;
    if (Math.abs(swapped) >= least) hits += 1;
  }
  return { p: hits / patterns, exact: true };
}

/**
 * The test of a statistic of sums. `columns` hold, for each sum, what each cluster adds to candidate minus base; the statistic
 * of the signed totals is the difference. `flipped`: those totals under random patterns.
 *
 * @example sumTest([Float64Array.of(0.2, 0.1, 0.3)], ([d]) => d, ...) // of 8 patterns 2 reach 0.6
 */
export function sumTest(
  columns: readonly Float64Array[],
  statistic: (totals: readonly number[]) => number,
  flipped: readonly Float64Array[],
  { scale, limit }: Pick<SwapTest, "scale" | "limit">,
): SwapTest {
  const clusters = columns[0]?.length ?? 0;
  const moved = Array.from({ length: clusters }, (_, c) => c).filter((c) =>
    columns.some((column) => column[c] !== 0),
  );
  const parts = columns.map((column) => Float64Array.from(moved, (cluster) => column[cluster]!));
  const totals = columns.map(() => 0);
  const under = (pattern: number, first: number) => {
    for (const [c, part] of parts.entries()) {
      let total = 0;
      for (let i = 0; i < part.length; i += 1) total += (pattern >> (first + i)) & 1 ? -part[i]! : part[i]!;
      totals[c] = total;
    }
    return statistic(totals);
  };
  return {
    ...{ observed: under(0, 0), scale, moved: moved.length, limit, under },
    random() {
      const values = new Float64Array(flipped[0]?.length ?? 0);
      for (let draw = 0; draw < values.length; draw += 1) {
        for (let c = 0; c < totals.length; c += 1) totals[c] = flipped[c]![draw]!;
        values[draw] = statistic(totals);
      }
      return values;
    },
  };
}

/** Clusters that one byte of signs flips. */
const block = 8;

/**
 * For each column of parts, its sum under each random sign pattern. All columns share the patterns, which depend on the seed
 * and the number of clusters alone. Eight clusters at a time: their 256 possible sums lie in a table, and a random byte
 * picks one. Time: draws * clusters / 8 * columns; 10,000 draws of 5,000 clusters and 16 columns take a fifth of a second.
 */
export function signFlipSums(columns: readonly Float64Array[], { seed, draws }: SwapOptions): Float64Array[] {
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
  for (let draw = 0; draw < totals.length; draw += 1)
    totals[draw] = totals[draw]! + table[byteAt(words, draw)]!;
}

function byteAt(words: Int32Array, draw: number): number {
  return (words[draw >> 2]! >>> (8 * (draw & 3))) & 255;
}

/**
 * Random patterns written out: calls `use` once a draw with 1 for each cluster that is swapped. For statistics that are not
 * sums; a bit per draw and cluster is kept.
 */
export function randomSwaps(
  clusters: number,
  { seed, draws }: SwapOptions,
  use: (swapped: Uint8Array, draw: number) => void,
): void {
  const next = randomWords(seed);
  const blocks = Array.from({ length: Math.ceil(clusters / block) }, () => {
    const words = new Int32Array(Math.ceil(draws / 4));
    next(words);
    return words;
  });
  const swapped = new Uint8Array(clusters);
  for (let draw = 0; draw < draws; draw += 1) {
    for (let c = 0; c < clusters; c += 1)
      swapped[c] = (byteAt(blocks[c >> 3]!, draw) >> (c & (block - 1))) & 1;
    use(swapped, draw);
  }
}

/**
 * Holm's step-down correction (Holm 1979): p-values that stay valid when several are considered. The smallest of m is
 * multiplied by m, the next by m - 1, and so on; none may be smaller than one before it, none is larger than 1. As
 * statsmodels' multipletests(method="holm") and R's p.adjust(method="holm") have it. In the order of the input.
 *
 * @example holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
  const adjusted: number[] = new Array(values.length);
  let least = 0;
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, (values.length - rank) * values[i]!));
    adjusted[i] = least;
  }
  return adjusted;
}
