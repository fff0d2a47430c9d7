// A parity's pages know of a measure what its note says: here one in pixels beside shares, on hand-made numbers.
import { expect, test } from "vitest";
import type { MeasureNote } from "../../src/core/measure.ts";
import type { PairedMeasure } from "../../src/core/results.ts";
import { type ParityInput, parityWriters } from "../../src/report/parity/index.ts";

const note = (id: string, of: string, more: Partial<MeasureNote>): MeasureNote => ({
  ...{ id, name: id.replace(/@.*/, ""), of, at: "", title: of, unit: "share", better: "higher" },
  ...{ show: "main", meaning: "", ...more },
});
const paired = (measure: string, base: number, difference: number, width: number): PairedMeasure => ({
  ...{ measure, base, candidate: base + difference, p: 0.5, exact: true },
  difference: { value: difference, low: difference - width, high: difference + width, n: 4, clusters: 4 },
});
const side = (name: string) => ({
  ...{ name, title: name.toUpperCase(), graphs: [] },
  files: [{ path: "encoder.onnx", bytes: 1000, sha256: "" }],
});
const change = (protocol: string, measure: string, base: number, difference: number) => ({
  ...{ protocol, measure, where: "overall" },
  free: paired(measure, base, difference, Math.abs(difference) / 2),
  trajectory: paired(measure, base, difference / 2, 0),
});

const input: ParityInput = {
  summary: {
    format: "segbench/parity@2",
    ...{ reference: side("a"), candidate: side("b"), identical: false },
    protocols: [
      { id: "one@1", summary: "", measures: [note("gleam@1", "gleam", { at: "1 click" })] },
      {
        ...{ id: "two@1", summary: "" },
        measures: [note("far", "distance", { unit: "pixels", better: "lower" })],
      },
    ],
    cells: ["overall", "set"].map((name) => ({
      ...{ name, title: name, images: 2, targets: 4, steps: 8, failures: 0 },
      agreement: { mean: 0.95, low: 0.9, min: 0.8, below90: 0.125, bins: Array(20).fill(0) },
      blame: { candidate: 0.05, encoderOnly: 0.01, decoderOnly: 0.04, encoder: 0.01, decoder: 0.04 },
      estimates: {
        agreement: { value: 0.95, low: 0.915, high: 0.985, n: 4, clusters: 2 },
        "agreement-below-90": { value: 0.125, n: 4, clusters: 2 },
      },
    })),
    changes: [change("one@1", "gleam@1", 0.5, -0.02), change("two@1", "far", 3.25, 0.5)],
    ...{ diagnoses: [], remarks: [] },
    worst: [
      {
        ...{ benchmark: "set", protocol: "two@1", sample: "s", target: "t", at: { clicks: 3, draw: 1 } },
        ...{ agreement: 0.8, reference: 3, candidate: 4.125 },
      },
    ],
  },
  pictures: [],
  timing: { reference: { encode: 1, decode: 2 }, candidate: { encode: 1, decode: 2 } },
  rows: [],
};

test("the result in words, each measure by its own name and unit", () => {
  const text = parityWriters.markdown.render(input);
  expect(text).toContain(
    "Masks agree to 95.00 [91.50, 98.50] % (mean IoU of mask to mask, 8 prompts on 2 images)",
  );
  expect(text).toContain(
    "Mean gleam changes by -2.0 [-3.0, -1.0] points (one@1, 1 click). Mean distance changes by +0.50 [+0.25, +0.75] px (two@1).",
  );
  expect(text).toContain("the encoder explains 20 %, the decoder 80 %");
});

test("tables: as many digits for changes as for means; what was not measured is a dash", () => {
  const rows = parityWriters.markdown.render(input).split("\n");
  expect(rows).toContain(
    "| one@1 | gleam, 1 click | 50.00 | 48.00 | -2.00 [-3.00, -1.00] | -1.00 [-1.00, -1.00] | – | – |",
  );
  expect(rows).toContain(
    "| two@1 | distance (px) | 3.250 | 3.750 | +0.500 [+0.250, +0.750] | +0.250 [+0.250, +0.250] | – | – |",
  );
  expect(rows).toContain("| set | s | t | two@1 | 3 | 80.00 | 3.00 | 4.13 |");
});

