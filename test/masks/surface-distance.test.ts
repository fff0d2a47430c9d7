// Outlines against DeepMind's surface-distance, on cases written by scripts/oracle/surfaces.py; what it leaves infinite, by hand.
import { describe, expect, test } from "vitest";
import type { BitMask } from "../../src/core/types.ts";
import { area, createMask, getPixel, not } from "../../src/masks/bit-mask.ts";
import { iou } from "../../src/masks/iou.ts";
import { robustHausdorff, surfaceDice, surfaceDistances } from "../../src/masks/surface-distance.ts";
import { metrics } from "../../src/metrics/index.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { farthest, held, readOracle } from "../helpers/oracle.ts";
import { predictionOf, shape } from "./cases.ts";

type Case = readonly [...settings: (number | null)[]];

const { cases } = readOracle<{ readonly cases: readonly Case[] }>("metrics/surface-distance");

function score(target: BitMask, prediction: BitMask, tolerance: number, ignore?: BitMask) {
  const distances = surfaceDistances(target, ignore)(prediction);
  return [surfaceDice(distances, tolerance), robustHausdorff(distances, 0.95)] as const;
}

describe("surface-distance", () => {
  test(`${cases.length} cases`, () => {
    expect(cases.length).toBeGreaterThanOrEqual(2000);
    let infinite = 0;
    let worst = 0;
    for (const row of cases) {
      const [kind, width, height, seed, relation, other, seedP, tolerance] = row as number[];
      const [dice, distance] = row.slice(8) as [number | null, number | null];
      const target = shape(kind!, width!, height!, seed!);
      const prediction = predictionOf(target, relation!, other!, seedP!);
      const [ours, far] = score(target, prediction, tolerance!);
      const empty = [target, prediction].filter((mask) => area(mask) === 0).length;
      if (distance === null) infinite++;
      const what = JSON.stringify(row);
      expect(distance === null, what).toBe(empty > 0);
      if (empty === 2) expect([dice, ours, far], what).toEqual([null, 1, 0]);
      else if (empty === 1) expect([dice, ours, far], what).toEqual([0, 0, Number.POSITIVE_INFINITY]);
      else worst = Math.max(worst, farthest([ours, far], [dice!, distance!]));
    }
    held("metrics/surface-distance", cases.length, worst, 1e-9);
    expect(infinite).toBeGreaterThan(100);
    expect(infinite).toBeLessThan(cases.length / 2);
  });

  test("MONAI's surface Dice, Dice and IoU", () => {
    const { cases: pairs } = readOracle<{ readonly cases: readonly Case[] }>("metrics/monai");
    expect(pairs.length).toBeGreaterThanOrEqual(1000);
    let worst = 0;
    for (const row of pairs) {
      const [kind, width, height, seed, relation, other, seedP, tolerance] = row as number[];
      const target = shape(kind!, width!, height!, seed!);
      const prediction = predictionOf(target, relation!, other!, seedP!);
      const [surface] = score(target, prediction, tolerance!);
      const ours = [
        surface,
        metrics.dice!.against({ status: "ok", id: "t", mask: target }, {})(prediction),
        iou(target, prediction),
      ];
      // Of a target that is empty MONAI says nothing, we 0 or 1 (docs/protocol.md).
      const theirs = row.slice(8) as (number | null)[];
      const unsaid = theirs.flatMap((value, i) => (value === null ? [ours[i]!] : []));
      if (unsaid.length > 0) expect(area(target), JSON.stringify(row)).toBe(0);
      expect(unsaid.every((value) => value === 0 || value === 1)).toBe(true);
      const said = theirs.flatMap((value, i) => (value === null ? [] : [[ours[i]!, value] as const]));
      worst = Math.max(
        worst,
        farthest(
          said.map(([own]) => own),
          said.map(([, value]) => value),
        ),
      );
    }
    // MONAI answers in float32.
    held("metrics/monai", pairs.length, worst, 1e-7);
  });

  test("corners that lie within the tolerance count by length", () => {
    const target = ascii("......", ".##...", ".##...", "......");
    const right = ascii("......", ".###..", ".###..", "......");
    // A corner of a square counts half a diagonal, a point of its side 1. Of the square's 8 corners the one inside the wider
    // one is off; of the wider one's 10 the 3 at its right end are.
    const [at0, far] = score(target, right, 0);
    const d = Math.SQRT1_2;
    expect(at0).toBeCloseTo((4 * d + 3 + 2 * d + 5) / (4 * d + 4 + 4 * d + 6), 12);
    expect(score(target, right, 1)).toEqual([1, far]);
    expect(far).toBe(1);
  });

  test("the picture's border is outline as any other", () => {
    const full = ascii("###", "###", "###");
    const inner = ascii("...", ".#.", "...");
    expect(score(full, inner, 1)[1]).toBe(Math.SQRT2);
    expect(score(full, full, 0)).toEqual([1, 0]);
  });

  test("ignored pixels are taken out of both masks before", () => {
    const target = ascii("####....", "####....");
    const spilled = ascii("######..", "######..");
    const band = ascii("....##..", "....##..");
    expect(score(target, spilled, 0, band)).toEqual([1, 0]);
    expect(score(target, spilled, 0)[1]).toBe(2);
    const everything = not(createMask(8, 2));
    expect(score(target, createMask(8, 2), 0, everything)).toEqual([1, 0]);
    expect(score(target, createMask(8, 2), 0, band)).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  test("both ways of finding the nearest corner agree with distances one by one", () => {
    // Specks against a line are solved as a box, the line against the specks by rows.
    const [specks, line] = [shape(0, 70, 66, 5), shape(4, 70, 66, 9)];
    const { fromTarget, fromPrediction } = surfaceDistances(specks)(line);
    const corners = [specks, line].map(cornersOf);
    for (const [measured, [own, other]] of [
      [fromTarget, corners],
      [fromPrediction, [...corners].reverse()],
    ] as const) {
      const expected = own!.map(([x, y]) => Math.min(...other!.map(([u, v]) => (x - u) ** 2 + (y - v) ** 2)));
      expect([...measured.squared]).toEqual(expected);
    }
  });

  test("a mask that is scored by several metrics is measured once, against each target anew", () => {
    const [a, b, mask] = [shape(1, 40, 30, 7), shape(2, 40, 30, 8), shape(1, 40, 30, 9)];
    expect(surfaceDistances(a)(mask)).toBe(surfaceDistances(a)(mask));
    const fresh = surfaceDistances(b)({ ...mask });
    expect(surfaceDistances(b)(mask)).toEqual(fresh);
    expect(surfaceDistances(a, not(createMask(40, 30)))(mask)).not.toEqual(surfaceDistances(a)(mask));
  });
});

function cornersOf(mask: BitMask): [number, number][] {
  const corners: [number, number][] = [];
  for (let y = 0; y <= mask.height; y++)
    for (let x = 0; x <= mask.width; x++) {
      const around = [
        getPixel(mask, x - 1, y - 1),
        getPixel(mask, x, y - 1),
        getPixel(mask, x - 1, y),
        getPixel(mask, x, y),
      ];
      if (new Set(around).size === 2) corners.push([x, y]);
    }
  return corners;
}
