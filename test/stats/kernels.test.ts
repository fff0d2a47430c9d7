import { describe, expect, it } from "vitest";
import { ambiguity } from "../../src/stats/ambiguity.ts";
import { bySize, cocoBounds, quartileBounds } from "../../src/stats/by-size.ts";
import { calibration } from "../../src/stats/calibration.ts";
import { carryLast } from "../../src/stats/carry-last.ts";
import { clicksToQuality } from "../../src/stats/clicks-to-quality.ts";
import { distribution } from "../../src/stats/distribution.ts";
import { drawNumbers } from "../../src/stats/draws.ts";
import { equalBin } from "../../src/stats/equal-bins.ts";
import { mean, sum } from "../../src/stats/mean.ts";
import { percentileSorted } from "../../src/stats/percentile.ts";
import { averageRanks } from "../../src/stats/ranks.ts";
import { selectedCandidate } from "../../src/stats/selected-candidate.ts";
import { spearman } from "../../src/stats/spearman.ts";
import { oracle } from "./oracle.ts";

const round = (clicks: number, selected: number) => ({
  clicks,
  selected,
  predicted: [1],
  candidates: [selected],
  dice: selected,
  boundary: selected,
});

describe("mean", () => {
  it("agrees with math.fsum", () => {
    for (const { values, ...expected } of oracle<{ values: number[]; sum: number; mean: number }>("mean")) {
      expect(Math.abs(sum(Object.freeze(values)) - expected.sum)).toBeLessThanOrEqual(
        Math.abs(expected.sum) * Number.EPSILON,
      );
      expect(mean(values)).toBeCloseTo(expected.mean, 15);
    }
  });

  it("refuses no data, and the example holds", () => {
    expect(() => mean([])).toThrow("mean requires at least one data point");
    expect(mean([1, 2, 4.5])).toBe(2.5);
    expect(sum([1, 1e100, 1, -1e100])).toBe(2);
    expect(sum([])).toBe(0);
  });
});

describe("percentileSorted", () => {
  it("equals numpy's linear quantile to the last bit", () => {
    const cases = oracle<{ sorted: number[]; shares: number[]; values: number[] }>("percentile");
    for (const { sorted, shares, values } of cases)
      expect(shares.map((share) => percentileSorted(sorted, share))).toEqual(values);
  });

  it("refuses no data, and the example holds", () => {
    expect(() => percentileSorted([], 0.5)).toThrow("percentile requires at least one data point");
    expect(percentileSorted([1, 2, 4], 0.75)).toBe(3);
  });
});

describe("spearman", () => {
  it("agrees with scipy, ties included", () => {
    const cases = oracle<{ x: number[]; y: number[]; ranks: number[]; spearman: number | null }>("spearman");
    for (const { x, y, ranks, spearman: expected } of cases) {
      expect([...averageRanks(x)]).toEqual(ranks);
      if (expected === null) expect(spearman(x, y)).toBe(null);
      else expect(spearman(x, y)).toBeCloseTo(expected, 13);
    }
  });

  it("is undefined below two pairs", () => {
    expect(spearman([], [])).toBe(null);
    expect(spearman([1], [2])).toBe(null);
    expect(spearman([1, 2, 3], [10, 30, 20])).toBeCloseTo(0.5, 15);
  });
});

describe("calibration", () => {
  it("agrees with numpy", () => {
    type Case = { predicted: number[]; actual: number[]; n: number[]; ece: number; bias: number };
    for (const { predicted, actual, ...expected } of oracle<Case>("calibration")) {
      const found = calibration(Object.freeze(predicted) as number[], actual)!;
      expect(found.bins.map(({ n }) => n)).toEqual(expected.n);
      expect(found.n).toBe(predicted.length);
      expect(found.ece).toBeCloseTo(expected.ece, 13);
      expect(found.bias).toBeCloseTo(expected.bias, 13);
    }
  });

  it("says nothing without data, and null in empty bins", () => {
    expect(calibration([], [])).toBe(undefined);
    const found = calibration([0.9, 0.8], [0.7, 0.8])!;
    expect(found.bias).toBeCloseTo(0.1, 15);
    expect(found.bins[0]).toEqual({ low: 0, high: 0.1, n: 0, predicted: null, actual: null });
    expect(found.bins[9]).toEqual({ low: 0.9, high: 1, n: 1, predicted: 0.9, actual: 0.7 });
  });
});

