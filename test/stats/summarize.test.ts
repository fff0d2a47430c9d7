import { describe, expect, it } from "vitest";
import { noteOf, type Reliability } from "../../src/core/measure.ts";
import type { Cell, Summary } from "../../src/core/results.ts";
import type { Row, RowCandidate, RowStep } from "../../src/core/rows.ts";
import { estimateMeasures } from "../../src/eval/index.ts";
import { clickMeasures, drawMeasures, nocMeasures } from "../../src/eval/interactive/measures.ts";
import { metrics as registry } from "../../src/metrics/index.ts";
import { type SummaryFacts, summarize } from "../../src/stats/summarize.ts";

const note = (name: string) => ({
  name,
  title: name,
  domain: [],
  licence: "CC0",
  homepage: "https://example.org",
});
const metrics = ["iou", "dice", "boundary"].map((name) => registry[name]!);
const facts: SummaryFacts = {
  run: "sample",
  title: "Sample",
  plan: "hash",
  complete: true,
  models: [
    { name: "m2", title: "Second", remarks: ["slow"] },
    { name: "m1", title: "First", remarks: [], without: estimateMeasures },
  ],
  benchmarks: ["cells", "streets"].map(note),
  protocols: [
    {
      ...{ id: "sam1-d1@1", summary: "clicks" },
      measures: clickMeasures({ metrics, reported: [1, 3], calibrated: true }),
    },
    {
      ...{ id: "box-jitter@1", summary: "boxes" },
      measures: clickMeasures({ metrics, reported: [0], opening: "box", also: drawMeasures("box") }),
    },
    {
      ...{ id: "ritm-noc@1", summary: "until good" },
      measures: clickMeasures({
        ...{ metrics, reported: [1, 5, 20], carriesLast: true, calibrated: true, also: nocMeasures() },
      }),
    },
  ],
};

interface StepExtra {
  readonly draw?: number;
  readonly oracle?: number;
  readonly chosen?: number;
  readonly candidates?: readonly RowCandidate[];
}

const step = (clicks: number, iou: number, { draw, oracle, ...extra }: StepExtra = {}): RowStep => ({
  at: { clicks, ...(draw === undefined ? {} : { draw }) },
  chosen: 0,
  candidates: [{ predicted: 0.9, iou }],
  scores: { iou, ...(oracle === undefined ? {} : { oracle }), dice: iou, boundary: iou / 2 },
  ...extra,
});

const row = (steps: readonly RowStep[], extra: Partial<Row> = {}): Row =>
  ({
    model: "m2",
    benchmark: "cells",
    protocol: "sam1-d1@1",
    sample: "a",
    cluster: "a",
    target: "1",
    status: "ok",
    size: { width: 100, height: 100 },
    area: 1000,
    box: [0, 0, 99, 99],
    steps,
    ...extra,
  }) as Row;
const unscored = (status: "dropped" | "failed", reason: string, extra: Partial<Row> = {}): Row => {
  const { model, benchmark, protocol, sample, cluster, target } = row([], extra);
  return { model, benchmark, protocol, sample, cluster, target, status, reason };
};

async function summaryOf(rows: readonly Row[], changed: Partial<SummaryFacts> = {}): Promise<Summary> {
  async function* stream() {
    yield* rows;
  }
  return summarize(stream(), { ...facts, ...changed }, { draws: 500 });
}
const cellOf = async (...rows: Row[]): Promise<Cell> => (await summaryOf(rows)).cells[0]!;

