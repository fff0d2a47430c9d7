// What protocols measure: ids, order and words, and the numbers of rows against NumPy, SciPy and hand-worked cases.
import { describe, expect, it } from "vitest";
import {
  type AnyMeasure,
  isRanked,
  type Measure,
  type RankedItem,
  type RankedMeasure,
  type Reliability,
} from "../../../src/core/measure.ts";
import { draw } from "../../../src/core/random.ts";
import type { RowStep, ScoredRow } from "../../../src/core/rows.ts";
import { calibrationMeasures, spearman } from "../../../src/eval/interactive/calibration.ts";
import {
  clickMeasures,
  drawMeasures,
  nocMeasures,
  renamedMeasures,
  scoreAt,
} from "../../../src/eval/interactive/measures.ts";
import { protocols } from "../../../src/eval/interactive/protocols/index.ts";
import { metrics as registry } from "../../../src/metrics/index.ts";
import { farthest } from "../../helpers/oracle.ts";
import { holdAll } from "../../stats/oracle.ts";

const metrics = ["iou", "dice"].map((name) => registry[name]!);

const step = (clicks: number, iou: number, extra: Readonly<Record<string, number>> = {}): RowStep => ({
  ...{ at: { clicks }, chosen: 0, candidates: [{ predicted: 0.9, iou }] },
  scores: { iou, dice: iou, ...extra },
});
const drawn = (number: number, iou: number, extra = {}): RowStep => ({
  ...step(0, iou, extra),
  at: { clicks: 0, draw: number },
});
const row = (...steps: readonly RowStep[]): ScoredRow => ({
  ...{ model: "m", benchmark: "b", protocol: "p", sample: "s", cluster: "c", target: "t", status: "ok" },
  ...{ size: { width: 9, height: 9 }, area: 4, box: [0, 0, 1, 1] },
  steps,
});

/** The measure of this id, and its value of one row: undefined where the row does not count. */
const byId = (all: readonly AnyMeasure[], id: string) => all.find((measure) => measure.id === id)!;
function numberOf(all: readonly AnyMeasure[], id: string, ...steps: readonly RowStep[]): number | undefined {
  const { parts, value } = byId(all, id) as Measure;
  const own = parts(row(...steps));
  return own === undefined ? undefined : value(own);
}

/** A ranked measure of items with so many copies of each, in the order of keys. */
function ranked(measure: RankedMeasure, rows: readonly ScoredRow[], times?: readonly number[]) {
  const items = rows
    .flatMap((one, i) => measure.items(one).map((item) => ({ item, times: times?.[i] ?? 1 })))
    .sort((a, b) => a.item.key - b.item.key);
  return measure.value(
    items.map(({ item }) => item),
    items.map((one) => one.times),
  );
}

