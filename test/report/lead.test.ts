import { expect, test } from "vitest";
import { noteOf } from "../../src/core/measure.ts";
import type { Cell, Estimate, Summary } from "../../src/core/results.ts";
import { clickMeasures } from "../../src/eval/interactive/measures.ts";
import { mainProtocol, marginsOver } from "../../src/report/lookup.ts";
import { bestOf } from "../../src/report/run/columns.ts";
import { failedText, runLead, runSize } from "../../src/report/run/lead.ts";

const point = (value: number) => ({ value, n: 4, clusters: 2 });

const metric = { name: "iou", title: "IoU", meaning: "", unit: "share", better: "higher" } as const;
const notes = clickMeasures({ metrics: [metric], reported: [1] }).map(noteOf);

/** IoU by benchmark and model at one click; oracles ten points higher. */
function summaryOf(scores: Readonly<Record<string, readonly number[]>>, failed = 0): Summary {
  const models = ["A", "B"].slice(0, Object.values(scores)[0]!.length);
  const benchmarks = Object.keys(scores);
  const measuresOf = (value: number) => ({
    ...{ "iou@1": point(value), "oracle@1": point(value + 0.1), "dice@1": point(value) },
  });
  const counts = { images: 2, targets: 4, scored: 4, dropped: {}, failed, failures: {} };
  return {
    ...{ format: "segbench/summary@2", run: "r", title: "R", plan: "p", complete: true },
    models: models.map((name) => ({ name, title: name, remarks: [] })),
    benchmarks: benchmarks.map((name) => ({
      ...{ name, title: name.toUpperCase(), domain: [], licence: "", homepage: "" },
    })),
    protocols: ["box@1", "sam1-d1@1"].map((id) => ({ id, summary: "", measures: notes })),
    cells: models.flatMap((model, m) =>
      benchmarks.map(
        (benchmark): Cell => ({
          ...{
            model,
            benchmark,
            protocol: "sam1-d1@1",
            counts,
            measures: measuresOf(scores[benchmark]![m]!),
          },
          ...{ bySize: [], byQuartile: [], distributions: {} },
        }),
      ),
    ),
    suites: models.map((model) => ({
      ...{ model, protocol: "sam1-d1@1", benchmarks: benchmarks.length },
      measures: { "iou@1": { macro: { ...point(0.5), low: 0.4, high: 0.6 }, micro: point(0.5) } },
    })),
    domains: [],
  };
}

test("margins go from the best to the worst, of the masks that count on both sides", () => {
  const summary = summaryOf({ x: [0.5, 0.75], y: [0.75, 0.5], z: [0.5, 0.75] });
  expect(mainProtocol(summary)).toBe("sam1-d1@1");
  const margins = marginsOver(summary, "sam1-d1@1", "A", "B");
  expect(margins.map(({ benchmark, value }) => [benchmark, value])).toEqual([
    ["y", 0.25],
    ["x", -0.25],
    ["z", -0.25],
  ]);
  const bound = notes.find(({ boundOf }) => boundOf === "iou@1")!;
  const [first] = marginsOver(summary, "sam1-d1@1", "A", "B", bound);
  expect(first!.value).toBeCloseTo(0.35, 12);
});

test("two models in three sentences", () => {
  expect(runLead(summaryOf({ x: [0.5, 0.75], y: [0.75, 0.5] })).sentences).toEqual([
    "Zero-shot segmentation of 2 benchmarks (4 images, 8 masks) under protocol sam1-d1@1: suite IoU in %, the unweighted mean over benchmarks, 95 % bootstrap intervals in brackets.",
    "With 1 click A reaches 50.0 [40.0, 60.0] and B reaches 50.0 [40.0, 60.0].",
    "A leads B on 1 of 2 benchmarks (by most on Y, +25.0) and trails on 1 (by most on X, -25.0).",
  ]);
});

test("a difference on too few images is no lead", () => {
  const marked = (benchmarks: readonly string[], summary: Summary): Summary => ({
    ...summary,
    cells: summary.cells.map((cell) => {
      if (!benchmarks.includes(cell.benchmark)) return cell;
      const entries = Object.entries(cell.measures).map(([id, one]) => [id, { ...one, few: true }] as const);
      return { ...cell, measures: Object.fromEntries(entries) };
    }),
  });
  const spreadOf = (summary: Summary) => runLead(summary).sentences.at(-1);
  expect(spreadOf(marked(["x"], summaryOf({ x: [0.75, 0.5] })))).toBe(
    "There are too few images to say which of A and B is better on X (+25.0).",
  );
  const two = summaryOf({ x: [0.5, 0.75], y: [0.75, 0.5] });
  expect(spreadOf(marked(["x", "y"], two))).toBe(
    "There are too few images to say which of A and B is better on any of 2 benchmarks.",
  );
  expect(spreadOf(marked(["x"], two))).toBe(
    "A leads B on 1 of 2 benchmarks (by most on Y, +25.0); 1 has too few images to say.",
  );
  // Nor is the better number marked as the best.
  const isBest = (few: boolean) => {
    const estimates = [point(0.5), { ...point(0.75), ...(few ? { few } : {}) }] as readonly Estimate[];
    const rows = estimates.map((one) => ({ name: "x", estimateOf: () => one }));
    return rows.map((row) => bestOf(rows)(row, notes[0]!));
  };
  expect([isBest(false), isBest(true)]).toEqual([
    [false, true],
    [false, false],
  ]);
});

test("one model in three sentences, and what is missing", () => {
  const [, , last] = runLead(summaryOf({ x: [0.5], y: [0.75] }, 1)).sentences;
  expect(last).toBe(
    "The highest mean is that of Y (75.0), the lowest that of X (50.0); 2 targets that could not be scored are left out.",
  );
  expect(runLead({ ...summaryOf({ x: [0.5] }), cells: [], suites: [] }).sentences).toEqual([]);
});

test("what failed under two protocols is counted once, with what a rule left out", () => {
  const { cells, ...summary } = summaryOf({ x: [0.5] }, 3);
  const counted = cells.map((cell) => ({ ...cell, counts: { ...cell.counts, dropped: { empty: 1 } } }));
  const twice = {
    ...summary,
    cells: [...counted, ...counted.map((cell) => ({ ...cell, protocol: "box@1" }))],
  };
  expect(runSize(twice)).toBe("1 model, 1 benchmark, 2 protocols: 2 images, 4 masks, 1 dropped, 3 failed");
  expect(failedText(twice)).toBe(
    "Up to 3 targets could not be scored: the numbers are those of the other 4.",
  );
  expect(failedText(summaryOf({ x: [0.5] }))).toBeUndefined();
});

test("a protocol beside the first one has its number in the summary too", () => {
  const summary = summaryOf({ x: [0.5] });
  const box = <One extends { readonly protocol: string }>(one: One) => ({ ...one, protocol: "box@1" });
  const [click, beside] = [summary.protocols[1]!, summary.protocols[0]!];
  const both = {
    ...{ ...summary, protocols: [click, beside] },
    cells: [...summary.cells, ...summary.cells.map(box)],
    suites: [...summary.suites, ...summary.suites.map(box)],
  };
  const { sentences } = runLead(both);
  expect(sentences).toHaveLength(3);
  expect(sentences[2]).toBe("Under box@1 A reaches 50.0 [40.0, 60.0].");
});
