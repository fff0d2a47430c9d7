// Dice and boundary IoU against NumPy counts and OpenCV erosions, ignored pixels included; then by hand. Outlines have their oracle
// where they are measured (test/masks/surface-distance.test.ts).
import { expect, test } from "vitest";
import type { MetricSettings } from "../../src/core/measure.ts";
import type { BitMask } from "../../src/core/types.ts";
import { createMask } from "../../src/masks/bit-mask.ts";
import { metrics } from "../../src/metrics/index.ts";
import { againstOracle, drawnCase } from "../eval/interactive/cases.ts";
import { ascii } from "../helpers/ascii-mask.ts";

againstOracle("metrics", 2000, (row) => {
  const { target, prediction, rest } = drawnCase(row);
  const mask = prediction ?? createMask(target.mask.width, target.mask.height);
  expect([metrics.dice!.against(target, {})(mask), metrics.boundary!.against(target, {})(mask)]).toEqual(
    rest,
  );
});

const score = (
  name: string,
  target: BitMask,
  mask: BitMask,
  ignore?: BitMask,
  settings: MetricSettings = {},
) =>
  metrics[name]!.against(
    { status: "ok", id: "t", mask: target, ...(ignore === undefined ? {} : { ignore }) },
    settings,
  )(mask);

test("dice counts the common pixels twice", () => {
  expect(score("dice", ascii("##."), ascii(".##"))).toBe(0.5);
  expect(score("dice", ascii("##."), ascii(".##"), ascii("#.."))).toBe(2 / 3);
});

test("boundary IoU compares the bands, so a hole in the middle costs the hole's own band", () => {
  const full = ascii("#####", "#####", "#####", "#####", "#####");
  const holed = ascii("#####", "#####", "##.##", "#####", "#####");
  // Band of a full picture: its 16 border pixels; of the holed one: those and the eight around the hole.
  expect(score("boundary", full, holed)).toBe(16 / 24);
  expect(score("dice", full, holed)).toBe(48 / 49);
});

test("ignored pixels leave the counts of the bands, they do not move the bands", () => {
  const full = ascii("#####", "#####", "#####", "#####", "#####");
  const inner = ascii(".....", ".###.", ".###.", ".###.", ".....");
  expect(score("boundary", full, inner)).toBe(0);
  const border = ascii("#####", "#...#", "#...#", "#...#", "#####");
  expect(score("boundary", full, inner, border)).toBe(0);
  expect(score("dice", full, inner, border)).toBe(1);
});

test("NSD takes the tolerance of the card, 2 pixels where it has none", () => {
  const [target, mask] = [ascii("##......", "##......"), ascii("....##..", "....##..")];
  const at = (surfaceTolerance: number) => score("nsd", target, mask, undefined, { surfaceTolerance });
  // Columns 0 to 2 of corners against 4 to 6: distances 4, 3 and 2, both ways.
  expect(at(1)).toBe(0);
  expect(at(4)).toBe(1);
  expect(score("nsd", target, mask)).toBe(at(2));
  expect(at(2)).toBeCloseTo((2 * Math.SQRT1_2 + 1) / (4 * Math.SQRT1_2 + 4), 12);
  expect(at(3)).toBeCloseTo((2 * Math.SQRT1_2 + 3) / (4 * Math.SQRT1_2 + 4), 12);
  expect(score("hd95", target, mask)).toBe(4);
});

test("an empty mask is as far as the picture's corners lie apart, and is counted", () => {
  const [mask, none] = [ascii("###.", "###.", "...."), ascii("....", "....", "....")];
  const border = ascii("###.", "###.", "....");
  const all = (target: BitMask, predicted: BitMask, ignore?: BitMask) =>
    ["nsd", "hd95", "empty"].map((name) => score(name, target, predicted, ignore));
  expect(all(mask, none)).toEqual([0, 5, 1]);
  expect(all(none, mask)).toEqual([0, 5, 1]);
  expect(all(none, none)).toEqual([1, 0, 0]);
  expect(all(mask, mask)).toEqual([1, 0, 0]);
  expect(all(mask, none, border)).toEqual([1, 0, 0]);
  expect(metrics.hd95!.with).toEqual(["empty"]);
});
