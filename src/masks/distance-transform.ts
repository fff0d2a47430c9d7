// Exact squared Euclidean distances, and the pixel where they are greatest: RITM's and SAM 2's click.
import type { BitMask } from "../core/types.ts";
import { getPixel } from "./bit-mask.ts";
import { columnDistances, createEnvelope, solveRun } from "./squared-runs.ts";
import { tightBox } from "./tight-box.ts";

/**
 * For each set pixel the squared distance to the nearest pixel that is not set; 0 elsewhere. Everything outside the
 * picture counts as not set, so a set corner pixel has 1. Row-major. Cost: linear in the tight box.
 * Example: the middle of a full 3x3 mask has 4, its other pixels 1.
 */
export function squaredDistances(mask: BitMask): Int32Array {
  const all = new Int32Array(mask.width * mask.height);
  const box = tightBox(mask);
  if (box === undefined) return all;
  const columns = box.x1 - box.x0 + 1;
  const map = columnDistances(mask, box);
  const envelope = createEnvelope(columns);
  forEachRun(map, columns, (at, length) => solveRun(map, at, length, envelope));
  for (let y = box.y0, from = 0; y <= box.y1; y++, from += columns) {
    all.set(map.subarray(from, from + columns), y * mask.width + box.x0);
  }
  return all;
}

export interface DeepestPixel {
  /** Row-major: x = index % width, y = floor(index / width). */
  readonly index: number;
  readonly squaredDistance: number;
}

/**
 * The first maximum of `squaredDistances` in row-major order, distances of `excluded` pixels set to 0 after the
 * transform (as RITM's clicker does with pixels already clicked). Where all are 0 it is pixel 0 with 0: what argmax of
 * such a map gives. Cost: one pass down the columns of the tight box, then only the runs that could hold the maximum: no
 * pixel of a run is farther from a zero pixel than half the run's length, or than its own column allows.
 */
export function deepestPixel(mask: BitMask, excluded?: BitMask): DeepestPixel {
  const box = tightBox(mask);
  if (box === undefined) return { index: 0, squaredDistance: 0 };
  const columns = box.x1 - box.x0 + 1;
  const map = columnDistances(mask, box);
  const envelope = createEnvelope(columns);
  let found = 0;
  let squaredDistance = 0;
  const search = (at: number, length: number) => {
    solveRun(map, at, length, envelope);
    for (let i = at; i < at + length; i++) {
      const value = map[i]!;
      if (value < squaredDistance || (value === squaredDistance && i > found)) continue;
      if (excluded !== undefined && isExcluded(excluded, i, columns, box.x0, box.y0)) continue;
      found = i;
      squaredDistance = value;
    }
  };
  // The most promising run first: most others then cannot reach what it has.
  const start = mostPromising(map, columns);
  search(start.at, start.length);
  forEachRun(map, columns, (at, length) => {
    if (at !== start.at && deepestPossible(map, at, length) ** 2 >= squaredDistance) search(at, length);
  });
  if (squaredDistance === 0) return { index: 0, squaredDistance };
  const x = box.x0 + (found % columns);
  const y = box.y0 + Math.floor(found / columns);
  return { index: y * mask.width + x, squaredDistance };
}

function isExcluded(excluded: BitMask, i: number, columns: number, x0: number, y0: number): boolean {
  return getPixel(excluded, x0 + (i % columns), y0 + Math.floor(i / columns));
}

/** The run that could hold the greatest distance. */
function mostPromising(map: Int32Array, columns: number): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  let bound = 0;
  forEachRun(map, columns, (at, length) => {
    const possible = deepestPossible(map, at, length);
    if (possible <= bound) return;
    best = { at, length };
    bound = possible;
  });
  return best;
}

/** No pixel of a run is deeper than half its length or than its deepest column distance. */
function deepestPossible(map: Int32Array, at: number, length: number): number {
  let highest = 0;
  for (let i = at; i < at + length; i++) if (map[i]! > highest) highest = map[i]!;
  return Math.min(highest, (length + 1) >> 1);
}

/** Visits each run of non-zero values of each row. */
function forEachRun(map: Int32Array, columns: number, visit: (at: number, length: number) => void): void {
  for (let row = 0; row < map.length; row += columns) {
    const end = row + columns;
    for (let i = row; i < end; i++) {
      if (map[i] === 0) continue;
      const at = i;
      while (i < end && map[i] !== 0) i++;
      visit(at, i - at);
    }
  }
}
