// Measures of tracks by hand.
import { describe, expect, test } from "vitest";
import { isRanked, type Measure, type RankedMeasure } from "../../../src/core/measure.ts";
import type { ScoredRow } from "../../../src/core/rows.ts";
import type { TrackFacts } from "../../../src/core/track-facts.ts";
import { trackMeasures } from "../../../src/eval/video/measures.ts";

const facts: TrackFacts = {
  ...{ frames: 10, first: 0, scored: [1, 2, 3, 4, 5, 6, 7, 8] },
  j: [1, 0.75, 0.5, 0, 1, 0, 0.5, 0.25],
  f: [1, 0.5, 0.25, 0, 1, 0, 1, 0.75],
  area: [64, 64, 64, 0, 0, 64, 64, 64],
  predicted: [64, 60, 50, 9, 0, 0, 40, 50],
  moved: [2, 30, 40, -1, -1, -1, 10, 38],
  objectScore: [5, 4, 3, 2, -2, -1, 3, 1],
};
const rowOf = (more: Partial<TrackFacts> = {}) =>
  ({ status: "ok", facts: { ...facts, ...more }, steps: [] }) as unknown as ScoredRow;
const byId = (id: string) => trackMeasures.find((measure) => measure.id === id)!;
const numberOf = (id: string, ...rows: readonly ScoredRow[]) => {
  const measure = byId(id) as Measure;
  const parts = rows.flatMap((row) => [measure.parts(row)].filter((one) => one !== undefined));
  return parts.length === 0
    ? undefined
    : measure.value(parts.reduce((a, b) => a.map((value, i) => value + b[i]!)));
};

describe("measures", () => {
  test("means over a target's frames, then over targets, however many frames each has", () => {
    expect(numberOf("j", rowOf())).toBe(0.5);
    expect(numberOf("f", rowOf())).toBe(4.5 / 8);
    expect(numberOf("j&f", rowOf())).toBe((0.5 + 4.5 / 8) / 2);
    const short = rowOf({
      scored: [1],
      j: [1],
      f: [0.5],
      area: [4],
      predicted: [4],
      moved: [-1],
      objectScore: [],
    });
    expect(numberOf("j", rowOf(), short)).toBe(0.75);
    expect(trackMeasures[0]!.id).toBe("j&f");
  });

  test("recall and decay as DAVIS has them", () => {
    expect(numberOf("j-recall", rowOf())).toBe(3 / 8);
    // The first three frames, and the last three: bins share their edges.
    expect(numberOf("j-decay", rowOf())).toBe(0.75 - 0.25);
    expect(numberOf("j-decay", rowOf({ j: [1, 0.5, 0] }))).toBe(0.75);
    expect(numberOf("j-decay", rowOf({ j: [1] }))).toBe(0);
  });

  test("frames in which it is back, and targets that are fast", () => {
    expect(numberOf("j&f-back", rowOf())).toBe((0 + 0.75 + 0.5) / 3);
    expect(numberOf("j&f-before", rowOf())).toBe((1 + 0.625 + 0.375) / 3);
    for (const id of ["j&f-before", "j&f-back"])
      expect(numberOf(id, rowOf({ area: Array(8).fill(64) }))).toBe(undefined);
    // It comes in frame 4: before, it was not gone.
    const late = rowOf({ first: 4, area: [0, 0, 0, 64, 64, 0, 64, 64] });
    expect([numberOf("j&f-before", late), numberOf("j&f-back", late)]).toEqual([0.5, (0.75 + 0.5) / 2]);
    expect(numberOf("j&f-fast", rowOf())).toBe(numberOf("j&f", rowOf()));
    expect(numberOf("j&f-fast", rowOf({ moved: [20, 20, 20, -1, -1, -1, 20, 20] }))).toBe(undefined);
  });

  test("whether it knows that a target is gone", () => {
    expect(numberOf("present", rowOf())).toBe(5 / 6);
    expect(numberOf("absent", rowOf())).toBe(0.5);
    expect(numberOf("absent", rowOf({ area: Array(8).fill(64) }))).toBe(undefined);
    // Frames before the prompt are right for nothing.
    expect(numberOf("absent", rowOf({ first: 5, predicted: Array(8).fill(0) }))).toBe(1);
    expect(numberOf("absent", rowOf({ first: 6, predicted: Array(8).fill(0) }))).toBe(undefined);
    const ranking = byId("object-auc") as RankedMeasure;
    const items = [...ranking.items(rowOf())].sort((a, b) => a.key - b.key);
    // Of 12 pairs a frame with the target is below one without in two: -1 and 1 against 2.
    expect(
      ranking.value(
        items,
        items.map(() => 1),
      ),
    ).toBe(10 / 12);
    expect(
      ranking.value(
        items,
        items.map(({ parts }) => parts[0]!),
      ),
    ).toBe(undefined);
    const tied = [1, 0].map((there) => ({ key: 3, parts: [there] }));
    expect(ranking.value(tied, [1, 3])).toBe(0.5);
    expect(ranking.items(rowOf({ objectScore: [] }))).toEqual([]);
  });

  test("have ids of their own and sentences", () => {
    expect(new Set(trackMeasures.map(({ id }) => id)).size).toBe(trackMeasures.length);
    for (const measure of trackMeasures) {
      expect(measure.meaning).toMatch(/\.$/);
      expect(isRanked(measure) || measure.value([1, 2]) === 0.5).toBe(true);
    }
  });
});
