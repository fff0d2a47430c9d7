import { describe, expect, it } from "vitest";
import type { RankedItem } from "../../src/core/measure.ts";
import { percentileSorted } from "../../src/core/numbers.ts";
import { resampler } from "../../src/core/random.ts";
import type { Estimate } from "../../src/core/results.ts";
import {
  type BootstrapOptions,
  clusterBootstrap,
  percentileInterval,
  rankedBootstrap,
  rankingOf,
} from "../../src/stats/bootstrap.ts";
import { addRow, newCellTable, summarizeCell } from "../../src/stats/cells.ts";
import { Texts } from "../../src/stats/columns.ts";
import {
  type Estimated,
  macroEstimate as macroOf,
  microEstimate as microOf,
} from "../../src/stats/estimate.ts";
import { farthest } from "../helpers/oracle.ts";
import { meanOf, rowOf } from "./measures.ts";
import { holdAll } from "./oracle.ts";

const options = { seed: "a seed", draws: 10_000, rankedDraws: 1_000, level: 0.95 };

/** Columns of scores, NaN where a target has none, as measures of a cell; clusters as numbers below 1,000. */
function estimateColumns(
  clusters: readonly number[],
  columns: readonly (readonly number[])[],
  bootstrap: BootstrapOptions,
): (Estimated | undefined)[] {
  const measures = columns.map((_, i) => meanOf(`c${i}@1`));
  const table = newCellTable({ model: "m", benchmark: "b", protocol: "p" }, measures);
  const texts = new Texts();
  for (const [target, cluster] of clusters.entries()) {
    const scores = columns.flatMap((column, i) =>
      Number.isNaN(column[target]) ? [] : [[`c${i}@1`, column[target]!] as const],
    );
    addRow(table, rowOf(String(cluster).padStart(3, "0"), String(target), Object.fromEntries(scores)), texts);
  }
  const { estimates } = summarizeCell(table, { ...bootstrap, quartiles: [], categories: [] });
  return measures.map(({ id }) => estimates.get(id));
}

const known = (all: readonly (Estimated | undefined)[]) => all.filter((one) => one !== undefined);
const macroEstimate = (all: readonly (Estimated | undefined)[], level: number) =>
  macroOf(known(all), { level, uneven: false });
const microEstimate = (all: readonly (Estimated | undefined)[], level: number) =>
  microOf(known(all), meanOf("c@1"), level);

describe("estimates of a cell", () => {
  it("agrees with scipy.stats.bootstrap within Monte-Carlo error, clusters of unequal sizes", () => {
    type Case = {
      clusters: number[];
      scores: number[];
      mean: number;
      low: number;
      high: number;
      standardError: number;
    };
    const differ = ({ clusters, scores, ...expected }: Case) => {
      const { estimate } = estimateColumns(clusters, [Object.freeze(scores) as number[]], options)[0]!;
      const { value, low, high } = estimate as Required<Estimate>;
      expect(value).toBeCloseTo(expected.mean, 14);
      if (estimate.clusters < 10) {
        expect(estimate).toEqual({ value, n: scores.length, clusters: estimate.clusters, few: true });
        return 0;
      }
      // At 12 clusters the 1.07 % quantile of 10,000 draws is read: its standard error is sqrt(.0107 * .9893) / phi(2.3) / 100.
      return farthest([low, high], [expected.low, expected.high]) / (0.037 * expected.standardError);
    };
    holdAll("bootstrap", differ, 4, "standard errors of 10,000 draws");
  });

  it("leaves targets without a score out, and their clusters with them", () => {
    const [whole, part, none] = estimateColumns(
      [0, 0, 1, 2],
      [
        [1, 0, 0.5, 0.5],
        [Number.NaN, 0.25, 0.5, Number.NaN],
        [Number.NaN, Number.NaN, Number.NaN, Number.NaN],
      ],
      options,
    );
    expect(whole!.estimate).toMatchObject({ value: 0.5, n: 4, clusters: 3 });
    expect(part!.estimate).toEqual({ value: 0.375, n: 2, clusters: 2, few: true });
    expect(none).toBe(undefined);
  });

  it("has no interval below ten clusters, and says that they are few", () => {
    const of = (clusters: number) => {
      const ids = Array.from({ length: clusters }, (_, c) => c);
      return estimateColumns(ids, [ids.map((c) => (c % 2) / 2)], options)[0]!.estimate;
    };
    expect(of(1)).toEqual({ value: 0, n: 1, clusters: 1, few: true });
    expect(of(9)).toEqual({ value: 2 / 9, n: 9, clusters: 9, few: true });
    expect(of(10)).toEqual({
      ...{ value: 0.25, n: 10, clusters: 10 },
      low: expect.closeTo(0.05, 12),
      high: expect.closeTo(0.45, 12),
    });
  });

  it("gives a column the same interval, whatever stands beside it", () => {
    const column = [0.1, 0.9, 0.4, 0.6, 0.3, 0.2, 0.8, 0.7, 0.5, 0.15, 0.35, 0.65];
    const clusters = column.map((_, i) => Math.min(i, 10));
    const alone = estimateColumns(clusters, [column], options)[0]!.estimate;
    expect(alone.low).toBeDefined();
    const part = column.map((_, i) => (i === 0 ? Number.NaN : i % 2));
    const others = [column.map((v) => 1 - v), part, column, column, column, column];
    for (const i of [2, 3, 4, 5])
      expect(estimateColumns(clusters, others, options)[i]!.estimate).toEqual(alone);
  });
});

