// Published numbers beside a run's own: hand-worked, with the numbers of the papers themselves.
import { beforeAll, describe, expect, test } from "vitest";
import { loadPublished } from "../../src/config/models/published.ts";
import type { MeasureNote } from "../../src/core/measure.ts";
import type { Cell, Estimate, PublishedNumbers, Suite, Summary } from "../../src/core/results.ts";
import { matchPublished, verdictOf } from "../../src/stats/published.ts";

let numbers: PublishedNumbers;
let suite23: readonly string[];
beforeAll(async () => {
  numbers = await loadPublished({ cwd: process.cwd(), env: {} });
  const { on } = numbers.numbers.find(({ on: place }) => place.kind === "suite")!;
  suite23 = on.kind === "suite" ? on.benchmarks : [];
});

function estimate(value: number, half?: number): Estimate {
  return {
    value,
    ...(half === undefined ? {} : { low: value - half, high: value + half }),
    n: 10,
    clusters: 5,
  };
}

function cell(model: string, benchmark: string, protocol: string, iou: Record<string, Estimate>): Cell {
  return {
    ...{ model, benchmark, protocol, bySize: [], byQuartile: [], distributions: {} },
    counts: { images: 5, targets: 10, scored: 10, dropped: {}, failed: 0, failures: {} },
    measures: Object.fromEntries(
      Object.entries(iou).flatMap(([place, one]) => [
        [`iou@${place}`, one],
        ...(place === "1" ? [["oracle@1", { ...one, value: one.value + 0.1 }]] : []),
      ]),
    ),
  };
}

/** All that matching asks of a measure: whether it is a bound. */
const notes = [{ id: "iou@1" }, { id: "oracle@1", boundOf: "iou@1" }] as unknown as MeasureNote[];

function summaryOf(cells: readonly Cell[], suites: readonly Suite[] = []): Summary {
  const unique = (key: "model" | "benchmark" | "protocol") => [...new Set(cells.map((one) => one[key]))];
  return {
    ...{
      format: "segbench/summary@2",
      run: "r",
      title: "R",
      plan: "p",
      complete: true,
      cells,
      suites,
      domains: [],
    },
    models: unique("model").map((name) => ({ name, title: name, remarks: [] })),
    benchmarks: unique("benchmark").map((name) => ({
      name,
      title: name,
      domain: [],
      licence: "",
      homepage: "",
    })),
    protocols: unique("protocol").map((id) => ({ id, summary: "", measures: notes })),
  };
}

const match = (summary: Summary, models: Record<string, string>, benchmarks: Record<string, string> = {}) =>
  matchPublished(summary, { models, benchmarks }, numbers);

describe("where a published value lies", () => {
  const ours = { value: 0.5, low: 0.48, high: 0.53, n: 9, clusters: 3 };
  test.each([
    [0.48, 0, "inside"],
    [0.53, 0, "inside"],
    [0.531, 0, "outside"],
    [0.531, 0.005, "error"],
    [0.476, 0.005, "error"],
    [0.47, 0.005, "outside"],
  ] as const)("%d, error %d: %s", (value, error, verdict) => {
    expect(verdictOf(value, error, ours)).toBe(verdict);
  });
  test("without an interval of ours nothing is said", () => {
    expect(verdictOf(0.5, 0, { value: 0.5, n: 1, clusters: 1 })).toBe("open");
  });
});

test("a run of all 23 stands beside three papers' means", () => {
  const cells = suite23.map((name) => cell("h", name, "sam1-d1@1", { 1: estimate(0.58), 5: estimate(0.82) }));
  const suite: Suite = {
    ...{ model: "h", protocol: "sam1-d1@1", benchmarks: 23 },
    measures: {
      "iou@1": { macro: estimate(0.583, 0.006), micro: estimate(0.6) },
      "oracle@1": { macro: estimate(0.72, 0.006), micro: estimate(0.7) },
      "iou@5": { macro: estimate(0.82, 0.004), micro: estimate(0.8) },
    },
  };
  const { models } = match(summaryOf(cells, [suite]), { h: "sam-vit-h" });
  const rows = models[0]!.scores
    .filter(({ on }) => on === "suite")
    .map(({ source, measure, value, ours, difference, verdict }) => [
      ...[source, measure, value, ours.value, Number(difference.toFixed(6)), verdict],
    ]);
  expect(rows).toEqual([
    ["SAM 2: Segment Anything in Images and Videos, table 15", "iou@1", 0.581, 0.583, 0.002, "inside"],
    ["SAM 2: Segment Anything in Images and Videos, table 15", "iou@5", 0.813, 0.82, 0.007, "outside"],
    // 59.3 +- 0.5 read off the figure; ours ends at 58.9.
    ["Segment Anything, figure 9(c)", "iou@1", 0.593, 0.583, -0.01, "error"],
    ["Segment Anything, figure 9(c)", "iou@5", 0.819, 0.82, 0.001, "inside"],
    ["Segment Anything, figure 9(c)", "oracle@1", 0.722, 0.72, -0.002, "inside"],
    [
      "DICEPTION: A Generalist Diffusion Model for Visual Perceptual Tasks, figure 3",
      "iou@1",
      0.489,
      0.583,
      0.094,
      "other",
    ],
  ]);
  expect(models[0]!.missing).toEqual([]);
});

