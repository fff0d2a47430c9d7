// F of outlines, and J, against vos-benchmark's evaluator, on cases written by scripts/oracle/contours.py; then by hand.
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readMask } from "../../src/formats/label-map.ts";
import { createMask, fromBytes, not } from "../../src/masks/bit-mask.ts";
import { contourF, contourRadius, iou, outlineOf } from "../../src/masks/iou.ts";
import { realData, rootOf } from "../datasets/cards.ts";
import { ascii, draw } from "../helpers/ascii-mask.ts";
import { farthest, held, holdCases, readOracle } from "../helpers/oracle.ts";
import { moved, predictionOf, shape } from "./cases.ts";

type Case = readonly (number | string)[];

const casesOf = (name: string) => readOracle<{ readonly cases: readonly Case[] }>(`metrics/${name}`).cases;

test("contours: pairs of shapes, sizes from 1x1 to 1920x1080, strips of 9300", () => {
  const cases = casesOf("contours");
  expect(cases.length).toBeGreaterThanOrEqual(2000);
  holdCases(
    "metrics/contours",
    cases,
    (row) => {
      const [kind, width, height, seed, relation, other, seedP, ...expected] = row as number[];
      const target = shape(kind!, width!, height!, seed!);
      const mask = predictionOf(target, relation!, other!, seedP!);
      return farthest([iou(mask, target), contourF(mask, target)], expected);
    },
    1e-12,
  );
  const values = cases.map((row) => row.at(-1));
  expect(values.filter((f) => f === 0).length).toBeGreaterThan(100);
  expect(values.filter((f) => Number(f) > 0.1 && Number(f) < 0.9).length).toBeGreaterThan(500);
});

const root = realData === undefined ? undefined : rootOf(realData, "davis2016");
test.skipIf(root === undefined || !existsSync(root))(
  "contours-davis: masks of two real sequences, moved and late",
  async () => {
    const cases = casesOf("contours-davis");
    const files = new Map<string, ReturnType<typeof readDavis>>();
    const maskOf = (frame: string) => {
      const read = files.get(frame) ?? readDavis(frame);
      files.set(frame, read);
      return read;
    };
    let worst = 0;
    for (const [frame, dx, dy, late, ...expected] of cases as readonly [
      string,
      number,
      number,
      string,
      ...number[],
    ][]) {
      const target = await maskOf(frame);
      const mask = moved(await maskOf(late), dx, dy);
      worst = Math.max(worst, farthest([iou(mask, target), contourF(mask, target)], expected));
    }
    held("metrics/contours-davis", cases.length, worst, 1e-12);
  },
);

async function readDavis(frame: string) {
  const { data, width, height } = await readMask({ root: root!, name: `Annotations/480p/${frame}.png` });
  return fromBytes(data as Uint8Array, width, height);
}

describe("the outline", () => {
  test("lies half a pixel to the upper left, and looks to the right and below", () => {
    const mask = ascii(".....", ".....", "..##.", "..##.", ".....");
    expect(draw(outlineOf(mask))).toEqual([".....", ".###.", ".#.#.", ".###.", "....."]);
  });

  test("an image's border is none, so that a full mask has no outline", () => {
    const full = not(createMask(5, 3));
    expect(draw(outlineOf(full))).toEqual([".....", ".....", "....."]);
    expect(draw(outlineOf(ascii("###", "##.", "###")))).toEqual([".##", ".##", "..."]);
  });
});

describe("F", () => {
  const dot = ascii("......", "......", "..#...", "......");
  const none = createMask(6, 4);
  const full = not(none);

  test("is 1 where both have no outline, 0 where one has none", () => {
    expect([contourF(none, none), contourF(full, none), contourF(full, full)]).toEqual([1, 1, 1]);
    expect([contourF(dot, none), contourF(none, dot), contourF(full, dot)]).toEqual([0, 0, 0]);
  });

  test("counts what lies within the radius, by Euclidean distance", () => {
    const left = ascii("#.....", "......", "......", "......", "......", "......");
    const moved = ascii("......", "......", "......", "....#.", "......", "......");
    // Outlines: (0, 0) alone at the border; (3, 2), (4, 2), (3, 3), (4, 3). From (0, 0) to (3, 2): the root of 13.
    expect(contourF(left, moved, 3)).toBe(0);
    expect(contourF(left, moved, 4)).toBe((2 * 1 * 0.25) / 1.25);
    expect(contourF(moved, left, 5)).toBe(1);
  });

  test("its radius is 0.8 % of the diagonal, rounded up", () => {
    const sizes = [
      [854, 480],
      [1920, 1080],
      [100, 75],
      [3, 4],
    ] as const;
    expect(sizes.map(([width, height]) => contourRadius({ width, height }))).toEqual([8, 18, 1, 1]);
  });
});
