// Confidence intervals that could be given, side by side: of a value that is computed from what clusters add up to, and of one that
// needs all targets in order. Two-sided, 95 %.
import type { RankedItem } from "../../src/core/measure.ts";
import { percentileSorted, standardDeviation } from "../../src/core/numbers.ts";
import {
  clusterBootstrap,
  expandedInterval,
  freedomOf,
  type Ranking,
  rankedBootstrap,
  varianceOf,
} from "../../src/stats/bootstrap.ts";
import { normalCdf, normalQuantile, tQuantile } from "../../src/stats/quantiles.ts";

export type Bounds = readonly [low: number, high: number];

/** By name; undefined where a method has none. */
export type Intervals = Readonly<Record<string, Bounds | undefined>>;

/** Strata (benchmarks) of clusters, and the value of the totals of each. One stratum: no average. */
export interface Stratum {
  /** What each cluster adds, column by column. */
  readonly columns: readonly Float64Array[];
  readonly value: (sums: readonly number[]) => number;
}

const tail = 0.025;

interface Parts {
  readonly clusters: number;
  readonly value: number;
  /** Values without one cluster each. */
  readonly left: Float64Array;
  /** Squared standard error by the jackknife, and by the linear part. */
  readonly jackknife: number;
  readonly linear: number;
  readonly draws: Float64Array;
  /** Squared standard error of each draw, by its linear part. */
  readonly drawn: Float64Array | undefined;
}

/** The mean of the strata's values, each with the same weight, and every method's interval. */
export function sumIntervals(
  strata: readonly Stratum[],
  options: { readonly seed: string; readonly draws: number },
): { readonly value: number; readonly intervals: Intervals } {
  const parts = strata.map((stratum, s) => partsOf(stratum, { ...options, seed: `${options.seed}\n${s}` }));
  const share = 1 / parts.length;
  const value = total(parts.map((part) => part.value)) * share;
  const draws = together(parts.map((part) => part.draws)).map((all) => all * share);
  const error = (of: (part: Parts) => number) => Math.sqrt(total(parts.map(of))) * share;
  const t = (of: (part: Parts) => number, freedom: number): Bounds => {
    const half = tQuantile(1 - tail, freedom) * error(of);
    return [value - half, value + half];
  };
  const { freedom } = freedomOf(parts.map(({ clusters, linear }) => ({ clusters, variance: linear })));
  const known = parts.flatMap(({ drawn }) => (drawn === undefined ? [] : [drawn]));
  const errors = known.length === parts.length ? together(known) : undefined;
  const t0 = error(({ linear }) => linear);
  return {
    value,
    intervals: {
      percentile: quantiles(draws, tail, 1 - tail),
      expanded: expanded(
        draws,
        parts.map((part) => ({ clusters: part.clusters, variance: varianceOf(part.draws) })),
      ),
      bca: bca(draws, value, parts),
      t: t(({ linear }) => linear, freedom),
      "t (jackknife)": t(({ jackknife }) => jackknife, freedom),
      studentized:
        errors === undefined
          ? undefined
          : studentized(
              draws,
              value,
              errors.map((squared) => Math.sqrt(squared) * share),
              t0,
            ),
    },
  };
}

function partsOf(
  { columns, value }: Stratum,
  options: { readonly seed: string; readonly draws: number },
): Parts {
  const k = columns[0]!.length;
  const sums = columns.map((column) => total(column));
  const all = value(sums);
  const left = Float64Array.from({ length: k }, (_, i) => value(sums.map((sum, c) => sum - columns[c]![i]!)));
  const squares = spread(left);
  const slopes = gradient(value, sums);
  const influence = Float64Array.from({ length: k }, (_, i) =>
    total(slopes.map((slope, c) => slope * (columns[c]![i]! - sums[c]! / k))),
  );
  // Of two columns, a cluster's linear part needs their squares and product alone.
  const ratio = columns.length === 2;
  const own = ratio
    ? [
        ...columns,
        squaresOf(columns[0]!, columns[0]!),
        squaresOf(columns[0]!, columns[1]!),
        squaresOf(columns[1]!, columns[1]!),
      ]
    : columns;
  const totals = clusterBootstrap(own, options);
  const draws = Float64Array.from({ length: options.draws }, (_, d) =>
    value(columns.map((_, c) => totals[c]![d]!)),
  );
  const scale = k / (k - 1);
  const drawn = ratio
    ? Float64Array.from(draws, (r, d) => {
        const [, n, aa, ab, bb] = totals.map((column) => column[d]!) as [
          number,
          number,
          number,
          number,
          number,
        ];
        return (scale * Math.max(0, aa - 2 * r * ab + r * r * bb)) / (n * n);
      })
    : undefined;
  return {
    ...{ clusters: k, value: all, left, draws, drawn },
    jackknife: ((k - 1) / k) * squares,
    linear: scale * total(influence.map((one) => one * one)),
  };
}

