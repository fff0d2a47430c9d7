// Means and shares over benchmarks with few images each: the images of all are one sample.
import { expect, test } from "vitest";
import { type MeanPart, pooledEstimate } from "../../src/stats/pooled.ts";
import { betaQuantile } from "../../src/stats/quantiles.ts";
import { clustersFor, shareInterval } from "../../src/stats/shares.ts";
import { farthest } from "../helpers/oracle.ts";
import { holdAll } from "./oracle.ts";

/** Images of one target each, so many on each benchmark. */
const parts = (...benchmarks: readonly (readonly number[])[]): MeanPart[] =>
  benchmarks.flatMap((values, b) =>
    values.map((sum, i) => ({ benchmark: `b${b}`, cluster: `${i}`, sum, n: 1 })),
  );

interface ShareCase {
  readonly samples: readonly { readonly hits: readonly number[]; readonly steps: readonly number[] }[];
  readonly units: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

test("shares: what SciPy makes of Korn and Graubard's formulas", () => {
  const differ = ({ samples, units, share, low, high }: ShareCase) => {
    // Targets of ten steps at most: as many as there are units.
    const all = samples.flatMap(({ hits, steps }, s) =>
      steps.flatMap((total, cluster): MeanPart[] =>
        Array.from({ length: Math.ceil(total / 10) }, (_, t) => ({
          ...{ benchmark: `b${s}`, cluster: `${cluster}`, n: Math.min(10, total - 10 * t) },
          sum: t === 0 ? hits[cluster]! : 0,
        })),
      ),
    );
    const found = pooledEstimate(all, true)!;
    expect(found.n).toBe(units);
    return farthest([found.value, found.low!, found.high!], [share, low, high]);
  };
  holdAll("shares", differ, 1e-9);
});

test("none of 63 is not certainly none: the rule of three for targets, a little more for few images", () => {
  const none = shareInterval({ value: 0, variance: 0, freedom: 13, units: 63 }, 0.95);
  expect(none.low).toBe(0);
  expect(none.high).toBeCloseTo(0.0661, 4);
  // With as many images as targets it is Clopper and Pearson's 1 - 0.025^(1/63).
  expect(shareInterval({ value: 0, variance: 0, freedom: 62, units: 63 }, 0.95).high).toBeCloseTo(
    1 - 0.025 ** (1 / 63),
    12,
  );
  expect(shareInterval({ value: 1, variance: 0, freedom: 62, units: 63 }, 0.95)).toEqual({
    low: expect.closeTo(0.025 ** (1 / 63), 12),
    high: 1,
  });
  expect(betaQuantile(0.5, 3, 3)).toBeCloseTo(0.5, 12);
});

test("how many images would do: as many as give independent targets enough", () => {
  const seen = { value: 0, low: 0, high: 1 - 0.025 ** (1 / 54), clusters: 14 };
  // Of n targets none: the end is 1 - 0.025^(1/n).
  const needed = (14 * Math.log(0.025)) / Math.log(1 - 0.02) / 54;
  expect(clustersFor(seen, 0.02, 0.95)).toBeCloseTo(needed, 8);
  const all = { value: 1, low: 0.025 ** (1 / 54), high: 1, clusters: 14 };
  expect(clustersFor(all, 0.98, 0.95)).toBeCloseTo(needed, 8);
});

test("one image on each of fourteen benchmarks: the mean of their means, its interval that of fourteen images", () => {
  const values = [96, 99, 97, 98, 99, 95, 98, 99, 97, 98, 96, 99, 98, 97];
  const found = pooledEstimate(parts(...values.map((value) => [value])))!;
  const together = pooledEstimate(parts(values))!;
  expect(found.value).toBeCloseTo(1366 / 14, 12);
  expect([found.n, found.clusters]).toEqual([14, 14]);
  const width = together.high! - together.low!;
  expect(found.low! / together.low!).toBeCloseTo(1, 3);
  expect((found.high! - found.low!) / width).toBeGreaterThan(0.9);
  expect((found.high! - found.low!) / width).toBeLessThan(1.1);
});

test("says where its clusters are not images, with an interval or without, of shares too", () => {
  const values = Array.from({ length: 12 }, (_, i) => i % 2);
  const videos = parts(values, values).map((part) => ({ ...part, grouped: part.benchmark === "b1" }));
  for (const some of [videos, videos.slice(-3)])
    for (const share of [false, true]) expect(pooledEstimate(some, share)).toMatchObject({ grouped: true });
  expect(pooledEstimate(parts(values))).not.toHaveProperty("grouped");
});

test("large images weigh in their benchmark only; benchmarks weigh the same", () => {
  const uneven: MeanPart[] = [
    { benchmark: "a", cluster: "1", sum: 9, n: 9 },
    { benchmark: "a", cluster: "2", sum: 0, n: 1 },
    { benchmark: "b", cluster: "1", sum: 0.2, n: 1 },
  ];
  expect(pooledEstimate(uneven)!.value).toBeCloseTo((0.9 + 0.2) / 2, 12);
  expect(pooledEstimate(uneven, true)!.value).toBeCloseTo(0.55, 12);
  // A share of one image shows no spread: it is marked.
  expect(pooledEstimate(parts([1]), true)).toEqual({ value: 1, n: 1, clusters: 1, few: true });
  expect(pooledEstimate([])).toBeUndefined();
});

test("where each benchmark has images enough, what tells them apart is no spread", () => {
  const near = (middle: number) => Array.from({ length: 40 }, (_, i) => middle + (i % 5) / 100);
  const apart = pooledEstimate(parts(near(0.2), near(0.8)))!;
  expect(apart.value).toBeCloseTo(0.52, 12);
  expect(apart.high! - apart.low!).toBeLessThan(0.01);
  const single = pooledEstimate(parts([0.2], [0.8], [0.2], [0.8], [0.2], [0.8], [0.2], [0.8], [0.2], [0.8]))!;
  expect(single.high! - single.low!).toBeGreaterThan(0.3);
});
