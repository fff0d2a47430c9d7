import { describe, expect, it } from "vitest";
import type { Row, RowRound } from "../../src/core/rows.ts";
import type { Cell, Summary } from "../../src/core/summary.ts";
import { type SummaryFacts, summarize } from "../../src/stats/summarize.ts";

const note = (name: string) => ({
  name,
  title: name,
  domain: [],
  licence: "CC0",
  homepage: "https://example.org",
});
const facts: SummaryFacts = {
  run: "sample",
  title: "Sample",
  plan: "hash",
  complete: true,
  models: [
    { name: "m2", title: "Second", remarks: ["slow"], predictedIouIsIou: true },
    { name: "m1", title: "First", remarks: [], predictedIouIsIou: false },
  ],
  benchmarks: ["cells", "streets"].map(note),
  protocols: [
    { id: "sam1-d1@1", summary: "clicks", reported: [1, 3], singleClickStart: true },
    { id: "box-jitter@1", summary: "boxes", reported: [0], singleClickStart: false },
    { id: "ritm-noc@1", summary: "until good", reported: [1, 5, 20], singleClickStart: true },
  ],
};

const round = (clicks: number, selected: number, extra: Partial<RowRound> = {}): RowRound => ({
  clicks,
  selected,
  predicted: [0.9],
  candidates: [selected],
  dice: selected,
  boundary: selected / 2,
  ...extra,
});

const row = (rounds: readonly RowRound[], extra: Partial<Row> = {}): Row =>
  ({
    model: "m2",
    benchmark: "cells",
    protocol: "sam1-d1@1",
    image: "a",
    cluster: "a",
    target: "1",
    status: "ok",
    size: { width: 100, height: 100 },
    area: 1000,
    box: [0, 0, 99, 99],
    prompts: [],
    rounds,
    ...extra,
  }) as Row;
const unscored = (status: "dropped" | "failed", reason: string, extra: Partial<Row> = {}): Row => {
  const { model, benchmark, protocol, image, cluster, target } = row([], extra);
  return { model, benchmark, protocol, image, cluster, target, status, reason };
};

async function summaryOf(rows: readonly Row[], changed: Partial<SummaryFacts> = {}): Promise<Summary> {
  async function* stream() {
    yield* rows;
  }
  return summarize(stream(), { ...facts, ...changed }, { draws: 500 });
}
const cellOf = async (...rows: Row[]): Promise<Cell> => (await summaryOf(rows)).cells[0]!;