describe("measures of a protocol", () => {
  const notes = (all: readonly AnyMeasure[]) => all.map(({ id, title, show }) => `${id} ${title} ${show}`);

  it("are IoU and its oracle, then every metric at every step, then what follows from them", () => {
    expect(notes(clickMeasures({ metrics, reported: [1, 5], calibrated: true }))).toEqual([
      "iou@1 1 click main",
      "oracle@1 oracle main",
      "iou@5 5 clicks main",
      "dice@1 Dice more",
      "dice@5 Dice, 5 clicks more",
      "gap@1 Ambiguity gap more",
      "selection@1 Selection accuracy more",
      "median@1 median more",
      "ece@1 ECE more",
      "bias@1 bias more",
      "spearman@1 Spearman more",
    ]);
  });

  it("name the box or the mask of a step without clicks, and points by their name", () => {
    const box = clickMeasures({ metrics, reported: [0, 3], opening: "box", noun: "point" });
    expect(box.filter(({ name }) => name === "iou").map(({ id, at, axis }) => [id, at, axis?.value])).toEqual(
      [
        ["iou@box", "box", 0],
        ["iou@3", "3 points", 3],
      ],
    );
    const mask = clickMeasures({ metrics, reported: [0], opening: "mask", also: drawMeasures("mask") });
    expect(notes(mask).slice(-2)).toEqual(["spread@mask spread more", "worst@mask worst draw more"]);
    expect(mask[0]).not.toHaveProperty("axis");
    expect(clickMeasures({ metrics, reported: [0] })[0]).toMatchObject({ id: "iou@0", at: "no click" });
  });

  it("have clicks to a quality among the main ones", () => {
    const all = clickMeasures({ metrics, reported: [1], also: nocMeasures() });
    const main = all.filter(({ show }) => show === "main").map(({ id }) => id);
    expect(main).toEqual(["iou@1", "oracle@1", "noc@80", "noc@85", "noc@90", "noc@95"]);
    expect(byId(all, "noc@90")).toMatchObject({ unit: "clicks", better: "lower", title: "NoC@90" });
  });

  it.each(Object.values(protocols))(
    "$id: ids are unique, parts agree with names, the first one is main",
    (p) => {
      const all = p.measures(Object.values(registry));
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      expect(all[0]).toMatchObject({ show: "main", broken: true, name: "iou" });
      for (const { id, name, boundOf, meaning } of all) {
        expect(id.split("@")[0]).toBe(name);
        expect(meaning).toMatch(/\.$/);
        if (boundOf !== undefined) expect(byId(all, boundOf)).toBeDefined();
      }
      for (const measure of all) {
        const unplayed = row({ ...step(77, 0.5), scores: {} });
        if (isRanked(measure)) expect(measure.items(unplayed)).toEqual([]);
        else if (!/^(noc|unreached)@/.test(measure.id)) expect(measure.parts(unplayed)).toBe(undefined);
      }
    },
  );
});

describe("the score at a number of clicks", () => {
  it("is the step's; of several draws the mean, where all have it", () => {
    expect(scoreAt([step(1, 0.5), step(3, 0.7)], 3, "iou")).toBe(0.7);
    expect(scoreAt([step(1, 0.5)], 3, "iou")).toBe(undefined);
    expect(scoreAt([drawn(0, 0.25), drawn(1, 0.75)], 0, "iou")).toBe(0.5);
    expect(scoreAt([drawn(0, 0.25, { oracle: 0.5 }), drawn(1, 0.75)], 0, "oracle")).toBe(undefined);
  });

  it("carries the last value after a stop, but never the oracle", () => {
    const steps = [step(1, 0.5, { oracle: 0.6 }), step(2, 0.7), step(3, 0.96)];
    expect(scoreAt(steps, 2, "iou", true)).toBe(0.7);
    expect(scoreAt(steps, 20, "iou", true)).toBe(0.96);
    expect(scoreAt(steps, 0, "iou", true)).toBe(undefined);
    expect(scoreAt(steps, 20, "iou")).toBe(undefined);
    const all = clickMeasures({ metrics, reported: [1, 20], carriesLast: true });
    expect(numberOf(all, "dice@20", ...steps)).toBe(0.96);
    expect(numberOf(all, "oracle@1", ...steps)).toBe(0.6);
    expect(numberOf(all, "oracle@1", step(0, 0.5, { oracle: 0.6 }))).toBe(undefined);
  });
});

describe("clicks to a quality", () => {
  const noc = nocMeasures();

  it("exactly equal is reached, also at the last click; unreached counts with the most", () => {
    const steps = Array.from({ length: 20 }, (_, i) => step(i + 1, i === 19 ? 0.9 : 0.8));
    expect(numberOf(noc, "noc@80", ...steps)).toBe(1);
    expect(numberOf(noc, "noc@90", ...steps)).toBe(20);
    expect(numberOf(noc, "unreached@90", ...steps)).toBe(0);
    for (const all of [steps, [...steps, step(21, 1)]]) {
      expect(numberOf(noc, "noc@95", ...all)).toBe(20);
      expect(numberOf(noc, "unreached@95", ...all)).toBe(1);
    }
  });
});