describe("clusterBootstrap", () => {
  it("is the same on every machine", () => {
    const differ = ({ seed, calls }: { seed: string; calls: number[][] }) => {
      const resample = resampler(seed);
      for (const expected of calls) {
        const times = new Float64Array(expected.length).fill(9);
        resample(times);
        expect([...times]).toEqual(expected);
      }
      return 0;
    };
    holdAll("resampler", differ);
  });

  it("draws every cluster equally often", () => {
    const counts = Float64Array.of(1, 0, 0, 0, 0, 0, 0);
    const [first] = clusterBootstrap([counts], { seed: "s", draws: 20_000 });
    const share = first!.reduce((all, n) => all + n, 0) / 20_000;
    expect(Math.abs(share - 1)).toBeLessThan(0.03);
  });

  it("keeps sums and counts of a draw together, for any number of columns", () => {
    const counts = Float64Array.of(1, 2, 3);
    for (const columns of [0, 1, 3, 4, 7]) {
      const sums = Array.from({ length: columns }, (_, i) => counts.map((n) => n * (i + 1)));
      const [first, ...totals] = clusterBootstrap([counts, ...sums], { seed: "s", draws: 50 });
      expect(totals.length).toBe(columns);
      for (const [i, column] of totals.entries()) expect(column).toEqual(first!.map((n) => n * (i + 1)));
    }
  });
});

