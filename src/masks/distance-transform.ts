// Exact Euclidean distance transform in whole numbers. Source: Meijster, Roerdink and Hesselink, "A general algorithm
// for computing distance transforms in linear time" (2000). Two passes: distances down the columns, then the lower
// envelope of parabolas along each row. A run of set pixels is bounded by zero pixels on both sides, and no parabola
// from beyond those can be lower, so each run is solved on its own.
import type { BitMask, Box } from "../core/types.ts";
import { getPixel } from "./bit-mask.ts";
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
  const inside = distancesInside(mask, box);
  for (let y = box.y0, from = 0; y <= box.y1; y++, from += columns) {
    all.set(inside.subarray(from, from + columns), y * mask.width + box.x0);
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
 * such a map gives. Cost: linear in the tight box, since everything outside is 0.
 */
export function deepestPixel(mask: BitMask, excluded?: BitMask): DeepestPixel {
  const box = tightBox(mask);
  if (box === undefined) return { index: 0, squaredDistance: 0 };
  const inside = distancesInside(mask, box);
  let index = 0;
  let squaredDistance = 0;
  for (let y = box.y0, i = 0; y <= box.y1; y++) {
    for (let x = box.x0; x <= box.x1; x++, i++) {
      const value = inside[i]!;
      if (value > squaredDistance && (excluded === undefined || !getPixel(excluded, x, y))) {
        squaredDistance = value;
        index = y * mask.width + x;
      }
    }
  }
  return { index, squaredDistance };
}

/** Squared distances of the pixels of a box that holds all set pixels. */
function distancesInside(mask: BitMask, box: Box): Int32Array {
  const columns = box.x1 - box.x0 + 1;
  const rows = box.y1 - box.y0 + 1;
  const map = columnDistances(mask, box, columns, rows);
  const envelope = createEnvelope(columns);
  for (let y = 0, row = 0; y < rows; y++, row += columns) {
    for (let x = 0; x < columns; x++) {
      if (map[row + x] === 0) continue;
      const from = x;
      while (x < columns && map[row + x] !== 0) x++;
      solveRun(map, row + from, x - from, envelope);
    }
  }
  return map;
}

/** Distance of each set pixel to the nearest zero pixel of its own column. */
function columnDistances({ stride, words }: BitMask, box: Box, columns: number, rows: number): Int32Array {
  const map = new Int32Array(columns * rows);
  for (let y = 0, i = 0; y < rows; y++) {
    const row = (box.y0 + y) * stride;
    for (let x = 0; x < columns; x++, i++) {
      const at = box.x0 + x;
      if (((words[row + (at >>> 5)]! >>> (at & 31)) & 1) === 1) map[i] = y === 0 ? 1 : map[i - columns]! + 1;
    }
  }
  const lastRow = (rows - 1) * columns;
  for (let i = columns * rows - 1; i >= 0; i--) {
    const below = i >= lastRow ? 1 : map[i + columns]! + 1;
    if (below < map[i]!) map[i] = below;
  }
  return map;
}

interface Envelope {
  /** Column distance, squared, of the run's pixels and of the zero pixels at both ends. */
  readonly heights: Float64Array;
  /** The parabolas of the lower envelope and where each begins. */
  readonly sites: Int32Array;
  readonly starts: Int32Array;
}

function createEnvelope(columns: number): Envelope {
  return {
    heights: new Float64Array(columns + 2),
    sites: new Int32Array(columns + 2),
    starts: new Int32Array(columns + 2),
  };
}

/** Replaces column distances of one run, `map[at .. at + length - 1]`, by squared distances. */
function solveRun(map: Int32Array, at: number, length: number, { heights, sites, starts }: Envelope): void {
  heights[0] = 0;
  for (let x = 0; x < length; x++) heights[x + 1] = map[at + x]! ** 2;
  heights[length + 1] = 0;
  sites[0] = 0;
  starts[0] = 0;
  let top = 0;
  for (let u = 1; u <= length + 1; u++) {
    const height = heights[u]!;
    while (top >= 0) {
      const start = starts[top]!;
      const site = sites[top]!;
      if ((start - site) ** 2 + heights[site]! <= (start - u) ** 2 + height) break;
      top--;
    }
    if (top < 0) {
      top = 0;
      sites[0] = u;
      starts[0] = 0;
      continue;
    }
    // The first column where the parabola of u is strictly lower; a division of whole numbers far below 2^53 is exact enough to floor.
    const site = sites[top]!;
    const start = 1 + Math.floor((u * u - site * site + height - heights[site]!) / (2 * (u - site)));
    if (start > length + 1) continue;
    top++;
    sites[top] = u;
    starts[top] = start;
  }
  for (let x = length; x >= 1; x--) {
    while (starts[top]! > x) top--;
    const site = sites[top]!;
    map[at + x - 1] = (x - site) ** 2 + heights[site]!;
  }
}