describe("ambiguity", () => {
  const all = clickMeasures({ metrics, reported: [1, 2] });

  it("is measured where a step has an oracle", () => {
    const both = (...steps: readonly RowStep[]) => [
      numberOf(all, "gap@1", ...steps),
      numberOf(all, "selection@1", ...steps),
    ];
    expect(both(step(1, 0.5))).toEqual([undefined, undefined]);
    expect(both(step(1, 0.5, { oracle: 0.75 }), step(2, 0.1))).toEqual([0.25, 0]);
    expect(both(step(1, 0.5, { oracle: 0.5 }))).toEqual([0, 1]);
  });
});

describe("draws of one prompt", () => {
  it("agree with numpy", () => {
    type Case = { values: number[]; mean: number; spread: number; worst: number };
    const all = clickMeasures({ metrics, reported: [0], opening: "box", also: drawMeasures("box") });
    const differ = ({ values, ...expected }: Case) => {
      const steps = values.map((value, n) => drawn(n, value));
      const found = ["iou@box", "spread@box", "worst@box"].map((id) => numberOf(all, id, ...steps)!);
      return farthest(found, [expected.mean, expected.spread, expected.worst]);
    };
    holdAll("draws", differ, 5e-15);
    expect(numberOf(all, "spread@box", drawn(0, 0.5))).toBe(undefined);
    expect(numberOf(all, "worst@box", step(0, 0.5))).toBe(undefined);
  });
});

describe("spearman", () => {
  const sorted = (x: readonly number[], y: readonly number[], times = x.map(() => 1)) => {
    const all = x.map((key, i) => ({ item: { key, parts: [y[i]!] } as RankedItem, times: times[i]! }));
    all.sort((a, b) => a.item.key - b.item.key);
    return spearman(
      all.map(({ item }) => item),
      all.map((one) => one.times),
    );
  };

  it("agrees with scipy, ties included", () => {
    type Case = { x: number[]; y: number[]; spearman: number | null };
    const differ = ({ x, y, spearman: expected }: Case) => {
      const found = sorted(x, y);
      if (expected === null) expect(found).toBe(undefined);
      return expected === null ? 0 : Math.abs(found! - expected);
    };
    holdAll("spearman", differ, 5e-14);
  });

  it("is undefined below two pairs", () => {
    expect(sorted([], [])).toBe(undefined);
    expect(sorted([1], [2])).toBe(undefined);
    expect(sorted([1, 1], [2, 3])).toBe(undefined);
    expect(sorted([1, 2, 3], [10, 30, 20])).toBeCloseTo(0.5, 15);
  });

  it("of items that count several times is that of items written out", () => {
    for (let set = 0; set < 50; set += 1) {
      const n = 2 + Math.floor(20 * draw("spearman", set));
      const of = (what: string) => Array.from({ length: n }, (_, i) => Math.floor(8 * draw(what, set, i)));
      const [x, y, times] = [of("x"), of("y"), of("times").map((t) => t % 4)];
      const copies = (values: readonly number[]) =>
        values.flatMap((value, i) => new Array<number>(times[i]!).fill(value));
      expect(sorted(x, y, times)).toBe(sorted(copies(x), copies(y)));
    }
  });
});

describe("median", () => {
  const median = byId(clickMeasures({ metrics, reported: [1] }), "median@1") as RankedMeasure;
  const rows = (...values: readonly number[]) => values.map((value) => row(step(1, value)));

  it("is the middle one, or the mean of both", () => {
    expect(ranked(median, rows(0.9, 0.1, 0.4))).toBe(0.4);
    expect(ranked(median, rows(0.9, 0.1, 0.4, 0.5))).toBe(0.45);
    expect(ranked(median, [])).toBe(undefined);
    expect(ranked(median, [row(step(2, 0.5))])).toBe(undefined);
  });

  it("of targets that count several times is that of targets written out", () => {
    expect(ranked(median, rows(0.1, 0.5, 0.9), [3, 0, 2])).toBe(0.1);
    expect(ranked(median, rows(0.25, 0.5, 0.75), [1, 1, 2])).toBe(0.625);
    expect(ranked(median, rows(0.25, 0.5), [0, 0])).toBe(undefined);
  });
});