test("every other writer says the same of it", async () => {
  for (const name of ["terminal", "html"] as const) {
    const text = await parityWriters[name].render(input);
    expect(text).toMatch(/Mean gleam changes by (-|−)2\.0 \[/);
    expect(text).toContain("80.00");
    expect(text).not.toMatch(/\bmIoU\b/);
  }
  expect(JSON.parse(parityWriters.json.render(input))).toEqual(input.summary);
});

test("times of the candidate beside the reference's, image by image, with the interval where there is one", () => {
  const ratio = {
    encode: { images: 40, ratio: { value: 0.551, low: 0.54, high: 0.5649 } },
    decode: { images: 3, ratio: { value: 1.5 } },
  };
  const text = parityWriters.markdown.render({ ...input, timing: { ...input.timing, ratio } });
  expect(text).toMatch(/\| 1\.0 ms \| 2\.0 ms \|/);
  expect(text).toMatch(/\| 1\.0 ms × 0\.55 \[0\.54, 0\.56\] \| 2\.0 ms × 1\.50 \(3 images\) \|/);
  expect(text).toContain("- × is the candidate's time divided by the other's, image by image, at the median");
  expect(text).toContain("- Times of fewer than 6 images have their number beside them: they say little.");
});

test("all masks of an image: partners, the filter, what lies near a threshold; nothing of prompts and stages", async () => {
  const bySide = <T>(reference: T, candidate: T) => ({ reference, candidate });
  const shift = { n: 300, sum: -30, absolute: 30, max: 0.2, up: 0, down: 300 };
  const sets = {
    ...{ masks: bySide(20, 12), candidates: 300, partners: [12, 11, 9], agreement: 11.4, identical: false },
    near: bySide([7, 3], [8, 4]),
    shifts: { predicted: shift, stability: shift, area: shift },
    apart: { all: 10, predicted: 1, stability: 9, masks: 10, outlines: 9 },
  };
  const fates = [
    {
      ...{ fate: "predicted" as const, masks: bySide(8, 0) },
      ...{ predicted: bySide(-0.07, null), stability: bySide(0, null) },
    },
    { fate: "kept" as const, masks: bySide(1, 1), predicted: bySide(0, 0), stability: bySide(0, 0) },
  ];
  const alone = [{ candidate: 4, fate: "predicted" as const, predicted: -0.07 }];
  const estimates = { "partners-75": { value: 0.55, low: 0.4, high: 0.7, n: 20, clusters: 12 } };
  const cell = { name: "overall", title: "All", images: 2, targets: 0, steps: 0, failures: 0, estimates };
  const own: ParityInput = {
    ...input,
    summary: {
      ...input.summary,
      protocols: [{ id: "every@1", summary: "", whole: true, measures: [note("ar@9", "AR", {})] }],
      changes: [],
      worst: [],
      cells: [{ ...cell, sets: { ...sets, fates } }],
    },
    rows: [
      {
        ...{ kind: "set", benchmark: "set", protocol: "every@1", sample: "s", cluster: "s" },
        compared: { ...sets, alone: bySide(alone, []) },
      },
    ],
  };
  const text = parityWriters.markdown.render(own);
  expect(text).toContain("The reference makes 20 masks on 2 images, the candidate 12; 11 pairs");
  expect(text).toContain("55.00 [40.00, 70.00] % of the reference's masks have such a partner");
  const rows = text.split("\n");
  expect(rows).toContain("| filtered by predicted IoU | 8 | -7.0 | 0.0 | 0 | – | – |");
  expect(rows).toContain("| reference | 7 (2.33 %) | 3 (1.00 %) | 300 |");
  expect(rows).toContain("| set | s | every@1 | 20 → 12 | 1 | 0 |");
  expect(text).not.toMatch(/Blame|prompts/);
  const page = await parityWriters.html.render(own);
  expect(page).toContain("predicted IoUs in place of the candidate&#39;s 1 are left, with its stabilities 9");
  expect(page).toContain("filtered by predicted IoU: 8 masks only of the reference");
  expect(page).not.toMatch(/Loss of agreement by stage|Prompts are those/);
  expect(parityWriters.terminal.render(own)).toMatch(/kept, but different +1/);

  // Of a candidate without masks there is no share; nothing that is farthest apart is no table.
  expect(text).toContain("Farthest apart");
  const without = { ...own, rows: [] };
  expect(parityWriters.markdown.render(without)).not.toContain("Farthest apart");
  expect(parityWriters.markdown.render({ ...input, summary: { ...input.summary, worst: [] } })).not.toContain(
    "Farthest apart",
  );
  expect(text).toContain("of the reference's masks have such a partner. Within");
});

test("an interval beside numbers that have none for want of images: it says why", () => {
  const few = { value: 0.1, n: 20, clusters: 3, few: true } as const;
  const of = (share: object) => {
    const cells = input.summary.cells.map((cell) => ({
      ...cell,
      estimates: { "predicted-error": few, "rank-changes": { value: 1, n: 20, clusters: 3, ...share } },
    }));
    return parityWriters.markdown.render({ ...input, summary: { ...input.summary, cells, changes: [] } });
  };
  expect(of({ low: 0.7, high: 1 })).toMatch(/A number with its count .*known to hold\. A share, in which/);
  expect(of({ few: true })).toMatch(/A number with its count .*known to hold\.\n/);
});
