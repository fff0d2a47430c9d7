// One measure of base and candidate on one benchmark: what is resampled, what is swapped, and the numbers of both sides. Three
// kinds: a mean (differences target by target), any other measure of sums, and a ranking.
import { bootstrapDefaults } from "../core/defaults.ts";
import { type AnyMeasure, isRanked, type Measure, meanValue, type RankedMeasure } from "../core/measure.ts";
import { sum } from "../core/numbers.ts";
import {
  type BootstrapOptions,
  entriesOf,
  type RankedEntry,
  rankedBootstrap,
  rankingOf,
  valueOfClusters,
} from "./bootstrap.ts";
import { ItemColumn, PartColumn, PartSums } from "./columns.ts";
import { type ClusterSums, clustersOf } from "./estimate.ts";
import { randomSwaps, type SwapOptions, type SwapTest, sumTest } from "./permutation.ts";

/** Targets of a benchmark: the cluster of each, numbered in code-unit order. */
export interface Targets {
  readonly clusters: ArrayLike<number>;
  /** How many clusters there are. */
  readonly count: number;
}

interface PairNumbers {
  readonly base: number;
  readonly candidate: number;
  /** Candidate minus base. */
  readonly value: number;
  /** Pairs, and their clusters. */
  readonly n: number;
  readonly clusters: number;
  /** Candidate minus base of each target, NaN without a pair; undefined where a target has no value of its own. */
  readonly differences: Float64Array | undefined;
}

/** Its draws and swaps are sums, which all measures of a benchmark can share. */
export interface SumPair extends PairNumbers {
  readonly kind: "sums";
  readonly resampled: ClusterSums;
  /** The difference from the totals of a draw. */
  difference(totals: readonly number[]): number;
  /** What each cluster adds to candidate minus base. */
  readonly swapped: readonly Float64Array[];
  test(flipped: readonly Float64Array[], limit: number): SwapTest;
  /** Added-up parts, as its draws have them. */
  readonly sums: readonly number[];
}

export interface RankedPair extends PairNumbers {
  readonly kind: "ranked";
  /** NaN where a draw has no value; undefined below minClusters. */
  draws(options: BootstrapOptions): Float64Array | undefined;
  test(options: SwapOptions, limit: number): SwapTest;
}

/** undefined where no target has the measure on both sides, or one side has no value. */
export function pairOf(
  measure: AnyMeasure,
  base: PartColumn | ItemColumn,
  candidate: PartColumn | ItemColumn,
  targets: Targets,
): SumPair | RankedPair | undefined {
  const found = (): SumPair | RankedPair | undefined => {
    if (isRanked(measure))
      return base instanceof ItemColumn && candidate instanceof ItemColumn
        ? rankedPair(measure, base, candidate, targets)
        : undefined;
    if (!(base instanceof PartColumn && candidate instanceof PartColumn)) return undefined;
    const mean = measure.value === meanValue && base.plain && candidate.plain;
    return mean ? meanPair(base, candidate, targets) : vectorPair(measure, base, candidate, targets);
  };
  const pair = found();
  return pair === undefined || pair.n === 0 || Number.isNaN(pair.value) ? undefined : pair;
}

/** Means: a pair is its difference, and the differences are a mean themselves. */
function meanPair(base: PartColumn, candidate: PartColumn, { clusters, count }: Targets): SumPair {
  const differences = new Float64Array(clusters.length);
  for (let i = 0; i < differences.length; i += 1) differences[i] = candidate.value(i) - base.value(i);
  const paired: number[] = [];
  for (let i = 0; i < differences.length; i += 1) if (!Number.isNaN(differences[i])) paired.push(i);
  const n = paired.length;
  const [rows, sums, parts] = [0, 1, 2].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (const i of paired) {
    const cluster = clusters[i]!;
    rows[cluster] = rows[cluster]! + 1;
    sums[cluster] = sums[cluster]! + differences[i]!;
    // A cluster's part of the mean difference: the parts add up to it.
    parts[cluster] = parts[cluster]! + differences[i]! / n;
  }
  const total = (of: (i: number) => number) => sum(paired.map(of));
  const added = total((i) => differences[i]!);
  return {
    kind: "sums",
    base: total((i) => base.value(i)) / n,
    candidate: total((i) => candidate.value(i)) / n,
    value: added / n,
    ...{ n, clusters: clustersOf(rows), differences, sums: [added, n] },
    resampled: { rows, columns: [sums, rows] },
    difference: meanValue,
    swapped: [parts],
    test: (flipped, limit) => {
      const scale = parts.reduce((all, part) => all + Math.abs(part), 0);
      return sumTest([parts], ([difference]) => difference!, flipped, { scale, limit });
    },
  };
}

