// Worked cases of answers to phrases: which annotator counts, and what single phrases, counts, repeated masks and scores come to.
import { describe, expect, test } from "vitest";
import type { Measure } from "../../../src/core/measure.ts";
import type { ScoredRow } from "../../../src/core/rows.ts";
import { conceptProblems, factsOfQuery } from "../../../src/eval/concept/match.ts";
import { conceptMeasures } from "../../../src/eval/concept/measures.ts";
import { bestAssignment, type WeightedPair } from "../../../src/masks/assignment.ts";
import { createMask, setPixel } from "../../../src/masks/bit-mask.ts";

type Corners = readonly [x0: number, y0: number, x1: number, y1: number];

/** Half open, in a square of 40 pixels. */
function maskOf([x0, y0, x1, y1]: Corners) {
  const mask = createMask(40, 40);
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) setPixel(mask, x, y);
  return mask;
}

const R: Corners = [5, 5, 25, 25];
const R3: Corners = [6, 5, 25, 25];
const Q: Corners = [28, 28, 38, 38];
const H: Corners = [28, 28, 38, 33];

function rowOf(
  answers: readonly (readonly [number, Corners])[],
  ...annotators: readonly (readonly Corners[])[]
) {
  const seen = annotators.map((own) => ({ masks: own.map(maskOf), crowds: 0 }));
  const found = answers.map(([score, corners]) => ({ score, mask: maskOf(corners) }));
  const { facts } = factsOfQuery(found, seen, "a test");
  const key = { model: "m", benchmark: "b", protocol: "concept@1", sample: "s", cluster: "s", target: "1" };
  return { ...key, status: "ok", facts, steps: [] } as unknown as ScoredRow;
}

function numberOf(id: string, ...rows: readonly ScoredRow[]): number {
  const { parts, value } = conceptMeasures.find((measure) => measure.id === id) as Measure;
  const all = rows.flatMap((row) => [parts(row) ?? []]).filter(({ length }) => length > 0);
  return value(all[0]?.map((_, i) => all.reduce((sum, own) => sum + own[i]!, 0)) ?? [0, 0]);
}

describe("which annotator counts", () => {
  const chosen = (row: ScoredRow) => row.facts!.chosen;

  test("the one that scores highest, the first of equals", () => {
    expect(chosen(rowOf([[0.9, H]], [Q], [H], [H]))).toBe(1);
    expect(chosen(rowOf([[0.9, H]], [Q], [Q]))).toBe(0);
  });

  test("without an answer the first that sees nothing, wherever it stands", () => {
    expect(chosen(rowOf([], [R], [], []))).toBe(1);
    expect(chosen(rowOf([], [], [R]))).toBe(0);
    expect(chosen(rowOf([[0.49, R]], [R], []))).toBe(1);
  });

  test("a wrong mask: the order of annotators decides between a false alarm and a miss", () => {
    const wrong: [number, Corners][] = [[0.9, Q]];
    expect(numberOf("il-precision", rowOf(wrong, [], [R]))).toBe(0);
    expect(numberOf("il-precision", rowOf(wrong, [R], []))).toBe(1);
  });

  test("of equal F1 the one with more masks, as the evaluator's 1e-4 has it", () => {
    // Two thirds each: 1 right of 2 answers and 1 mask; 2 right of 2 answers and 4 masks.
    const others: Corners[] = [
      [0, 0, 3, 3],
      [0, 35, 3, 38],
    ];
    expect(
      chosen(
        rowOf(
          [
            [0.9, R],
            [0.9, Q],
          ],
          [R],
          [R, Q, ...others],
        ),
      ),
    ).toBe(1);
  });
});

