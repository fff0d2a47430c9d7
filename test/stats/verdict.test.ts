// Verdicts on numbers: what decides, what does not, and how many images would.
import { expect, test } from "vitest";
import { bootstrapDefaults } from "../../src/core/defaults.ts";
import { decimalsBeside, judgeInterval, judgeNumber, type Seen, verdictOf } from "../../src/stats/verdict.ts";

const atLeast = { word: "least", border: -1 } as const;
const atMost = { word: "most", border: 2 } as const;
const seen = (value: number, half: number, images: number): Seen => ({
  ...{ value, low: value - half, high: value + half, images },
});

test("one broken limit decides, even beside undecided ones; one undecided one keeps the others from passing", () => {
  expect(verdictOf([])).toBe("passed");
  expect(verdictOf(["passed", "passed"])).toBe("passed");
  expect(verdictOf(["passed", "undecided"])).toBe("undecided");
  expect(verdictOf(["undecided", "broken", "passed"])).toBe("broken");
});

test("from minImages images on the number decides", () => {
  for (const minImages of [undefined, 1, 9]) {
    expect(judgeNumber(-1, seen(-1, 3, 9), atLeast, minImages)).toEqual({ verdict: "passed", images: 9 });
    expect(judgeNumber(-1.01, seen(-1.01, 3, 9), atLeast, minImages)).toEqual({
      verdict: "broken",
      images: 9,
    });
    expect(judgeNumber(2 + 1e-12, seen(2, 3, 9), atMost, minImages).verdict).toBe("passed");
  }
});

test("below, it is undecided, unless the whole interval lies beyond the limit", () => {
  const reason = (value: number, half: number, limit: typeof atLeast | typeof atMost = atLeast) =>
    judgeNumber(value, seen(value, half, 9), limit, 30).reason;
  // 9 images, half width 3, distance 1: 9 * (3 / 1)^2 = 81.
  expect(judgeNumber(0, seen(0, 3, 9), atLeast, 30)).toEqual({
    ...{ verdict: "undecided", images: 9, needed: 81 },
    reason: "fewer than minImages (30); about 81 images would keep it at the spread seen",
  });
  expect(reason(-2, 3)).toMatch(/about 81 images would break it/);
  // Half width 1: 9 would do by the spread, so minImages is what lacks.
  expect(reason(1, 1)).toBe("fewer than minImages (30); 30 images would keep it at the spread seen");
  expect(reason(0, 0)).toBe("fewer than minImages (30); 30 images with the same result would keep it");
  expect(reason(1.99, 3, atMost)).toBe(
    "fewer than minImages (30); about 810,000 images would keep it at the spread seen",
  );
  expect(reason(2, 3, atMost)).toBe(
    "fewer than minImages (30); 30 images with the same result would keep it",
  );
  expect(judgeNumber(-2, seen(-2, 0.9, 9), atLeast, 30)).toEqual({ verdict: "broken", images: 9 });
  expect(judgeNumber(5, { value: 5, images: 9 }, atMost, 30)).toEqual({
    ...{ verdict: "undecided", images: 9, needed: 30 },
    reason: "fewer than minImages (30); 30 images with the same result would break it",
  });
});

test("an end of an interval: broken without the whole interval from minImages on", () => {
  const low = -1.5;
  expect(judgeNumber(low, seen(0, 1.5, 9), atLeast).verdict).toBe("broken");
  expect(judgeNumber(low, seen(0, 1.5, 9), atLeast, 30)).toMatchObject({ verdict: "undecided", needed: 30 });
});

test("no interval: undecided, with the number of images that gives one", () => {
  expect(bootstrapDefaults).toMatchObject({ intervalClusters: 10, minClusters: 3 });
  expect(judgeNumber(undefined, { value: 0, images: 9 }, atLeast)).toEqual({
    ...{ verdict: "undecided", images: 9, needed: 10 },
    reason: "too few for an interval; at least 10 images would decide it",
  });
  const reason = (images: number, onEach: readonly number[], minImages?: number) =>
    judgeInterval({ value: 0, images, onEach }, atLeast, minImages).reason;
  expect(reason(9, [4, 5])).toBe("too few for an interval; at least 10 images would decide it");
  // A suite: more images of other benchmarks are of no use.
  const ones = Array.from({ length: 14 }, () => 1);
  expect(reason(14, ones, 30)).toBe(
    `only 1 image on each of its 14 benchmarks, too few for an interval; at least 3 on each, 42 in all, would decide it`,
  );
  expect(reason(49, [24, 1, 24])).toBe(
    `only 1 image on 1 of its 3 benchmarks, too few for an interval; at least 5 on each, 53 in all, would decide it`,
  );
  expect(reason(9, [], 200)).toBe("fewer than minImages (200); at least 200 images would decide it");
  // A measure whose draws have no value.
  expect(reason(400, [])).toBe("no interval; the measure has none here");
});

test("where the interval decides: broken beyond the limit, passed within it, undecided across it", () => {
  expect(judgeInterval(seen(-3, 1, 14), atLeast)).toEqual({ verdict: "broken", images: 14 });
  expect(judgeInterval(seen(1, 2, 14), atLeast)).toEqual({ verdict: "passed", images: 14 });
  expect(judgeInterval(seen(0, 0.5, 14), atMost)).toEqual({ verdict: "passed", images: 14 });
  expect(judgeInterval(seen(1, 2, 14), atLeast, 15)).toMatchObject({ verdict: "undecided", needed: 15 });
  // 14 * (2 / 0.5)^2 = 224, rounded up to two digits.
  for (const value of [-1.5, -0.5])
    expect(judgeInterval(seen(value, 2, 14), atLeast)).toEqual({
      ...{ verdict: "undecided", images: 14, needed: 230 },
      reason: `the interval reaches across the limit; about 230 images would ${value < -1 ? "break" : "keep"} it at the spread seen`,
    });
  expect(judgeInterval(seen(2, 2, 14), atMost).reason).toBe(
    "the interval reaches across the limit; the number is the limit, which no number of images decides",
  );
  // Videos.
  expect(judgeInterval({ ...seen(-1.5, 2, 14), grouped: true }, atLeast)).toEqual({
    ...{ verdict: "undecided", images: 14, grouped: true, needed: 230 },
    reason: "the interval reaches across the limit; about 230 clusters would break it at the spread seen",
  });
  // Lopsided: the end that faces the limit counts.
  expect(judgeInterval({ value: 0, low: -4, high: 9, images: 10 }, atLeast).needed).toBe(160);
  expect(judgeInterval({ value: -2, low: -9, high: 1, images: 10 }, atLeast).needed).toBe(90);
});

test("a number is written so that it lies where it lies", () => {
  expect(decimalsBeside(-1.5, atLeast, 2)).toBe(2);
  expect(decimalsBeside(-1, atLeast, 2)).toBe(2);
  // -1.00 and 2.00 would look kept, -1.00 broken.
  expect((-1.0004).toFixed(decimalsBeside(-1.0004, atLeast, 2))).toBe("-1.0004");
  expect((2.004).toFixed(decimalsBeside(2.004, atMost, 2))).toBe("2.004");
  expect((-0.996).toFixed(decimalsBeside(-0.996, atLeast, 2))).toBe("-0.996");
});