/** Sums of any kind: both sides' are drawn together, and their parts swapped. */
function vectorPair(
  { value }: Measure,
  base: PartColumn,
  candidate: PartColumn,
  { clusters, count }: Targets,
): SumPair | undefined {
  const width = Math.max(base.width, candidate.width);
  const column = () => Array.from({ length: width }, () => new Float64Array(count));
  const [mine, theirs] = [column(), column()];
  const totals = { mine: new PartSums(), theirs: new PartSums() };
  const rows = new Float64Array(count);
  const differences = new Float64Array(clusters.length).fill(Number.NaN);
  const [a, b] = [new Array<number>(width).fill(0), new Array<number>(width).fill(0)];
  for (let i = 0; i < clusters.length; i += 1) {
    if (!base.has(i) || !candidate.has(i)) continue;
    base.read(i, a);
    candidate.read(i, b);
    const cluster = clusters[i]!;
    rows[cluster] = rows[cluster]! + 1;
    totals.mine.add(a);
    totals.theirs.add(b);
    for (let p = 0; p < width; p += 1) {
      mine[p]![cluster] = mine[p]![cluster]! + a[p]!;
      theirs[p]![cluster] = theirs[p]![cluster]! + b[p]!;
    }
    differences[i] = value(b) - value(a);
  }
  if (totals.mine.n === 0) return undefined;
  const both = [totals.theirs.sums(), totals.mine.sums()] as const;
  const [now, before] = [value(both[0]), value(both[1])];
  const difference = (sums: readonly number[]) => value(sums.slice(0, width)) - value(sums.slice(width));
  // A sum that no cluster changes stays as it is under every swap.
  const changing = theirs.flatMap((part, p) => (part.some((own, c) => own !== mine[p]![c]) ? [p] : []));
  const moving = changing.length === 0 ? [0] : changing;
  const swapped = moving.map((p) => theirs[p]!.map((own, c) => own - mine[p]![c]!));
  const middle = both[0].map((own, p) => own + both[1][p]!);
  return {
    kind: "sums",
    ...{ base: before, candidate: now, value: now - before, n: totals.mine.n, clusters: clustersOf(rows) },
    // Of a number that no single target has (a correlation of counts) there is nothing to tell of targets.
    differences: differences.every(Number.isNaN) ? undefined : differences,
    ...{ sums: both.flat(), resampled: { rows, columns: [...theirs, ...mine] }, difference },
    swapped,
    test: (flipped, limit) => {
      const statistic = (moved: readonly number[]) => {
        const [one, other] = [middle.map((all) => all / 2), middle.map((all) => all / 2)];
        for (const [m, p] of moving.entries()) {
          one[p] = one[p]! + moved[m]! / 2;
          other[p] = other[p]! - moved[m]! / 2;
        }
        return value(one) - value(other);
      };
      return sumTest(swapped, statistic, flipped, { scale: Math.abs(now) + Math.abs(before), limit });
    },
  };
}

/** Rankings: both sides' items are drawn together; swapping puts a cluster's items into the other side's ranking. */
function rankedPair(
  measure: RankedMeasure,
  base: ItemColumn,
  candidate: ItemColumn,
  { clusters }: Targets,
): RankedPair | undefined {
  const pairs: number[] = [];
  for (let i = 0; i < clusters.length; i += 1) if (base.has(i) && candidate.has(i)) pairs.push(i);
  const all = [base, candidate].map((column) => entriesOf(column, pairs, (i) => clusters[i]!));
  const present = all[0]!.clusters;
  const entries = all.map((one) => one.entries);
  const rankings = entries.map(rankingOf);
  const [before, now] = rankings.map(({ items }) =>
    measure.value(items, new Float64Array(items.length).fill(1)),
  );
  if (before === undefined || now === undefined) return undefined;
  return {
    kind: "ranked",
    ...{ base: before, candidate: now, value: now - before, n: pairs.length, clusters: present },
    differences: undefined,
    draws: (options) => {
      if (present < bootstrapDefaults.minClusters) return undefined;
      const [a, b] = rankedBootstrap(rankings, present, measure, options);
      return b!.map((own, draw) => own - a![draw]!);
    },
    test: (options, limit) => {
      const scale = Math.abs(now) + Math.abs(before);
      return rankedTest(measure, entries, present, options, { scale, limit });
    },
  };
}

/** Both sides' items in one order; each counts on its own side, or on the other where its cluster is swapped. */
function rankedTest(
  measure: RankedMeasure,
  [base, candidate]: readonly (readonly RankedEntry[])[],
  clusters: number,
  options: SwapOptions,
  { scale, limit }: Pick<SwapTest, "scale" | "limit">,
): SwapTest {
  const { items, owners } = rankingOf([...base!, ...candidate!]);
  const mine = new Set(base!.map(({ item }) => item));
  /** Twice the cluster's number, and one more for items of the base. */
  const sides = Int32Array.from(items, (item, i) => 2 * owners[i]! + (mine.has(item) ? 1 : 0));
  const ofSides = valueOfClusters(measure, { items, owners: sides });
  const texts = [base!, candidate!].map((entries) => {
    const own = Array.from({ length: clusters }, () => [] as string[]);
    for (const { item, owner } of entries) own[owner]!.push([item.key, ...item.parts].join(" "));
    return own.map((list) => list.join("\n"));
  });
  const moved = Array.from({ length: clusters }, (_, c) => c).filter((c) => texts[0]![c] !== texts[1]![c]);
  const [one, other] = [new Float64Array(2 * clusters), new Float64Array(2 * clusters)];
  const difference = (swapped: Uint8Array) => {
    for (let side = 0; side < one.length; side += 1) {
      const left = (side & 1) ^ swapped[side >> 1]!;
      one[side] = 1 - left;
      other[side] = left;
    }
    return (ofSides(one) ?? Number.NaN) - (ofSides(other) ?? Number.NaN);
  };
  const swapped = new Uint8Array(clusters);
  const under = (pattern: number, first: number) => {
    for (const [i, cluster] of moved.entries()) swapped[cluster] = (pattern >> (first + i)) & 1;
    return difference(swapped);
  };
  return {
    ...{ observed: under(0, 0), scale, moved: moved.length, under },
    // As many patterns as are drawn, and no more: each takes a ranking.
    limit: Math.min(limit, 1 + Math.floor(Math.log2(options.draws))),
    random: () => {
      const values = new Float64Array(options.draws);
      randomSwaps(clusters, options, (pattern, draw) => {
        values[draw] = difference(pattern);
      });
      return values;
    },
  };
}