describe("equal bins", () => {
  it("put every bound into the upper bin, 1 into the last", () => {
    for (const bins of [10, 20, 7])
      for (let i = 0; i <= bins; i += 1) {
        expect(equalBin(i / bins, bins)).toBe(Math.min(i, bins - 1));
        if (i > 0) expect(equalBin((i / bins) * (1 - Number.EPSILON), bins)).toBe(i - 1);
      }
  });

  it("make numpy's histogram", () => {
    for (const { values, counts } of oracle<{ values: number[]; counts: number[] }>("distribution"))
      expect(distribution(values)).toEqual(counts);
    expect(sum(distribution([Number.NaN, 0.5]))).toBe(1);
  });
});

describe("draws of one prompt", () => {
  it("agree with numpy", () => {
    type Case = { values: number[]; mean: number; spread: number; worst: number };
    for (const { values, ...expected } of oracle<Case>("draws")) {
      const found = drawNumbers(values);
      expect(found.mean).toBeCloseTo(expected.mean, 14);
      expect(found.spread).toBeCloseTo(expected.spread, 14);
      expect(found.worst).toBe(expected.worst);
    }
    expect(drawNumbers([0.5]).spread).toBeNaN();
  });
});

describe("clicks", () => {
  it("to a quality: exactly equal is reached, also at the last click", () => {
    const rounds = Array.from({ length: 20 }, (_, i) => round(i + 1, i === 19 ? 0.9 : 0.5));
    expect(clicksToQuality(rounds, 0.5)).toBe(1);
    expect(clicksToQuality(rounds, 0.9)).toBe(20);
    expect(clicksToQuality(rounds, 0.95)).toBe(undefined);
    expect(clicksToQuality([...rounds, round(21, 1)], 0.95)).toBe(undefined);
    expect(clicksToQuality([], 0.5)).toBe(undefined);
  });

  it("carry the last value after a stop", () => {
    const rounds = [round(1, 0.5), round(2, 0.7), round(3, 0.96)];
    expect(carryLast(rounds, 2)?.selected).toBe(0.7);
    expect(carryLast(rounds, 20)?.selected).toBe(0.96);
    expect(carryLast(rounds, 0)).toBe(undefined);
  });
});

describe("ambiguity", () => {
  it("is measured in the first round with an oracle", () => {
    expect(ambiguity([round(1, 0.5)])).toBe(undefined);
    expect(ambiguity([{ ...round(1, 0.5), oracle: 0.75 }, round(2, 0.1)])).toEqual({ gap: 0.25, correct: 0 });
    expect(ambiguity([{ ...round(1, 0.5), oracle: 0.5 }])).toEqual({ gap: 0, correct: 1 });
  });

  it("chooses the highest prediction, the first of equals", () => {
    expect(selectedCandidate([0.7, 0.9, 0.9])).toBe(1);
    expect(selectedCandidate([Number.NEGATIVE_INFINITY])).toBe(0);
  });
});

describe("sizes", () => {
  it("have COCO's bounds: 1024 is medium, 9216 is large", () => {
    const areas = [1, 1023, 1024, 9215, 9216];
    const scores = [0.1, 0.3, 0.5, Number.NaN, 0.9];
    const found = bySize(cocoBounds, areas, [{ clicks: 1, scores }]);
    expect(found.map(({ name, n }) => [name, n])).toEqual([
      ["small", 2],
      ["medium", 2],
      ["large", 1],
    ]);
    expect(found.map(({ rounds }) => rounds[0]!.miou)).toEqual([0.2, 0.5, 0.9]);
  });

  it("fall into quarters, ties together", () => {
    expect(quartileBounds([])).toEqual([]);
    expect(quartileBounds([0.5, 0.4, 0.1, 0.2, 0.3]).map(({ low }) => low)).toEqual([0, 0.2, 0.3, 0.4]);
    const bounds = quartileBounds([0.1, 0.1, 0.1, 0.1, 0.9]);
    const found = bySize(bounds, [0.1, 0.1, 0.1, 0.1, 0.9], [{ clicks: 1, scores: [1, 1, 1, 1, 0] }]);
    expect(found.map(({ n }) => n)).toEqual([0, 0, 0, 5]);
    expect(found.map(({ rounds }) => rounds[0]!.miou)).toEqual([null, null, null, 0.8]);
  });
});
