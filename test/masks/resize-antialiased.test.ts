// Masks in the square of a video model against torch (scripts/oracle/video/antialias.py).
import { expect, test } from "vitest";
import { resizeAntialiased } from "../../src/masks/resize-antialiased.ts";
import { maskAsOutput, squareMask } from "../../src/models/video/heads.ts";
import { farthest, held, readOracle } from "../helpers/oracle.ts";
import { digest, floats, shape } from "./cases.ts";

type Case = readonly [
  ...[kind: number, width: number, height: number, seed: number, side: number, low: number],
  ...[digest: string, undecided: readonly number[], logits: string],
];

test("the square's mask and its low-resolution logits are torch's", () => {
  const { cases } = readOracle<{ readonly cases: readonly Case[] }>("video/antialias");
  let worst = 0;
  for (const [kind, width, height, seed, side, low, expected, undecided, logits] of cases) {
    const square = squareMask(shape(kind, width, height, seed), side);
    const bits = Uint8Array.from(square);
    for (const at of undecided) bits[at] = 0;
    expect([kind, width, height, seed, digest(bits)]).toEqual([kind, width, height, seed, expected]);
    if (undecided.length === 0)
      worst = Math.max(worst, farthest(maskAsOutput(square, side, low), floats(logits)));
  }
  held("video/antialias", cases.length, worst, 1e-5);
});

test("the same size gives the same values in an array of their own, two values their mean", () => {
  const row = { width: 2, height: 1, data: Float32Array.of(0, 1) };
  const same = resizeAntialiased(row, { width: 2, height: 1 });
  expect([...same.data]).toEqual([0, 1]);
  expect(same.data).not.toBe(row.data);
  expect([...resizeAntialiased(row, { width: 1, height: 1 }).data]).toEqual([0.5]);
});