describe("a suite", () => {
  const clusters = (n: number) => Array.from({ length: n }, (_, c) => c);
  const halves = clusters(10).map((c) => c % 2);
  const small = estimateColumns(clusters(10), [halves], { ...options, seed: "small" })[0]!;
  const large = estimateColumns([...clusters(12), 11], [new Array<number>(13).fill(0.5)], {
    ...options,
    seed: "large",
  })[0]!;
  const lonely = estimateColumns([0], [[1]], options)[0]!;
  const empty = estimateColumns([], [[]], options)[0]!;

  it("weighs benchmarks alike in the macro average, masks alike in the micro average", () => {
    const uneven = estimateColumns([0, 1, 2], [[1, 1, 1]], options)[0]!;
    const two = estimateColumns([0, 1], [[0, 1]], options)[0]!;
    expect(macroEstimate([two, uneven], 0.95)).toMatchObject({ value: 0.75, n: 5, clusters: 5 });
    expect(microEstimate([two, uneven], 0.95)).toMatchObject({ value: 0.8, n: 5, clusters: 5 });
  });

  it("resamples within each benchmark: one without spread halves the interval of the other", () => {
    const { low, high, ...rest } = macroEstimate([small, large], 0.95)!;
    expect(rest).toEqual({ value: 0.5, n: 23, clusters: 22 });
    expect(0.5 - low!).toBeCloseTo((0.5 - small.estimate.low!) / 2, 12);
    expect(high! - 0.5).toBeCloseTo((small.estimate.high! - 0.5) / 2, 12);
  });

  it("of one benchmark is that benchmark", () => {
    expect(macroEstimate([small, empty], 0.95)).toEqual(small.estimate);
    expect(microEstimate([small, empty], 0.95)).toEqual(small.estimate);
  });

  it("of a few images each has an interval where they are enough together", () => {
    const some = ["a", "b", "c", "d", "e"].map(
      (seed) => estimateColumns([0, 1, 2], [[0, 0.5, 1]], { ...options, seed })[0]!,
    );
    for (const { estimate } of some) expect(estimate).toEqual({ value: 0.5, n: 3, clusters: 3, few: true });
    for (const all of [macroEstimate(some, 0.95)!, microEstimate(some, 0.95)!]) {
      expect(all).toMatchObject({ value: 0.5, n: 15, clusters: 15 });
      expect(all).not.toHaveProperty("few");
      // Standard error sqrt(0.25 / 3 / 5), t with 10 degrees of freedom: 0.288.
      expect(all.high! - all.low!).toBeGreaterThan(2 * 0.25);
      expect(all.high! - all.low!).toBeLessThan(2 * 0.33);
    }
    expect(macroEstimate(some.slice(0, 2), 0.95)).toEqual({ value: 0.5, n: 6, clusters: 6, few: true });
    // Beside ten, three outweigh: as if there were three.
    expect(macroEstimate([some[0]!, small], 0.95)).toEqual({ value: 0.5, n: 13, clusters: 13, few: true });
  });

  it("has no interval where a benchmark has a single image, and nothing without scores", () => {
    expect(macroEstimate([small, lonely], 0.95)).toEqual({ value: 0.75, n: 11, clusters: 11, few: true });
    expect(microEstimate([small, lonely], 0.95)).toEqual({ value: 6 / 11, n: 11, clusters: 11, few: true });
    expect(macroEstimate([empty], 0.95)).toBe(undefined);
    expect(microEstimate([], 0.95)).toBe(undefined);
  });
});

it("percentileInterval does not sort its input", () => {
  const values = Float64Array.of(4, 0, 1, 3, 2);
  expect(percentileInterval(values, 0.5)).toEqual({ low: 1, high: 3 });
  expect([...values]).toEqual([4, 0, 1, 3, 2]);
});

it("percentileInterval is that of the sorted values, ties and few values included, and leaves NaN out", () => {
  const next = resampler("interval");
  for (const n of [1, 2, 3, 5, 40, 1000, 10_000])
    for (const level of [0.95, 0.5, 0, 1]) {
      const values = new Float64Array(n);
      next(values);
      if (level === 0.95) for (let i = 0; i < n; i += 1) values[i] = Math.sin(i * 7919) + values[i]!;
      const sorted = values.slice().sort();
      const tail = (1 - level) / 2;
      expect(percentileInterval(values, level)).toEqual({
        low: percentileSorted(sorted, tail),
        high: percentileSorted(sorted, 1 - tail),
      });
    }
  expect(percentileInterval(Float64Array.of(Number.NaN, 1, 2, Number.NaN, 3), 1)).toEqual({
    low: 1,
    high: 3,
  });
  expect(percentileInterval(Float64Array.of(Number.NaN), 0.95)).toBe(undefined);
});

it("rankedBootstrap draws the clusters that means are drawn with, in the order of keys", () => {
  const items = [0.3, 0.1, 0.2, 0.1].map((key, i) => ({ key, parts: [i] }));
  const ranking = rankingOf(items.map((item, i) => ({ item, owner: [0, 1, 2, 1][i]! })));
  expect(ranking.items.map(({ parts }) => parts[0])).toEqual([1, 3, 2, 0]);
  const mean = (all: readonly RankedItem[], times: ArrayLike<number>) =>
    all.reduce((total, { key }, i) => total + key * times[i]!, 0);
  const drawn = rankedBootstrap([ranking], 3, { value: mean }, { seed: "s", rankedDraws: 100 })[0]!;
  const [sums] = clusterBootstrap([Float64Array.of(0.3, 0.2, 0.2)], { seed: "s", draws: 100 });
  for (const [i, value] of drawn.entries()) expect(value).toBeCloseTo(sums![i]!, 14);
});
