// Exact squared Euclidean distances, and the pixel where they are greatest: RITM's and SAM 2's click.
import type { BitMask, Box } from "../core/types.ts";
import { getPixel } from "./bit-mask.ts";
import { forEachRun } from "./runs.ts";
import { columnDistances, createEnvelope, type PixelMap, solveRun } from "./squared-runs.ts";
import { tightBox } from "./tight-box.ts";

/**
 * For each set pixel the squared distance to the nearest pixel that is not set; 0 elsewhere. Everything outside the
 * picture counts as not set, so a set corner pixel has 1. Row-major. Cost: linear in the set pixels.
 * Example: the middle of a full 3x3 mask has 4, its other pixels 1.
 */
export function squaredDistances(mask: BitMask): Int32Array {
  const map = new Int32Array(mask.width * mask.height);
  const box = tightBox(mask);
  if (box === undefined) return map;
  const envelope = createEnvelope(mask.width);
  columnDistances(mask, box, { values: map, columns: mask.width, origin: 0 });
  forEachRun(mask, box, (x, y, length) => solveRun(map, y * mask.width + x, length, envelope));
  return map;
}

export interface DeepestPixel {
  /** Row-major: x = index % width, y = floor(index / width). */
  readonly index: number;
  readonly squaredDistance: number;
}

/** Distances of the box at hand, kept from call to call: a click costs no new memory. */
let scratch = new Int32Array(0);

/**
 * The first maximum of `squaredDistances` in row-major order, distances of `excluded` pixels set to 0 after the
 * transform (as RITM's clicker does with pixels already clicked). Where all are 0 it is pixel 0 with 0: what argmax of
 * such a map gives. Cost: one pass down the columns of the set pixels, then only the runs that could hold the maximum: no
 * pixel of a run is farther from a zero pixel than half the run's length, or than its own column allows.
 */
export function deepestPixel(mask: BitMask, excluded?: BitMask): DeepestPixel {
  const box = tightBox(mask);
  if (box === undefined) return { index: 0, squaredDistance: 0 };
  const { width } = mask;
  const columns = box.x1 - box.x0 + 1;
  const size = columns * (box.y1 - box.y0 + 1);
  if (scratch.length < size) scratch = new Int32Array(size);
  const map: PixelMap = { values: scratch, columns, origin: box.y0 * columns + box.x0 };
  columnDistances(mask, box, map);
  const envelope = createEnvelope(columns);
  let index = 0;
  let squaredDistance = 0;
  const search = (x: number, y: number, length: number) => {
    const at = placeOf(map, x, y);
    solveRun(map.values, at, length, envelope);
    for (let i = 0; i < length; i++) {
      const value = map.values[at + i]!;
      const pixel = y * width + x + i;
      if (value < squaredDistance || (value === squaredDistance && pixel > index)) continue;
      if (excluded !== undefined && getPixel(excluded, x + i, y)) continue;
      index = pixel;
      squaredDistance = value;
    }
  };
  // The most promising run first: most others then cannot reach what it has.
  const start = mostPromising(mask, box, map);
  search(start.x, start.y, start.length);
  forEachRun(mask, box, (x, y, length) => {
    if (((length + 1) >> 1) ** 2 < squaredDistance || (x === start.x && y === start.y)) return;
    if (deepestPossible(map, x, y, length) ** 2 >= squaredDistance) search(x, y, length);
  });
  return squaredDistance === 0 ? { index: 0, squaredDistance } : { index, squaredDistance };
}

/** The run that could hold the greatest distance. */
function mostPromising(mask: BitMask, box: Box, map: PixelMap) {
  let best = { x: box.x0, y: box.y0, length: 0 };
  let bound = 0;
  forEachRun(mask, box, (x, y, length) => {
    if ((length + 1) >> 1 <= bound) return;
    const possible = deepestPossible(map, x, y, length);
    if (possible <= bound) return;
    best = { x, y, length };
    bound = possible;
  });
  return best;
}

/** No pixel of a run is deeper than half its length or than its deepest column distance. */
function deepestPossible(map: PixelMap, x: number, y: number, length: number): number {
  const at = placeOf(map, x, y);
  let highest = 0;
  for (let i = at; i < at + length; i++) if (map.values[i]! > highest) highest = map.values[i]!;
  return Math.min(highest, (length + 1) >> 1);
}

function placeOf({ columns, origin }: PixelMap, x: number, y: number): number {
  return y * columns + x - origin;
}