describe("summarize", () => {
  it("says where clusters are not images, also over benchmarks", async () => {
    const frames = [
      row([step(1, 0.5)], { cluster: "v" }),
      row([step(1, 0.7)], { sample: "b", cluster: "v" }),
    ];
    const streets = row([step(1, 0.1)], { benchmark: "streets" });
    const { cells, suites } = await summaryOf([...frames, streets]);
    const [first, second] = cells.map(({ measures }) => measures["iou@1"]);
    expect(first).toEqual({ value: 0.6, n: 2, clusters: 1, few: true, grouped: true });
    expect(second).toEqual({ value: 0.1, n: 1, clusters: 1, few: true });
    expect(suites[0]!.measures["iou@1"]!.macro).toMatchObject({ clusters: 2, few: true, grouped: true });
    const many = Array.from({ length: 24 }, (_, i) =>
      row([step(1, i / 24)], { sample: `s${i}`, cluster: `v${i >> 1}` }),
    );
    expect((await cellOf(...many)).measures["iou@1"]).toMatchObject({ clusters: 12, grouped: true });
    const images = await cellOf(row([step(1, 0.5)]), row([step(1, 0.7)], { sample: "b", cluster: "b" }));
    expect(images.measures["iou@1"]).not.toHaveProperty("grouped");
  });

  it("makes an empty summary from no rows", async () => {
    const { models, protocols, cells, suites } = await summaryOf([]);
    expect(models[1]).toEqual({ name: "m1", title: "First", remarks: [] });
    const measures = facts.protocols[1]!.measures.map(noteOf);
    expect(protocols[1]).toEqual({ id: "box-jitter@1", summary: "boxes", measures });
    expect([cells, suites]).toEqual([[], []]);
  });

  it("orders cells as the facts do, whatever the order of the rows", async () => {
    const rows = [
      row([step(0, 0.5, { draw: 0 })], { protocol: "box-jitter@1", benchmark: "streets" }),
      row([step(1, 0.4)], { model: "m1" }),
      row([step(1, 0.6)], { benchmark: "streets", sample: "b", cluster: "b" }),
      row([step(1, 0.2)], { benchmark: "streets" }),
    ];
    const summary = await summaryOf(rows);
    expect(
      summary.cells.map(({ model, benchmark, protocol }) => `${model} ${benchmark} ${protocol}`),
    ).toEqual(["m2 streets sam1-d1@1", "m2 streets box-jitter@1", "m1 cells sam1-d1@1"]);
    expect(await summaryOf([...rows].reverse())).toEqual(summary);
    expect(summary.suites.map(({ model, protocol, benchmarks }) => [model, protocol, benchmarks])).toEqual([
      ["m2", "sam1-d1@1", 1],
      ["m2", "box-jitter@1", 1],
      ["m1", "sam1-d1@1", 1],
    ]);
  });

  it("counts what was not scored, and never as zero", async () => {
    const cell = await cellOf(
      row([step(1, 0.5)]),
      unscored("dropped", "empty"),
      unscored("dropped", "crowd", { sample: "b" }),
      unscored("dropped", "crowd"),
      unscored("failed", "no file", { sample: "c", target: "*" }),
    );
    expect(cell.counts).toEqual({
      images: 3,
      targets: 5,
      scored: 1,
      dropped: { crowd: 2, empty: 1 },
      failed: 1,
      failures: { "no file": 1 },
    });
    expect(Object.keys(cell.counts.dropped)).toEqual(["crowd", "empty"]);
    expect(cell.measures["iou@1"]).toEqual({ value: 0.5, n: 1, clusters: 1, few: true });
  });

  it("has no measures and no suite where nothing was scored", async () => {
    const { cells, suites } = await summaryOf([unscored("failed", "no file")]);
    expect(cells[0]).toMatchObject({ measures: {}, distributions: {}, byQuartile: [] });
    expect(cells[0]).not.toHaveProperty("details");
    expect(suites).toEqual([]);
  });

  it("leaves a target without the step out of that step's mean", async () => {
    const { measures } = await cellOf(
      row([step(1, 0.5), step(3, 1)]),
      row([step(1, 0.25)], { cluster: "b" }),
    );
    const sizes = ["iou@1", "iou@3"].map((id) => measures[id]!);
    expect(sizes.map(({ value, n, clusters }) => [value, n, clusters])).toEqual([
      [0.375, 2, 2],
      [1, 1, 1],
    ]);
    expect(measures["boundary@1"]!.value).toBe(0.1875);
    expect(Object.keys(measures).filter((id) => id.startsWith("iou"))).toEqual(["iou@1", "iou@3"]);
  });

  it("measures oracle, ambiguity and calibration at one click", async () => {
    const candidates = [
      { predicted: 0.6, iou: 0.75 },
      { predicted: 0.8, iou: 0.25 },
    ];
    const choices = { chosen: 1, candidates, oracle: 0.75 };
    const rows = [
      row([step(1, 0.25, choices), step(2, 0.5), step(3, 1)]),
      row([step(1, 0.5, { oracle: 0.5 })]),
    ];
    const cell = await cellOf(...rows);
    expect(cell.measures["oracle@1"]).toEqual({ value: 0.625, n: 2, clusters: 1, few: true });
    expect(cell.measures).not.toHaveProperty("oracle@3");
    expect(cell.measures["gap@1"]!.value).toBe(0.25);
    expect(cell.measures["selection@1"]!.value).toBe(0.5);
    expect(cell.measures["bias@1"]!.value).toBeCloseTo((0.8 - 0.25 + 0.9 - 0.5) / 2, 15);
    expect(cell.measures["spearman@1"]!.value).toBe(1);
    expect(cell.measures["median@1"]!.value).toBe(0.375);
    const { n, bins } = cell.details!["ece@1"] as Reliability;
    expect([n, bins[8], bins[0]!.predicted]).toEqual([
      2,
      { low: 0.8, high: 0.9, n: 1, predicted: 0.8, actual: 0.25 },
      null,
    ]);
    const stability = (await summaryOf(rows.map((one) => ({ ...one, model: "m1" })))).cells[0]!;
    expect(stability).not.toHaveProperty("details");
    for (const name of ["ece@1", "bias@1", "spearman@1"]) expect(stability.measures).not.toHaveProperty(name);
    expect(stability.measures["iou@1"]).toEqual(cell.measures["iou@1"]);
  });

  it("takes the mean over a target's draws", async () => {
    const drawn = (...values: number[]) =>
      row(
        values.map((value, draw) => step(0, value, { draw })),
        { protocol: "box-jitter@1" },
      );
    const cell = await cellOf(drawn(0.25, 0.75), drawn(1, 1, 1));
    expect(cell.measures).toMatchObject({
      ...{ "iou@box": { value: 0.75, n: 2 }, "boundary@box": { value: 0.375 } },
      "worst@box": { value: 0.625 },
    });
    expect(cell.measures["spread@box"]!.value).toBeCloseTo(Math.sqrt(0.125) / 2, 15);
    expect(cell.distributions).toEqual({ "iou@box": expect.arrayContaining([1]) });
  });

  it("counts clicks and carries the last value after a stop", async () => {
    const protocol = "ritm-noc@1";
    const quick = row([step(1, 0.8, { oracle: 0.8 }), step(2, 0.96)], { protocol });
    const slow = row(
      Array.from({ length: 20 }, (_, i) => step(i + 1, i === 19 ? 0.85 : 0.5)),
      { protocol },
    );
    const cell = await cellOf(quick, slow);
    const found = (name: string, ...places: readonly number[]) =>
      places.map((place) => [place, cell.measures[`${name}@${place}`]!.value]);
    expect(found("iou", 1, 5, 20)).toEqual([
      [1, 0.65],
      [5, 0.73],
      [20, 0.905],
    ]);
    expect(cell.measures["iou@20"]!.n).toBe(2);
    expect(Object.keys(cell.measures).filter((id) => id.startsWith("oracle"))).toEqual(["oracle@1"]);
    expect(cell.measures["oracle@1"]!.n).toBe(1);
    expect(found("noc", 80, 85, 90, 95)).toEqual([
      [80, (1 + 20) / 2],
      [85, (2 + 20) / 2],
      [90, (2 + 20) / 2],
      [95, (2 + 20) / 2],
    ]);
    expect(found("unreached", 80, 85, 90, 95)).toEqual([
      [80, 0],
      [85, 0],
      [90, 0.5],
      [95, 0.5],
    ]);
    const ids = Object.keys((await cellOf(row([step(1, 0.9)]))).measures);
    expect(ids.filter((id) => /^(noc|unreached)@/.test(id))).toEqual([]);
  });

  it("has the same quarters for every model, though one failed on some targets", async () => {
    const areas = [100, 200, 300, 400, 500];
    const rows = [
      ...areas.slice(2).map((area) => row([step(1, 0.5)], { area } as Partial<Row>)),
      ...areas.map((area) => row([step(1, 0.5)], { area, model: "m1" } as Partial<Row>)),
    ];
    const { cells } = await summaryOf(rows);
    const lows = cells.map(({ byQuartile }) => byQuartile.map(({ low }) => low));
    expect(lows).toEqual([
      [0, 0.02, 0.03, 0.04],
      [0, 0.02, 0.03, 0.04],
    ]);
    expect(cells[0]!.byQuartile.map(({ n }) => n)).toEqual([0, 0, 1, 2]);
    expect(cells[0]!.byQuartile[0]!.values).toEqual({ "iou@1": null });
  });

  it("has the largest categories, the same for every model, and the rest as one", async () => {
    const of = (category: string | undefined, ...values: number[]) =>
      values.map((value) => row([step(1, value)], category === undefined ? {} : { category }));
    const many = Array.from({ length: 29 }, (_, c) => of(`c${String(c).padStart(2, "0")}`, 0.5, 0.5)).flat();
    const rows = [
      ...of("fish", 0.25, 0.5, 0.75),
      ...many,
      ...of("y", 0),
      ...of("x", 1),
      ...of(undefined, 0.1),
    ];
    const other = { ...of("x", 0.5)[0]!, model: "m1" };
    const { cells } = await summaryOf([...rows, other]);
    const [full, short] = cells.map(({ byCategory }) => byCategory!);
    expect(full!.map(({ name }) => name)).toEqual([
      "fish",
      ...many.map(({ category }) => category).filter((_, i) => i % 2 === 0),
      null,
    ]);
    expect(full![0]).toEqual({ name: "fish", categories: 1, n: 3, values: { "iou@1": 0.5 } });
    expect(full!.at(-1)).toEqual({ name: null, categories: 2, n: 2, values: { "iou@1": 0.5 } });
    expect(short![0]).toEqual({ name: "fish", categories: 1, n: 0, values: { "iou@1": null } });
    expect(short!.at(-1)).toMatchObject({ name: null, categories: 1, n: 1 });
    expect(await cellOf(...of(undefined, 0.5))).not.toHaveProperty("byCategory");
  });

  it("averages the benchmarks of a domain alike; a benchmark may be in several", async () => {
    const benchmarks = [
      { ...note("cells"), domain: ["microscopy"] },
      { ...note("streets"), domain: ["driving", "microscopy"] },
    ];
    const { domains } = await summaryOf(
      [
        row([step(1, 1)]),
        row([step(1, 0.25)], { benchmark: "streets" }),
        row([step(1, 0.75)], { benchmark: "streets" }),
      ],
      { benchmarks },
    );
    expect(
      domains.map(({ domain, benchmarks, measures }) => [
        ...[domain, benchmarks, measures["iou@1"]!.macro.value],
      ]),
    ).toEqual([
      ["microscopy", 2, 0.75],
      ["driving", 1, 0.5],
    ]);
  });

  it("averages benchmarks alike, masks alike", async () => {
    const { suites } = await summaryOf([
      row([step(1, 1)]),
      row([step(1, 0.25)], { benchmark: "streets" }),
      row([step(1, 0.25)], { benchmark: "streets" }),
      row([step(1, 0.25)], { benchmark: "streets" }),
    ]);
    expect(suites).toMatchObject([{ model: "m2", protocol: "sam1-d1@1", benchmarks: 2 }]);
    expect(suites[0]!.measures["iou@1"]).toEqual({
      macro: { value: 0.625, n: 4, clusters: 2, few: true },
      micro: { value: 0.4375, n: 4, clusters: 2, few: true },
    });
    expect(suites[0]!.measures["median@1"]).toEqual({
      macro: { value: 0.625, n: 4, clusters: 2, few: true },
    });
    expect(suites[0]!.measures).not.toHaveProperty("oracle@1");
  });

  it("resamples all models of a benchmark alike", async () => {
    const values = [0.1, 0.5, 0.9, 0.3, 0.7, 0.2, 0.4, 0.6, 0.8, 1];
    const rows = ["m1", "m2"].flatMap((model) =>
      values.map((value, i) => row([step(1, value)], { model, cluster: String(i) })),
    );
    const [first, second] = (await summaryOf(rows)).cells;
    const { "iou@1": one, "dice@1": other, "median@1": ranked } = first!.measures;
    expect([one, other, ranked]).toEqual(["iou@1", "dice@1", "median@1"].map((id) => second!.measures[id]));
    expect(one!.low).toBeLessThan(one!.value);
  });

  it("refuses rows of something the run does not have", async () => {
    await expect(summaryOf([row([step(1, 1)], { model: "m9", protocol: "box@1" })])).rejects.toThrow(
      "sample: rows of model m9, protocol box@1, which the run does not have",
    );
  });
});
