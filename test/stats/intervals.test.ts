// The intervals that were compared, held against SciPy's over the same draws; and their coverage, as it was simulated.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Intervals, sumIntervals } from "../../scripts/interval-coverage/methods.ts";
import { type CoverageCell, cells, filled, isTest } from "../../scripts/interval-coverage/tables.ts";
import { meanValue } from "../../src/core/measure.ts";
import { expandedInterval, freedomOf } from "../../src/stats/bootstrap.ts";
import { betaQuantile, normalCdf, normalQuantile, tCdf, tQuantile } from "../../src/stats/quantiles.ts";
import { farthest, held } from "../helpers/oracle.ts";
import { oracle } from "./oracle.ts";

type Bounds = readonly [number, number] | null;
type Case = { readonly seed: string; readonly columns: readonly (readonly number[])[] } & Readonly<
  Record<string, Bounds>
>;

describe("intervals are SciPy's over the same draws", () => {
  const found = oracle<Case>("intervals").map((expected) => {
    const [sums, counts = sums!.map(() => 1)] = expected.columns;
    const columns = [Float64Array.from(sums!), Float64Array.from(counts)];
    const { intervals } = sumIntervals([{ columns, value: meanValue }], { seed: expected.seed, draws: 300 });
    return { expected, intervals: intervals as Intervals };
  });

  it.each([
    ["percentile", 260],
    ["expanded", 260],
    ["bca", 200],
    ["t", 200],
    ["studentized", 180],
  ] as const)("%s", (method, least) => {
    let compared = 0;
    let worst = 0;
    for (const { expected, intervals } of found) {
      const own = intervals[method];
      const theirs = expected[method];
      if (theirs === undefined) continue;
      if (theirs === null) {
        expect(own).toBeUndefined();
        continue;
      }
      compared += 1;
      const scale = Math.max(1, ...theirs.map(Math.abs));
      worst = Math.max(worst, farthest(own!, theirs) / scale);
    }
    held("stats/intervals", compared, worst, 1e-9, "relative");
    expect(compared).toBeGreaterThanOrEqual(least);
  });
});

describe("distribution functions are SciPy's", () => {
  type Triple = readonly [number, number, number];
  const [{ normal, t, beta }] = oracle<{
    normal: readonly (readonly [number, number])[];
    t: readonly Triple[];
    beta: readonly (readonly [number, number, number, number])[];
  }>("quantiles") as never as [
    { normal: [number, number][]; t: Triple[]; beta: [number, number, number, number][] },
  ];

  it("normal", () => {
    const apart = normal.map(([z, share]) => Math.abs(normalCdf(z) / share - 1));
    held("stats/quantiles", normal.length, Math.max(...apart), 1e-12, "relative");
    for (const [z, share] of normal) if (Math.abs(z) < 6) expect(normalQuantile(share)).toBeCloseTo(z, 9);
  });

  it("t", () => {
    const apart = t.map(([share, freedom, expected]) => {
      const own = tQuantile(share, freedom);
      expect(tCdf(own, freedom)).toBeCloseTo(share, 10);
      return Math.abs(own - expected) / Math.max(1, Math.abs(expected));
    });
    held("stats/quantiles", t.length, Math.max(...apart), 1e-9, "relative");
  });

  it("beta", () => {
    const apart = beta.map(([share, a, b, expected]) => Math.abs(betaQuantile(share, a, b) - expected));
    held("stats/quantiles", beta.length, Math.max(...apart), 1e-9, "relative");
  });
});

it("one benchmark has k - 1 degrees of freedom; several have Satterthwaite's", () => {
  expect(freedomOf([{ clusters: 10, variance: 3 }])).toEqual({
    freedom: expect.closeTo(9, 12),
    inflation: expect.closeTo(Math.sqrt(10 / 9), 12),
  });
  const same = { clusters: 5, variance: 1 };
  expect(freedomOf([same, same, same]).freedom).toBeCloseTo(12, 12);
  // One that hardly varies adds nothing.
  expect(freedomOf([same, { clusters: 100, variance: 1e-9 }]).freedom).toBeCloseTo(4, 6);
  expect(
    freedomOf([
      { clusters: 4, variance: 0 },
      { clusters: 3, variance: 0 },
    ]).freedom,
  ).toBe(5);
  const draws = Float64Array.from({ length: 1001 }, (_, i) => i);
  const { low, high } = expandedInterval(draws, 0.95, freedomOf([{ clusters: 10, variance: 1 }]))!;
  expect([low, high]).toEqual([expect.closeTo(8.5506, 3), expect.closeTo(991.4494, 3)]);
});

/** Two standard errors of a simulated share. */
const twice = (share: number, sets: number) => 2 * Math.sqrt((share * (1 - share)) / sets);

it("the interval holds the truth as often as docs/statistics.md says; ratios of sums do not", () => {
  const own = cells.filter((cell): cell is CoverageCell => !isTest(cell) && cell.kind !== "ratio of sums");
  expect(own.length).toBeGreaterThanOrEqual(5 * 3 * 5);
  for (const { kind, shape, clusters, sets, methods } of own) {
    const { holds, width } = methods.expanded!;
    const name = `${kind}, ${shape}, ${clusters}`;
    if (clusters >= 30) {
      expect(holds, name).toBeGreaterThan(0.935 - twice(0.935, sets));
      expect(holds, name).toBeLessThan(0.975 + twice(0.975, sets));
      expect(width, name).toBeLessThan(1.2);
    } else if (clusters >= 10) expect(holds, name).toBeGreaterThan(0.92 - twice(0.92, sets));
  }
});

it("the paired test alarms falsely in at most 6 % of sets, in 4 % to 6 % from ten clusters on", () => {
  const tests = cells.filter(isTest);
  expect(tests.length).toBeGreaterThanOrEqual(9);
  for (const { test, shape, clusters, sets, falseAlarms } of tests) {
    const name = `${test}, ${shape}, ${clusters}`;
    expect(falseAlarms, name).toBeLessThan(0.06 + twice(0.06, sets));
    if (clusters >= 10) expect(falseAlarms, name).toBeGreaterThan(0.04 - twice(0.04, sets));
  }
});

it("what is said to be detectable is detected in 75 % to 83 % of sets where it is given", () => {
  const given = cells
    .filter(isTest)
    .filter(({ test, clusters }) => clusters >= 100 && test !== "ratio of sums");
  expect(given.length).toBeGreaterThanOrEqual(6);
  for (const { power } of given) {
    expect(power).toBeGreaterThan(0.75);
    expect(power).toBeLessThan(0.83);
  }
});

it("docs/statistics.md quotes the simulation", () => {
  const page = readFileSync(new URL("../../docs/statistics.md", import.meta.url), "utf8");
  expect(filled(page)).toBe(page);
  expect(page).toContain("| median | 10 |");
});
