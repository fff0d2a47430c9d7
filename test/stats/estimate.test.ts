import { describe, expect, it } from "vitest";
import type { Estimate } from "../../src/core/summary.ts";
import { clusterBootstrap } from "../../src/stats/cluster-bootstrap.ts";
import { estimateColumns } from "../../src/stats/estimate.ts";
import { percentileInterval } from "../../src/stats/interval.ts";
import { resampler } from "../../src/stats/resampler.ts";
import { macroEstimate, microEstimate } from "../../src/stats/suite.ts";
import { oracle } from "./oracle.ts";

const options = { seed: "a seed", draws: 10_000, level: 0.95 };

describe("estimateColumns", () => {
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
      const { estimate } = estimateColumns(clusters, [Object.freeze(scores)], options)[0]!;
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
    expect(none).toEqual({ sum: 0, estimate: undefined, draws: undefined });
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
    const { counts: first } = clusterBootstrap({ counts, sums: [] }, { seed: "s", draws: 20_000 });
    const share = first.reduce((all, n) => all + n, 0) / 20_000;
    expect(Math.abs(share - 1)).toBeLessThan(0.03);
  });

  it("keeps sums and counts of a draw together, for any number of columns", () => {
    const counts = Float64Array.of(1, 2, 3);
    for (const columns of [0, 1, 3, 4, 7]) {
      const sums = Array.from({ length: columns }, (_, i) => counts.map((n) => n * (i + 1)));
      const totals = clusterBootstrap({ counts, sums }, { seed: "s", draws: 50 });
      expect(totals.sums.length).toBe(columns);
      for (const [i, column] of totals.sums.entries())
        expect(column).toEqual(totals.counts.map((n) => n * (i + 1)));
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
