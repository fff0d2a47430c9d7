// Dice and boundary IoU against NumPy counts and OpenCV erosions, ignored pixels included; then by hand.
import { expect, test } from "vitest";
import type { BitMask } from "../../src/core/types.ts";
import { createMask } from "../../src/masks/bit-mask.ts";
import { metrics } from "../../src/metrics/index.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { againstOracle, drawnCase } from "../prompts/cases.ts";

againstOracle("metrics", 2000, (row) => {
  const { target, prediction, rest } = drawnCase(row);
  const mask = prediction ?? createMask(target.mask.width, target.mask.height);
  expect([metrics.dice!.against(target)(mask), metrics.boundary!.against(target)(mask)]).toEqual(rest);
});

const score = (name: "dice" | "boundary", target: BitMask, mask: BitMask, ignore?: BitMask) =>
  metrics[name]!.against({
    status: "ok",
    id: "t",
    mask: target,
    ...(ignore === undefined ? {} : { ignore }),
  })(mask);

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