function expanded(draws: Float64Array, strata: Parameters<typeof freedomOf>[0]): Bounds {
  const { low, high } = expandedInterval(draws, 1 - 2 * tail, freedomOf(strata))!;
  return [low, high];
}

/** Bias-corrected and accelerated (Efron 1987), as scipy.stats.bootstrap has it, of several samples too. */
function bca(draws: Float64Array, value: number, parts: readonly Pick<Parts, "left">[]): Bounds | undefined {
  let [below, equal] = [0, 0];
  for (const draw of draws) {
    if (draw < value) below += 1;
    else if (draw === value) equal += 1;
  }
  const bias = normalQuantile((below + equal / 2) / draws.length);
  let [cubes, squares] = [0, 0];
  for (const { left } of parts) {
    const n = left.length;
    const middle = total(left) / n;
    let [own2, own3] = [0, 0];
    for (const one of left) {
      const u = (n - 1) * (middle - one);
      own2 += u ** 2;
      own3 += u ** 3;
    }
    squares += own2 / n ** 2;
    cubes += own3 / n ** 3;
  }
  const acceleration = squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
  const at = (z: number) => normalCdf(bias + (bias + z) / (1 - acceleration * (bias + z)));
  const [low, high] = [at(normalQuantile(tail)), at(normalQuantile(1 - tail))];
  return Number.isFinite(low) && Number.isFinite(high) ? quantiles(draws, low, high) : undefined;
}

/** Bootstrap t (Efron & Tibshirani 1993, 12.5); draws without spread are left out. */
function studentized(
  draws: Float64Array,
  value: number,
  errors: Float64Array,
  error: number,
): Bounds | undefined {
  const ratios = draws
    .map((draw, d) => (draw - value) / errors[d]!)
    .filter((ratio) => Number.isFinite(ratio));
  if (ratios.length < draws.length / 2) return undefined;
  const [low, high] = quantiles(ratios, tail, 1 - tail);
  return [value - high * error, value - low * error];
}

/** The same for a ranking; what needs a standard error of each draw is not given. */
export function rankedIntervals(
  ranking: Ranking,
  clusters: number,
  measure: (items: readonly RankedItem[], times: ArrayLike<number>) => number | undefined,
  options: { readonly seed: string; readonly draws: number },
): { readonly value: number; readonly intervals: Intervals } | undefined {
  const times = new Float64Array(ranking.items.length).fill(1);
  const value = measure(ranking.items, times);
  if (value === undefined) return undefined;
  const left = Float64Array.from({ length: clusters }, (_, cluster) => {
    for (let i = 0; i < times.length; i += 1) times[i] = ranking.owners[i] === cluster ? 0 : 1;
    return measure(ranking.items, times) ?? value;
  });
  const [drawn] = rankedBootstrap(
    [ranking],
    clusters,
    { value: measure },
    {
      seed: options.seed,
      rankedDraws: options.draws,
    },
  );
  const draws = drawn!.filter((draw) => !Number.isNaN(draw));
  const quantile = tQuantile(1 - tail, clusters - 1);
  const around = (error: number): Bounds => [value - quantile * error, value + quantile * error];
  return {
    value,
    intervals: {
      percentile: quantiles(draws, tail, 1 - tail),
      expanded: expanded(draws, [{ clusters, variance: 1 }]),
      bca: bca(draws, value, [{ left }]),
      t: around(standardDeviation(draws) * Math.sqrt(clusters / (clusters - 1))),
      "t (jackknife)": around(Math.sqrt(((clusters - 1) / clusters) * spread(left))),
      studentized: undefined,
    },
  };
}

function squaresOf(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((one, i) => one * b[i]!);
}

/** Sum of squares about the mean. */
function spread(values: Float64Array): number {
  const middle = total(values) / values.length;
  return total(values.map((one) => (one - middle) ** 2));
}

/** By central differences. */
function gradient(value: (sums: readonly number[]) => number, sums: readonly number[]): number[] {
  return sums.map((sum, c) => {
    const step = 1e-6 * Math.max(1, Math.abs(sum));
    const at = (moved: number) => value(sums.map((own, i) => (i === c ? moved : own)));
    return (at(sum + step) - at(sum - step)) / (2 * step);
  });
}

function together(columns: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(columns[0]!.length);
  for (const column of columns) for (let i = 0; i < all.length; i += 1) all[i] = all[i]! + column[i]!;
  return all;
}

function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i]!;
  return sum;
}

function quantiles(values: Float64Array, low: number, high: number): Bounds {
  const sorted = values.slice().sort();
  return [percentileSorted(sorted, low), percentileSorted(sorted, high)];
}