test("what a row must hold", () => {
  const row = rowOf(
    [
      [0.9, R3],
      [0.6, Q],
    ],
    [R, Q],
    [R3],
  );
  expect(conceptProblems(row)).toEqual([]);
  const changed = (facts: object) => conceptProblems({ ...row, facts: { ...row.facts, ...facts } });
  expect(changed({ chosen: 1, pairs: [] })).toEqual(["chosen is annotator 1, and by the rule it is 0"]);
  expect(changed({ chosen: 2 })[0]).toMatch(/none of the annotators/);
  expect(changed({ pairs: [] })).toEqual(["pairs are not those of the best assignment"]);
  expect(changed({ scores: [0.9, 1.2] })[0]).toMatch(/scores is not a list of numbers in/);
  expect(changed({ "overlaps-0": [[0, 5, 0.9]] })[0]).toMatch(/overlaps-0 is not a list/);
  expect(changed({ "overlaps-0": [[0, 0, 1.1]] })[0]).toMatch(/overlaps-0 is not a list/);
  expect(changed({ truths: [2] })).toContain("crowds is not a count for each annotator");
  expect(changed({ twins: [[1, 0, 0.9]] })[0]).toMatch(/twins/);
});

test("a single phrase: F1 over the ten thresholds, and of one that names nothing whether it was left alone", () => {
  // IoU of R3 with R is 0.95, which reaches all ten.
  expect(numberOf("query-f1", rowOf([[0.9, R3]], [R]))).toBe(1);
  // H is half of Q: one of ten thresholds.
  expect(numberOf("query-f1", rowOf([[0.7, H]], [Q]))).toBeCloseTo(0.1, 12);
  expect(numberOf("query-f1", rowOf([], []))).toBe(1);
  expect(numberOf("query-f1", rowOf([[0.7, H]], []))).toBe(0);
  expect(numberOf("query-f1", rowOf([], [R]))).toBe(0);
});

test("counts, repeated masks, calibration", () => {
  const twice = rowOf(
    [
      [0.9, R],
      [0.5, R3],
      [0.3, Q],
    ],
    [R],
  );
  expect(numberOf("count-exact", twice)).toBe(0);
  expect(numberOf("count-near", twice)).toBe(1);
  expect(numberOf("count-error", twice, rowOf([], [R, Q]), rowOf([[0.9, R]], []))).toBe(1.5);
  expect(numberOf("twins", twice)).toBe(0.5);
  // R is right; the others are not, whatever their scores: (0.1 + 0.5 + 0.3) / 3.
  expect(numberOf("score-ece", twice)).toBeCloseTo(0.3, 12);
  // Two of .9, of which one names something, and one of .2, which names nothing.
  const said = (presence: number, row: ScoredRow) => ({ ...row, facts: { ...row.facts, presence } });
  const some = [said(0.9, rowOf([], [R])), said(0.9, rowOf([], [])), said(0.2, rowOf([[0.9, Q]], []))];
  expect(numberOf("presence-ece", ...some)).toBeCloseTo((2 * 0.4 + 0.2) / 3, 12);
  expect(numberOf("presence-ece", rowOf([], [R]))).toBeNaN();
});

test("answered: with a mask from 50 % on, whether the phrase names something or not", () => {
  const rows = [rowOf([[0.5, R]], [R]), rowOf([[0.9, Q]], []), rowOf([[0.49, R]], [R]), rowOf([], [])];
  expect(rows.map((row) => numberOf("answered", row))).toEqual([1, 1, 0, 0]);
  expect(numberOf("answered", ...rows)).toBe(0.5);
});

test("without phrases that name nothing there is no MCC; without answers it is 0", () => {
  expect(numberOf("il-mcc", rowOf([[0.9, R]], [R]))).toBeNaN();
  expect(numberOf("cgf1", rowOf([], []))).toBeNaN();
  expect(numberOf("il-mcc", rowOf([], [R]), rowOf([], []))).toBe(0);
  expect(numberOf("cgf1", rowOf([[0.9, R]], [R]), rowOf([], []))).toBe(1);
});

test("answers below the floor are counted and left out", () => {
  const { facts } = factsOfQuery(
    [
      { score: 0.049, mask: maskOf(R) },
      { score: 0.05, mask: maskOf(R) },
    ],
    [{ masks: [maskOf(R)], crowds: 2 }],
    "a test",
  );
  expect(facts).toMatchObject({ below: 1, scores: [0.05], crowds: [2], pairs: [] });
});

