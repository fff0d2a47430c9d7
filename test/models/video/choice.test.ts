// Which memories and pointers a frame is attended with: scripts/oracle/video/choices.py, the authors' own function.
import { expect, test } from "vitest";
import { chosenMemories, chosenPointers, pointerReach } from "../../../src/models/video/choice.ts";
import { held, readOracle } from "../../helpers/oracle.ts";

type Case = readonly [
  ...[frame: number, reverse: 0 | 1, stride: number, most: number, signed: 0 | 1, frames: number],
  ...[conditioning: number[], others: number[], memories: number[], pointers: number[]],
];

test("memories, rows, pointers and distances are those of the authors' function", () => {
  const { cases } = readOracle<{ readonly cases: readonly Case[] }>("video/choices");
  for (const [t, reverse, stride, most, signed, frames, conditioning, others, memories, pointers] of cases) {
    const at = { frame: t, reverse: reverse === 1 };
    const rules = {
      memories: 7,
      pointers: 16,
      stride,
      conditioning: most < 0 ? undefined : most,
      signed: signed === 1,
    };
    const known = { conditioning, other: (frame: number) => others.includes(frame) };
    const where = `frame ${t}${reverse ? ", reverse" : ""}, stride ${stride}, conditioning ${conditioning.join(" ")}`;
    const rows = chosenMemories(at, known, rules).flatMap(({ frame, row }) => [frame, row]);
    const distances = chosenPointers(at, known, rules, frames).flatMap((one) => [one.frame, one.distance]);
    expect([where, rows, distances]).toEqual([where, memories, pointers]);
  }
  expect(cases.length).toBe(2 * 2 * 9 * 41);
  held("video/choices", cases.length);
});

test("the reach of pointers hangs on the length of a short clip, and never is 0", () => {
  const reach = (frames: number) => pointerReach({ pointers: 16 }, frames);
  expect([1, 2, 10, 16, 17, 2000].map(reach)).toEqual([1, 1, 9, 15, 15, 15]);
});

test("pointers ahead of a pass are taken where a model was trained with them; then distances have signs, or not", () => {
  const known = { conditioning: [1, 9], other: (frame: number) => frame === 6 };
  const pointers = (reverse: boolean, rules: { ahead?: boolean; signed: boolean }) =>
    chosenPointers({ frame: 5, reverse }, known, { memories: 7, pointers: 16, stride: 1, ...rules }, 20).map(
      ({ frame, distance }) => [frame, distance],
    );
  expect(pointers(false, { signed: true })).toEqual([[1, 4]]);
  expect(pointers(false, { ahead: true, signed: true })).toEqual([
    [1, 4],
    [9, -4],
  ]);
  expect(pointers(true, { ahead: true, signed: true })).toEqual([
    [1, -4],
    [9, 4],
    [6, 1],
  ]);
  expect(pointers(true, { ahead: true, signed: false })).toEqual([
    [1, 4],
    [9, 4],
    [6, 1],
  ]);
});
