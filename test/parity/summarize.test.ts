// Hand-worked numbers: two benchmarks, one with two targets, the other with one.
import { expect, test } from "vitest";
import type { MeasureNote } from "../../src/core/measure.ts";
import type { ParityRow, ParityTargetRow, PathStep } from "../../src/core/parity.ts";
import { isIdentical, parityCells, worstSamples, worstTargets } from "../../src/parity/summarize.ts";

const path = (agreement: number, score: number, chosen = 0): PathStep => ({
  ...{ agreement, scores: { score }, chosen },
  logits: { max: 2, mean: 1 - agreement, signs: 0.25 },
  predicted: { max: 0.1, reordered: chosen !== 0 },
});

function target(
  benchmark: string,
  id: string,
  agreements: readonly [number, number, number],
  chosen = 0,
): ParityTargetRow {
  const [candidate, encoder, decoder] = agreements;
  return {
    ...{ kind: "target", benchmark, protocol: "box@1", sample: "i", cluster: "i", target: id },
    steps: [
      {
        at: { clicks: 0 },
        reference: { scores: { score: 0.8 }, chosen: 0 },
        paths: {
          candidate: path(candidate, 0.6, chosen),
          encoder: path(encoder, 0.7),
          decoder: path(decoder, 0.8),
        },
      },
    ],
  };
}

const note = (id: string, more: Partial<MeasureNote> = {}): MeasureNote => ({
  ...{ id, name: id.replace(/@.*/, ""), of: "score", at: "box", title: "box", unit: "share" },
  ...{ better: "higher", show: "main", meaning: "", ...more },
});
const protocols = [
  { id: "box@1", summary: "", measures: [note("score@box"), note("bound@box"), note("score@1")] },
];

const error = { name: "e", dims: [1, 2, 1, 1], identical: false, notFinite: 0 };
const rows: ParityRow[] = [
  {
    ...{ kind: "sample", benchmark: "a", sample: "i", cluster: "i" },
    embeddings: [
      {
        ...error,
        cosine: 0.9,
        relativeL2: 0.1,
        max: 3,
        snr: 20,
        worstChannel: { index: 1, relativeL2: 0.4 },
      },
    ],
  },
  target("a", "1", [0.5, 0.6, 0.9]),
  target("a", "2", [0.7, 0.8, 1], 2),
  target("b", "1", [1, 1, 1]),
];
const benchmarks = [
  { name: "a", title: "A" },
  { name: "b", title: "B" },
];

test("cells: means by benchmark, then over benchmarks", () => {
  const [overall, a, b] = parityCells(rows, benchmarks);
  expect(a).toMatchObject({ targets: 2, steps: 2, failures: 0 });
  expect(a!.agreement!.mean).toBeCloseTo(0.6, 12);
  expect(a!.agreement!.min).toBe(0.5);
  expect(a!.agreement!.low).toBeCloseTo(0.51, 12);
  expect(a!.agreement!.below90).toBe(1);
  expect(a!.predicted).toEqual({ mean: 0.1, max: 0.1, reordered: 0.5, otherMask: 0.5 });
  expect(b!.agreement).toMatchObject({ mean: 1, below90: 0 });
  expect(b!.embedding).toBeUndefined();
  expect(overall!.agreement!.mean).toBeCloseTo((0.6 + 1) / 2, 12);
  expect(overall!.agreement!.below90).toBe(0.5);
  expect(overall!.embedding).toMatchObject({ cosine: 0.9, snr: 20, worstChannel: { index: 1 } });
});

test("blame: Shapley values of the two stages", () => {
  const [, a] = parityCells(rows, benchmarks);
  // Disagreement: candidate 0.4, encoder alone 0.3, decoder alone 0.05.
  // Encoder: (0.3 + (0.4 - 0.05)) / 2 = 0.325; decoder: (0.05 + (0.4 - 0.3)) / 2 = 0.075.
  expect(a!.blame!.candidate).toBeCloseTo(0.4, 12);
  expect(a!.blame!.encoder).toBeCloseTo(0.325, 12);
  expect(a!.blame!.decoder).toBeCloseTo(0.075, 12);
});

test("the worst come first with both scores, and who agrees fully is not among them", () => {
  expect(
    worstTargets(rows, protocols, 9).map(({ benchmark, target: id, agreement, reference, candidate }) => [
      ...[benchmark, id, agreement, reference, candidate],
    ]),
  ).toEqual([
    ["a", "1", 0.5, 0.8, 0.6],
    ["a", "2", 0.7, 0.8, 0.6],
  ]);
  expect(worstTargets(rows, protocols, 1)).toHaveLength(1);
});

test("causes are looked for on the samples that are farthest apart, of different benchmarks first", () => {
  const on = (sample: string, row: ParityTargetRow): ParityTargetRow => ({ ...row, sample });
  const far = [...rows, on("j", target("a", "1", [0.1, 1, 1])), on("k", target("b", "1", [0.9, 1, 1]))];
  const found = worstSamples(far, 3).map(({ benchmark, sample }) => `${benchmark} ${sample}`);
  // a j: 0.9 apart, a i: 0.4, b k: 0.1, b i: nothing.
  expect(found).toEqual(["a j", "b k", "a i"]);
});

test("a path that gave no answer is a failure", () => {
  const failed = {
    ...target("a", "3", [1, 1, 1]),
    steps: [],
    failed: { candidate: "logits are not finite" },
  };
  expect(parityCells([...rows, failed], benchmarks)[0]!.failures).toBe(1);
});

test("means and shares with their intervals: of benchmarks, and of all with each benchmark's weight", () => {
  const [all, a, b] = parityCells(rows, benchmarks);
  expect(a!.estimates.agreement).toEqual({ value: expect.closeTo(0.6, 12), n: 2, clusters: 1, few: true });
  expect(b!.estimates["agreement-below-90"]).toEqual({ value: 0, n: 1, clusters: 1, few: true });
  expect(all!.estimates.agreement).toMatchObject({ value: expect.closeTo(0.8, 12), n: 3, clusters: 2 });
  expect(all!.estimates["agreement-below-90"]).toMatchObject({ value: 0.5, n: 3, clusters: 2 });
  expect(all!.estimates["other-mask"]).toMatchObject({ value: 0.25 });
  expect(all!.estimates["sign-changes"]!.value).toBe(all!.logits!.signs);
  expect(all!.estimates["predicted-error"]!.value).toBeCloseTo(all!.predicted!.mean, 12);
  // Two images say next to nothing of a share.
  expect(all!.estimates["agreement-below-90"]!.low).toBeLessThan(0.05);
  expect(all!.estimates["agreement-below-90"]!.high).toBeGreaterThan(0.95);
});

test("equal logits that give other masks, at another threshold, are not an identical model", () => {
  const same = (agreement: number): ParityRow => {
    const row = target("a", "1", [agreement, agreement, agreement]);
    const paths = Object.fromEntries(
      Object.entries(row.steps[0]!.paths).map(([name, one]) => [
        name,
        { ...one, logits: { max: 0, mean: 0, signs: 0 }, predicted: { max: 0, reordered: false } },
      ]),
    ) as (typeof row.steps)[number]["paths"];
    return { ...row, steps: [{ ...row.steps[0]!, paths }] };
  };
  const cell = (agreement: number) => parityCells([same(agreement)], benchmarks)[0]!;
  expect([cell(1), cell(0.9)].map(isIdentical)).toEqual([true, false]);
});