describe("assignment", () => {
  test.each<[string, WeightedPair[], WeightedPair[]]>([
    ["nothing", [], []],
    [
      "the sum counts, not the best pair",
      [
        [0, 0, 0.9],
        [0, 1, 0.8],
        [1, 0, 0.7],
      ],
      [
        [0, 1, 0.8],
        [1, 0, 0.7],
      ],
    ],
    [
      "more rows than columns",
      [
        [0, 3, 0.6],
        [1, 3, 0.9],
        [2, 3, 0.7],
      ],
      [[1, 3, 0.9]],
    ],
    [
      "parts apart",
      [
        [0, 0, 0.5],
        [4, 7, 0.6],
        [5, 7, 0.2],
      ],
      [
        [0, 0, 0.5],
        [4, 7, 0.6],
      ],
    ],
  ])("%s", (_, pairs, expected) => {
    expect(bestAssignment(pairs)).toEqual(expected);
  });

  test("no assignment of small tables has a greater sum", () => {
    let state = 7;
    const next = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const best = (weights: number[][], row = 0, taken = 0): number =>
      row === weights.length
        ? 0
        : Math.max(
            best(weights, row + 1, taken),
            ...weights[row]!.map((w, c) =>
              (taken >> c) & 1 ? 0 : w + best(weights, row + 1, taken | (1 << c)),
            ),
          );
    for (let i = 0; i < 200; i++) {
      const [rows, columns] = [1 + (i % 5), 1 + (i % 4)];
      const weights = Array.from({ length: rows }, () =>
        Array.from({ length: columns }, () => (next() < 0.4 ? 0 : next())),
      );
      const pairs = weights.flatMap((own, r) => own.flatMap((w, c) => (w > 0 ? [[r, c, w] as const] : [])));
      const found = bestAssignment(pairs);
      expect(new Set(found.map(([r]) => r)).size).toBe(found.length);
      expect(new Set(found.map(([, c]) => c)).size).toBe(found.length);
      expect(found.reduce((sum, [, , w]) => sum + w, 0)).toBeCloseTo(best(weights), 12);
    }
  });
});

test("repeated masks: one entry for each, from which the share at any threshold follows", () => {
  const corners: readonly Corners[] = [R, R3, [5, 5, 25, 24], [6, 6, 25, 25], Q, H, [28, 28, 37, 38]];
  const answers = corners.flatMap((one, i) =>
    [0.9, 0.3, 0.6].map((score, k) => [(score * (7 + ((i * 5 + k * 3) % 11))) / 18, one] as const),
  );
  const { facts } = rowOf(answers, []) as unknown as {
    facts: { scores: number[]; twins: [number, number, number][] };
  };
  const area = ([x0, y0, x1, y1]: Corners) => Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
  const alike = (a: Corners, b: Corners) => {
    const [x0, y0, x1, y1] = a.map((one, i) =>
      (i < 2 ? Math.max : Math.min)(one, b[i]!),
    ) as unknown as Corners;
    const shared = area([x0, y0, x1, y1]);
    return shared / (area(a) + area(b) - shared) >= 0.8;
  };
  for (const threshold of [0.05, 0.2, 0.35, 0.5, 0.6]) {
    const kept = (mask: number) => facts.scores[mask]! >= threshold;
    const by = facts.twins.flatMap(([one, later]) => (kept(one) && kept(later) ? [later] : []));
    const all = answers.flatMap(([, one], later) =>
      kept(later) && answers.slice(0, later).some(([, other], i) => kept(i) && alike(one, other))
        ? [later]
        : [],
    );
    expect(by.toSorted((a, b) => a - b)).toEqual(all);
  }
  const many = rowOf(
    Array.from({ length: 2000 }, (_, i) => [0.1 + (i % 7) / 10, R] as const),
    [R],
  );
  expect(many.facts!.twins).toHaveLength(1999);
});