test("a run without one of the 23 has no suite mean, and says which it lacks", () => {
  const cells = suite23
    .filter((name) => name !== "gtea")
    .map((name) => cell("b", name, "sam1-d1@1", { 1: estimate(0.5) }));
  const [model] = match(summaryOf(cells), { b: "sam-vit-b" }).models;
  expect(model!.scores).toEqual([]);
  expect(model!.missing).toEqual([
    { suite: "sa-23", protocol: "sam1-d1@1", benchmarks: 23, missing: ["gtea"] },
  ]);
  expect(model!.nothing).toEqual([
    { protocol: "sam1-d1@1", benchmarks: suite23.filter((name) => name !== "gtea") },
  ]);
});

test("with benchmarks beyond the 23, the mean of the 23 alone is compared, without an interval", () => {
  const values = (n: number) => estimate(n / 100, 0.01);
  const cells = [
    ...suite23.map((name, i) => cell("b", name, "sam1-d1@1", { 1: values(40 + i) })),
    cell("b", "extra", "sam1-d1@1", { 1: values(99) }),
  ];
  const suite: Suite = {
    ...{ model: "b", protocol: "sam1-d1@1", benchmarks: 24 },
    measures: { "iou@1": { macro: estimate(0.53, 0.01), micro: estimate(0.53) } },
  };
  const [model] = match(summaryOf(cells, [suite]), { b: "sam-vit-b" }).models;
  // Mean of 40 .. 62; printed are 55.9.
  expect(model!.scores).toMatchObject([
    { value: 0.559, ours: { value: 0.51, n: 230, clusters: 115 }, verdict: "open" },
  ]);
  expect(model!.scores[0]!.difference).toBeCloseTo(-0.049, 12);
});

test("another protocol is shown beside its nearest, and never judged", () => {
  const cells = [cell("h", "leaves-of-gold", "sam1-d1@1", { 1: estimate(0.77, 0.05) })];
  const [model] = match(summaryOf(cells), { h: "sam-vit-h" }, { "leaves-of-gold": "doors" }).models;
  expect(model!.scores).toMatchObject([
    { name: "leaves-of-gold", value: 0.779, masks: 9971, kind: "printed", verdict: "other" },
  ]);
  expect(model!.scores[0]!.differs).toMatch(/^the click is the centroid/);
  expect(model!.nothing).toEqual([]);
});

test("a key without a number, or a protocol without one, is said", () => {
  const cells = [
    cell("l", "ppdls", "sam1-d1@1", { 1: estimate(0.5) }),
    cell("l", "ppdls", "mask@1", { mask: estimate(0.5) }),
  ];
  expect(match(summaryOf(cells), { l: "sam-vit-l" }).models).toEqual([
    {
      ...{ model: "l", key: "sam-vit-l", scores: [], missing: [] },
      nothing: [
        { protocol: "sam1-d1@1", benchmarks: ["ppdls"] },
        { protocol: "mask@1", benchmarks: ["ppdls"] },
      ],
    },
  ]);
  expect(match(summaryOf(cells), {})).toEqual({ models: [], differences: [] });
});

test("SAM minus RITM, where a run has both", () => {
  const cells = [
    cell("h", "trashcan", "sam1-d1@1", { 1: estimate(0.45, 0.01) }),
    cell("ritm", "trashcan", "sam1-d1@1", { 1: estimate(0.62, 0.01) }),
  ];
  const { differences } = match(summaryOf(cells), { h: "sam-vit-h", ritm: "ritm-hrnet32" });
  const [bar, circle] = differences;
  expect(differences).toHaveLength(2);
  expect(bar).toMatchObject({ model: "h", minus: "ritm", value: -0.15, measure: "iou@1", verdict: "open" });
  expect(bar!.ours.value).toBeCloseTo(-0.17, 12);
  expect(bar!.difference).toBeCloseTo(-0.02, 12);
  // The oracle of SAM, 0.55, minus RITM's mean.
  expect(circle).toMatchObject({ value: 0.057, error: 0.002, measure: "oracle@1" });
  expect(circle!.ours.value).toBeCloseTo(-0.07, 12);
});