describe("summarize", () => {
  it("makes an empty summary from no rows", async () => {
    const { models, protocols, cells, suites } = await summaryOf([]);
    expect(models[1]).toEqual({ name: "m1", title: "First", remarks: [] });
    expect(protocols[1]).toEqual({ id: "box-jitter@1", summary: "boxes", reported: [0] });
    expect([cells, suites]).toEqual([[], []]);
  });

  it("orders cells as the facts do, whatever the order of the rows", async () => {
    const rows = [
      row([round(0, 0.5, { draw: 0 })], { protocol: "box-jitter@1", benchmark: "streets" }),
      row([round(1, 0.4)], { model: "m1" }),
      row([round(1, 0.6)], { benchmark: "streets", image: "b", cluster: "b" }),
      row([round(1, 0.2)], { benchmark: "streets" }),
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
      row([round(1, 0.5)]),
      unscored("dropped", "empty"),
      unscored("dropped", "crowd", { image: "b" }),
      unscored("dropped", "crowd"),
      unscored("failed", "no file", { image: "c", target: "*" }),
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
    expect(cell.rounds[0]!.miou).toEqual({ value: 0.5, n: 1, clusters: 1 });
  });

  it("has no rounds and no suite where nothing was scored", async () => {
    const { cells, suites } = await summaryOf([unscored("failed", "no file")]);
    expect(cells[0]).toMatchObject({ rounds: [], distribution: [], byQuartile: [] });
    expect(cells[0]).not.toHaveProperty("calibration");
    expect(suites).toEqual([]);
  });

  it("leaves a target without the round out of that round's mean", async () => {
    const { rounds } = await cellOf(
      row([round(1, 0.5), round(3, 1)]),
      row([round(1, 0.25)], { cluster: "b" }),
    );
    expect(rounds.map(({ clicks, miou }) => [clicks, miou.value, miou.n, miou.clusters])).toEqual([
      [1, 0.375, 2, 2],
      [3, 1, 1, 1],
    ]);
    expect(rounds[0]!.boundary.value).toBe(0.1875);
    expect(rounds[0]!.miou).toMatchObject({ low: 0.25, high: 0.5 });
  });

  it("measures oracle, ambiguity and calibration at one click", async () => {
    const choices = { predicted: [0.6, 0.8], candidates: [0.75, 0.25], oracle: 0.75 };
    const rows = [
      row([round(1, 0.25, choices), round(2, 0.5), round(3, 1)]),
      row([round(1, 0.5, { oracle: 0.5 })]),
    ];
    const cell = await cellOf(...rows);
    expect(cell.rounds[0]!.oracle).toEqual({ value: 0.625, n: 2, clusters: 1 });
    expect(cell.rounds[1]).not.toHaveProperty("oracle");
    expect(cell.ambiguityGap!.value).toBe(0.25);
    expect(cell.selectionAccuracy!.value).toBe(0.5);
    expect(cell.calibration!.bias).toBeCloseTo((0.8 - 0.25 + 0.9 - 0.5) / 2, 15);
    expect(cell.calibration!.spearman).toBe(1);
    const stability = (await summaryOf(rows.map((one) => ({ ...one, model: "m1" })))).cells[0]!;
    expect(stability).not.toHaveProperty("calibration");
  });

  it("takes the mean over a target's draws", async () => {
    const drawn = (...values: number[]) =>
      row(
        values.map((value, draw) => round(0, value, { draw })),
        { protocol: "box-jitter@1" },
      );
    const cell = await cellOf(drawn(0.25, 0.75), drawn(1, 1, 1));
    expect(cell.rounds).toMatchObject([
      { clicks: 0, miou: { value: 0.75, n: 2 }, boundary: { value: 0.375 } },
    ]);
    expect(cell.draws).toMatchObject({ draws: 3, mean: { value: 0.75 }, worst: { value: 0.625 } });
    expect(cell.draws!.spread.value).toBeCloseTo(Math.sqrt(0.125) / 2, 15);
    expect(cell.distribution).toMatchObject([{ clicks: 0, counts: expect.arrayContaining([1]) }]);
  });

  it("counts clicks and carries the last value after a stop", async () => {
    const protocol = "ritm-noc@1";
    const quick = row([round(1, 0.8, { oracle: 0.8 }), round(2, 0.96)], { protocol });
    const slow = row(
      Array.from({ length: 20 }, (_, i) => round(i + 1, i === 19 ? 0.85 : 0.5)),
      { protocol },
    );
    const cell = await cellOf(quick, slow);
    expect(cell.rounds.map(({ clicks, miou }) => [clicks, miou.value, miou.n])).toEqual([
      [1, 0.65, 2],
      [5, 0.73, 2],
      [20, 0.905, 2],
    ]);
    expect(cell.rounds.map(({ oracle }) => oracle?.n)).toEqual([1, undefined, undefined]);
    expect(
      cell.clicksToQuality!.map(({ iou, mean, unreached, maxClicks }) => [
        iou,
        mean.value,
        unreached,
        maxClicks,
      ]),
    ).toEqual([
      [0.8, (1 + 20) / 2, 0, 20],
      [0.85, (2 + 20) / 2, 0, 20],
      [0.9, (2 + 20) / 2, 1, 20],
      [0.95, (2 + 20) / 2, 1, 20],
    ]);
    expect(await cellOf(row([round(1, 0.9)]))).not.toHaveProperty("clicksToQuality");
  });

  it("has the same quarters for every model, though one failed on some targets", async () => {
    const areas = [100, 200, 300, 400, 500];
    const rows = [
      ...areas.slice(2).map((area) => row([round(1, 0.5)], { area } as Partial<Row>)),
      ...areas.map((area) => row([round(1, 0.5)], { area, model: "m1" } as Partial<Row>)),
    ];
    const { cells } = await summaryOf(rows);
    const lows = cells.map(({ byQuartile }) => byQuartile.map(({ low }) => low));
    expect(lows).toEqual([
      [0, 0.02, 0.03, 0.04],
      [0, 0.02, 0.03, 0.04],
    ]);
    expect(cells[0]!.byQuartile.map(({ n }) => n)).toEqual([0, 0, 1, 2]);
    expect(cells[0]!.byQuartile[0]!.rounds).toEqual([{ clicks: 1, miou: null }]);
  });

  it("has the largest categories, the same for every model, and the rest as one", async () => {
    const of = (category: string | undefined, ...values: number[]) =>
      values.map((value) => row([round(1, value)], category === undefined ? {} : { category }));
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
    expect(full![0]).toEqual({ name: "fish", categories: 1, n: 3, rounds: [{ clicks: 1, miou: 0.5 }] });
    expect(full!.at(-1)).toEqual({ name: null, categories: 2, n: 2, rounds: [{ clicks: 1, miou: 0.5 }] });
    expect(short![0]).toEqual({ name: "fish", categories: 1, n: 0, rounds: [{ clicks: 1, miou: null }] });
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
        row([round(1, 1)]),
        row([round(1, 0.25)], { benchmark: "streets" }),
        row([round(1, 0.75)], { benchmark: "streets" }),
      ],
      { benchmarks },
    );
    expect(
      domains.map(({ domain, benchmarks, rounds }) => [domain, benchmarks, rounds[0]!.macro.value]),
    ).toEqual([
      ["microscopy", 2, 0.75],
      ["driving", 1, 0.5],
    ]);
  });

  it("averages benchmarks alike, masks alike", async () => {
    const { suites } = await summaryOf([
      row([round(1, 1)]),
      row([round(1, 0.25)], { benchmark: "streets" }),
      row([round(1, 0.25)], { benchmark: "streets" }),
      row([round(1, 0.25)], { benchmark: "streets" }),
    ]);
    expect(suites).toEqual([
      {
        model: "m2",
        protocol: "sam1-d1@1",
        benchmarks: 2,
        rounds: [
          {
            clicks: 1,
            macro: { value: 0.625, n: 4, clusters: 2 },
            micro: { value: 0.4375, n: 4, clusters: 2 },
          },
        ],
      },
    ]);
  });

  it("resamples all models of a benchmark alike", async () => {
    const values = [0.1, 0.5, 0.9, 0.3, 0.7];
    const rows = ["m1", "m2"].flatMap((model) =>
      values.map((value, i) => row([round(1, value)], { model, cluster: String(i) })),
    );
    const [first, second] = (await summaryOf(rows)).cells;
    expect(first!.rounds).toEqual(second!.rounds);
  });

  it("refuses rows of something the run does not have", async () => {
    await expect(summaryOf([row([round(1, 1)], { model: "m9", protocol: "box@1" })])).rejects.toThrow(
      "sample: rows of model m9, protocol box@1, which the run does not have",
    );
  });
});
