import { describe, expect, it } from "vitest";
import { equalBin, mean, percentileSorted, standardDeviation, sum } from "../../src/core/numbers.ts";
import { bySize, cocoBounds, distribution, quartileBounds } from "../../src/stats/buckets.ts";
import { Numbers, PartColumn, PartSums } from "../../src/stats/columns.ts";
import { farthest } from "../helpers/oracle.ts";
import { holdAll, oracle } from "./oracle.ts";

describe("mean", () => {
  it("agrees with math.fsum", () => {
    type Case = { values: number[]; sum: number; mean: number };
    const differ = ({ values, ...expected }: Case) => {
      expect(Math.abs(sum(Object.freeze(values)) - expected.sum)).toBeLessThanOrEqual(
        Math.abs(expected.sum) * Number.EPSILON,
      );
      return Math.abs(mean(values) - expected.mean);
    };
    holdAll("mean", differ, 5e-16);
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
    type Case = { sorted: number[]; shares: number[]; values: number[] };
    holdAll<Case>("percentile", ({ sorted, shares, values }) =>
      farthest(
        shares.map((share) => percentileSorted(sorted, share)),
        values,
      ),
    );
  });

  it("refuses no data, and the example holds", () => {
    expect(() => percentileSorted([], 0.5)).toThrow("percentile requires at least one data point");
    expect(percentileSorted([1, 2, 4], 0.75)).toBe(3);
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
    holdAll<{ values: number[]; counts: number[] }>("distribution", ({ values, counts }) =>
      farthest(distribution(values), counts),
    );
    expect(sum(distribution([Number.NaN, 0.5]))).toBe(1);
  });
});

describe("columns", () => {
  it("add up as sum does, part by part", () => {
    const sums = new PartSums();
    for (const value of [1, 1e100, 1, -1e100]) sums.add([value, 1]);
    expect([sums.sums(), sums.n]).toEqual([[2, 4], 4]);
    for (const { values } of oracle<{ values: number[] }>("mean")) {
      const own = new PartSums();
      for (const value of values) own.add([value, 1]);
      if (values.length > 0) expect(own.sums()).toEqual([sum(values), values.length]);
    }
  });

  it("keep a mean as one number, and anything else as its parts", () => {
    const column = new PartColumn();
    const read = (target: number) => {
      const parts = new Array<number>(column.width).fill(9);
      column.read(target, parts);
      return parts;
    };
    column.set(1, [0.5, 1]);
    column.set(3, [0, 1]);
    expect([column.plain, column.value(1), column.value(0), column.value(7)]).toEqual([
      ...[true, 0.5, Number.NaN, Number.NaN],
    ]);
    expect([0, 1, 2, 3, 4].map((target) => column.has(target))).toEqual([false, true, false, true, false]);
    expect([read(1), read(3)]).toEqual([
      [0.5, 1],
      [0, 1],
    ]);
    column.set(4, [3, 0]);
    column.set(5, [0, 0]);
    column.set(6, undefined);
    expect(column.plain).toBe(false);
    expect([1, 3, 4, 5].map(read)).toEqual([
      [0.5, 1],
      [0, 1],
      [3, 0],
      [0, 0],
    ]);
    expect([0, 2, 5, 6].map((target) => column.has(target))).toEqual([false, false, true, false]);
  });

  it("grow", () => {
    const numbers = new Numbers();
    for (let i = 0; i < 100; i += 1) numbers.push(i);
    numbers.add(120, 2);
    expect([...numbers.view().subarray(97)]).toEqual([97, 98, 99, ...new Array(20).fill(0), 2]);
    expect(numbers.at(121)).toBe(undefined);
  });
});

describe("standardDeviation", () => {
  it("agrees with numpy", () => {
    type Case = { values: number[]; mean: number; spread: number };
    const differ = ({ values, ...expected }: Case) =>
      farthest([mean(values), standardDeviation(values)], [expected.mean, expected.spread]);
    holdAll("draws", differ, 5e-15);
    expect(standardDeviation([0.5])).toBeNaN();
  });
});

describe("sizes", () => {
  const meanOf = (scores: readonly number[]) => (members: readonly number[]) => {
    const own = members.map((i) => scores[i]!).filter((score) => !Number.isNaN(score));
    return { s: own.length === 0 ? null : mean(own) };
  };

  it("have COCO's bounds: 1024 is medium, 9216 is large", () => {
    const areas = [1, 1023, 1024, 9215, 9216];
    const scores = [0.1, 0.3, 0.5, Number.NaN, 0.9];
    const found = bySize(cocoBounds, areas, meanOf(scores));
    expect(found.map(({ name, n }) => [name, n])).toEqual([
      ["small", 2],
      ["medium", 2],
      ["large", 1],
    ]);
    expect(found.map(({ values }) => values.s)).toEqual([0.2, 0.5, 0.9]);
  });

  it("fall into quarters, ties together", () => {
    expect(quartileBounds([])).toEqual([]);
    expect(quartileBounds([0.5, 0.4, 0.1, 0.2, 0.3]).map(({ low }) => low)).toEqual([0, 0.2, 0.3, 0.4]);
    const bounds = quartileBounds([0.1, 0.1, 0.1, 0.1, 0.9]);
    const found = bySize(bounds, [0.1, 0.1, 0.1, 0.1, 0.9], meanOf([1, 1, 1, 1, 0]));
    expect(found.map(({ n }) => n)).toEqual([0, 0, 0, 5]);
    expect(found.map(({ values }) => values.s)).toEqual([null, null, null, 0.8]);
  });
});
