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
import { meanOf, rowOf } from "./measures.ts";
import { oracle } from "./oracle.ts";

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
const macroEstimate = (all: readonly (Estimated | undefined)[], level: number) => macroOf(known(all), level);
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
    for (const { clusters, scores, ...expected } of oracle<Case>("bootstrap")) {
      const { estimate } = estimateColumns(clusters, [Object.freeze(scores) as number[]], options)[0]!;
      const { value, low, high } = estimate as Required<Estimate>;
      expect(value).toBeCloseTo(expected.mean, 14);
      // A 2.5 % quantile of 10,000 draws has a standard error of about 2.7 % of the spread: sqrt(.025 * .975) / phi(1.96) / 100.
      const tolerance = 4 * 0.027 * expected.standardError;
      expect(Math.abs(low - expected.low)).toBeLessThan(tolerance);
      expect(Math.abs(high - expected.high)).toBeLessThan(tolerance);
    }
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
    expect(part!.estimate).toEqual({ value: 0.375, low: 0.25, high: 0.5, n: 2, clusters: 2 });
    expect(none).toBe(undefined);
  });

  it("has no interval for one cluster", () => {
    expect(estimateColumns([4, 4], [[0.25, 0.75]], options)[0]!.estimate).toEqual({
      value: 0.5,
      n: 2,
      clusters: 1,
    });
  });

  it("gives a column the same interval, whatever stands beside it", () => {
    const column = [0.1, 0.9, 0.4, 0.6, 0.3];
    const clusters = [0, 1, 2, 3, 3];
    const alone = estimateColumns(clusters, [column], options)[0]!.estimate;
    const others = [column.map((v) => 1 - v), [Number.NaN, 1, 0, 1, 0], column, column, column, column];
    for (const i of [2, 3, 4, 5])
      expect(estimateColumns(clusters, others, options)[i]!.estimate).toEqual(alone);
  });
});

describe("clusterBootstrap", () => {
  it("is the same on every machine", () => {
    for (const { seed, calls } of oracle<{ seed: string; calls: number[][] }>("resampler")) {
      const resample = resampler(seed);
      for (const expected of calls) {
        const times = new Float64Array(expected.length).fill(9);
        resample(times);
        expect([...times]).toEqual(expected);
      }
    }
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
  const small = estimateColumns([0, 1], [[0, 1]], { ...options, seed: "small" })[0]!;
  const large = estimateColumns([0, 1, 2, 2], [[0.5, 0.5, 0.5, 0.5]], { ...options, seed: "large" })[0]!;
  const lonely = estimateColumns([0], [[1]], options)[0]!;
  const empty = estimateColumns([], [[]], options)[0]!;

  it("weighs benchmarks alike in the macro average, masks alike in the micro average", () => {
    const uneven = estimateColumns([0, 1, 2], [[1, 1, 1]], options)[0]!;
    expect(macroEstimate([small, uneven], 0.95)).toMatchObject({ value: 0.75, n: 5, clusters: 5 });
    expect(microEstimate([small, uneven], 0.95)).toMatchObject({ value: 0.8, n: 5, clusters: 5 });
  });

  it("resamples within each benchmark", () => {
    expect(macroEstimate([small, large], 0.95)).toEqual({
      value: 0.5,
      low: 0.25,
      high: 0.75,
      n: 6,
      clusters: 5,
    });
  });

  it("of one benchmark is that benchmark", () => {
    expect(macroEstimate([small, empty], 0.95)).toEqual(small.estimate);
    expect(microEstimate([small, empty], 0.95)).toEqual(small.estimate);
  });

  it("has no interval where a benchmark has none, and nothing without scores", () => {
    expect(macroEstimate([small, lonely], 0.95)).toEqual({ value: 0.75, n: 3, clusters: 3 });
    expect(microEstimate([small, lonely], 0.95)).toEqual({ value: 2 / 3, n: 3, clusters: 3 });
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
  const drawn = rankedBootstrap([ranking], 3, mean, { seed: "s", rankedDraws: 100 })[0]!;
  const [sums] = clusterBootstrap([Float64Array.of(0.3, 0.2, 0.2)], { seed: "s", draws: 100 });
  for (const [i, value] of drawn.entries()) expect(value).toBeCloseTo(sums![i]!, 14);
});
