// The two passes of the exact Euclidean distance transform in whole numbers. Source: Meijster, Roerdink and Hesselink,
// "A general algorithm for computing distance transforms in linear time" (2000): distances down the columns, then the
// lower envelope of parabolas along each row. A run of set pixels is bounded by zero pixels on both sides, and no
// parabola from beyond those can be lower, so each run of a row is solved on its own.
import type { BitMask, Box } from "../core/types.ts";

/** Distance of each set pixel of a box to the nearest zero pixel of its own column; all set pixels lie in the box. */
export function columnDistances({ stride, words }: BitMask, { x0, y0, x1, y1 }: Box): Int32Array {
  const columns = x1 - x0 + 1;
  const rows = y1 - y0 + 1;
  const map = new Int32Array(columns * rows);
  for (let y = 0, i = 0; y < rows; y++) {
    const row = (y0 + y) * stride;
    for (let x = x0; x <= x1; x++, i++) {
      if (((words[row + (x >>> 5)]! >>> (x & 31)) & 1) === 1) map[i] = y === 0 ? 1 : map[i - columns]! + 1;
    }
  }
  const lastRow = (rows - 1) * columns;
  for (let i = lastRow; i < map.length; i++) if (map[i]! > 1) map[i] = 1;
  for (let i = lastRow - 1; i >= 0; i--) {
    const below = map[i + columns]! + 1;
    if (below < map[i]!) map[i] = below;
  }
  return map;
}

/** Room for the parabolas of a run's lower envelope, to be used again and again. */
export interface Envelope {
  /** Column distance, squared, of the run's pixels and of the zero pixels at both ends. */
  readonly heights: Float64Array;
  /** Where the parabolas of the envelope stand, and where each begins. */
  readonly sites: Int32Array;
  readonly starts: Int32Array;
}

export function createEnvelope(longestRun: number): Envelope {
  return {
    heights: new Float64Array(longestRun + 2),
    sites: new Int32Array(longestRun + 2),
    starts: new Int32Array(longestRun + 2),
  };
}

/** Replaces column distances of one run, `map[at .. at + length - 1]`, by squared distances. */
export function solveRun(map: Int32Array, at: number, length: number, envelope: Envelope): void {
  const { heights, sites, starts } = envelope;
  for (let x = 0; x < length; x++) heights[x + 1] = map[at + x]! * map[at + x]!;
  heights[length + 1] = 0;
  let top = 0;
  for (let u = 1; u <= length + 1; u++) {
    const height = heights[u]!;
    while (top >= 0) {
      const fromTop = starts[top]! - sites[top]!;
      const fromHere = starts[top]! - u;
      if (fromTop * fromTop + heights[sites[top]!]! <= fromHere * fromHere + height) break;
      top--;
    }
    if (top < 0) {
      top = 0;
      sites[0] = u;
      continue;
    }
    // The first column where the parabola of u is strictly lower; these whole numbers are far below 2^53, so the
    // quotient is exact enough to floor.
    const site = sites[top]!;
    const start = 1 + Math.floor((u * u - site * site + height - heights[site]!) / (2 * (u - site)));
    if (start > length + 1) continue;
    top++;
    sites[top] = u;
    starts[top] = start;
  }
  for (let x = length; x >= 1; x--) {
    while (starts[top]! > x) top--;
    const away = x - sites[top]!;
    map[at + x - 1] = away * away + heights[sites[top]!]!;
  }
  sites[0] = 0;
}