describe("calibration", () => {
  const [ece, bias, rank] = calibrationMeasures as [Measure, Measure, RankedMeasure];
  const rowsOf = (predicted: readonly number[], actual: readonly number[]) =>
    predicted.map((value, i) =>
      row({ ...step(1, actual[i]!), candidates: [{ predicted: value, iou: actual[i]! }] }),
    );
  const sumsOf = ({ parts }: Measure, rows: readonly ScoredRow[]) =>
    rows.map((one) => parts(one)!).reduce((all, own) => all.map((total, i) => total + own[i]!));

  it("agrees with numpy", () => {
    type Case = { predicted: number[]; actual: number[]; n: number[]; ece: number; bias: number };
    const differ = ({ predicted, actual, ...expected }: Case) => {
      const rows = rowsOf(predicted, actual);
      const found = ece.detail!(sumsOf(ece, rows)) as Reliability;
      expect(found.bins.map(({ n }) => n)).toEqual(expected.n);
      expect(found.n).toBe(predicted.length);
      const own = [ece.value(sumsOf(ece, rows)), bias.value(sumsOf(bias, rows))];
      return farthest(own, [expected.ece, expected.bias]);
    };
    holdAll("calibration", differ, 5e-14);
  });

  it("says null in empty bins, and clamps predictions", () => {
    const rows = rowsOf([0.9, 0.8], [0.7, 0.8]);
    expect(bias.value(sumsOf(bias, rows))).toBeCloseTo(0.1, 15);
    const { bins } = ece.detail!(sumsOf(ece, rows)) as Reliability;
    expect(bins[0]).toEqual({ low: 0, high: 0.1, n: 0, predicted: null, actual: null });
    expect(bins[9]).toEqual({ low: 0.9, high: 1, n: 1, predicted: 0.9, actual: 0.7 });
    expect(bias.parts(rowsOf([1.5], [0.5])[0]!)).toEqual([0.5, 1]);
    expect(rank.items(rowsOf([-2], [0.5])[0]!)).toEqual([{ key: 0, parts: [0.5] }]);
  });

  it("is of the mask that counts in the step of a single click, and of no draw", () => {
    const chosen: RowStep = {
      ...{ at: { clicks: 1 }, chosen: 1, scores: { iou: 0.25 } },
      candidates: [
        { predicted: 0.1, iou: 0.5 },
        { predicted: 0.75, iou: 0.25 },
      ],
    };
    expect(bias.parts(row(chosen, step(2, 1)))).toEqual([0.5, 1]);
    expect(bias.parts(row({ ...chosen, at: { clicks: 1, draw: 0 } }))).toBe(undefined);
    expect(ece.parts(row(step(2, 1)))).toBe(undefined);
    expect(rank.items(row(step(0, 1)))).toEqual([]);
  });
});

describe("measures of old", () => {
  const all = [
    ...clickMeasures({ metrics, reported: [1, 5], also: nocMeasures() }),
    ...clickMeasures({ metrics, reported: [0], opening: "box" }),
    ...clickMeasures({ metrics, reported: [0], opening: "mask" }),
  ];

  it.each([
    ["miou@1", ["iou@1"]],
    ["selected@5", ["iou@5"]],
    ["miou@0", ["iou@box", "iou@mask"]],
    ["dice@0", ["dice@box", "dice@mask"]],
    ["noc@0.9", ["noc@90"]],
    ["miou", ["iou"]],
    ["dice", []],
    ["miou@7", []],
    ["mean@1", []],
    ["noc@0.7", []],
  ])("%s", (old, expected) => {
    expect(renamedMeasures(old, all)).toEqual(expected);
  });
});
