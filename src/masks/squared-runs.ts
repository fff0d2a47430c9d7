// The two passes of the exact Euclidean distance transform in whole numbers. Source: Meijster, Roerdink and Hesselink,
// "A general algorithm for computing distance transforms in linear time" (2000): distances down the columns, then the
// lower envelope of parabolas along each row. A run of set pixels is bounded by zero pixels on both sides, and no
// parabola from beyond those can be lower, so each run of a row is solved on its own.
import type { BitMask, Box } from "../core/types.ts";

/** A map of pixels: (x, y) is at y * columns + x - origin. */
export interface PixelMap {
  readonly values: Int32Array;
  readonly columns: number;
  readonly origin: number;
}

/**
 * Distance of each set pixel to the nearest zero pixel of its own column; all set pixels lie in the box, which lies in the
 * map. Only places of set pixels are written. Cost: the words of the box and its set pixels.
 */
export function columnDistances(mask: BitMask, box: Box, map: PixelMap): void {
  for (let y = box.y0; y <= box.y1; y++) fromAbove(mask, box, y, map);
  for (let y = box.y1; y >= box.y0; y--) fromBelow(mask, box, y, map);
}

/** One more than the pixel above, where that is set.  */
function fromAbove(
  { stride, words }: BitMask,
  { x0, y0, x1 }: Box,
  y: number,
  { values: map, columns, origin }: PixelMap,
): void {
  const at = y * columns - origin;
  const last = x1 >>> 5;
  for (let block = x0 >>> 5; block <= last; block++) {
    const word = words[y * stride + block]! | 0;
    if (word === 0) continue;
    const above = y === y0 ? 0 : words[(y - 1) * stride + block]! | 0;
    const from = at + block * 32;
    if ((word & above) === -1) {
      for (let i = from; i < from + 32; i++) map[i] = map[i - columns]! + 1;
      continue;
    }
    for (let left = word; left !== 0; left &= left - 1) {
      const lowest = left & -left;
      const i = from + 31 - Math.clz32(lowest);
      map[i] = (above & lowest) === 0 ? 1 : map[i - columns]! + 1;
    }
  }
}

/** No more than one more than the pixel below. */
function fromBelow(
  { stride, words }: BitMask,
  { x0, x1, y1 }: Box,
  y: number,
  { values: map, columns, origin }: PixelMap,
): void {
  const at = y * columns - origin;
  const last = x1 >>> 5;
  for (let block = x0 >>> 5; block <= last; block++) {
    const word = words[y * stride + block]! | 0;
    if (word === 0) continue;
    const below = y === y1 ? 0 : words[(y + 1) * stride + block]! | 0;
    const from = at + block * 32;
    if ((word & below) === -1) {
      for (let i = from; i < from + 32; i++) {
        const up = map[i + columns]! + 1;
        if (up < map[i]!) map[i] = up;
      }
      continue;
    }
    for (let left = word; left !== 0; left &= left - 1) {
      const lowest = left & -left;
      const i = from + 31 - Math.clz32(lowest);
      const up = (below & lowest) === 0 ? 1 : map[i + columns]! + 1;
      if (up < map[i]!) map[i] = up;
    }
  }
}

/** The lower envelope of a run's parabolas, a stack to be used again and again. At its bottom is always the run's left end. */
export interface Envelope {
  /** Where each parabola stands, how high (column distance, squared) and from which place on it is the lowest. */
  readonly sites: Int32Array;
  readonly heights: Int32Array;
  readonly starts: Int32Array;
}

export function createEnvelope(longestRun: number): Envelope {
  const room = () => new Int32Array(longestRun + 2);
  return { sites: room(), heights: room(), starts: room() };
}

/**
 * Replaces column distances of one run, `map[at .. at + length - 1]`, by squared distances. Places are counted from the
 * zero pixel at the run's left end, 0, to that at its right end, length + 1. A pixel whose column distance reaches as far
 * as the left end gives nothing to the pixels on its left, nor to those on its right if its right neighbour's is no greater;
 * likewise from the right. Such pixels, which are many where an object is wide, are passed. Whole numbers of 32 bits: for
 * pictures of up to 65,535 pixels a side.
 */
export function solveRun(map: Int32Array, at: number, length: number, envelope: Envelope): void {
  const { sites, heights, starts } = envelope;
  const end = length + 1;
  let top = 0;
  let site = 0;
  let height = 0;
  let start = 0;
  let before = 0;
  let here = 0;
  let after = map[at]!;
  for (let u = 1; u <= end; u++) {
    before = here;
    here = after;
    after = u < length ? map[at + u]! : 0;
    if (here >= u && after <= here) continue;
    if (here >= end - u && before <= here && u < end) continue;
    const square = here * here;
    for (;;) {
      const fromTop = start - site;
      const fromHere = start - u;
      if (fromTop * fromTop + height <= fromHere * fromHere + square) {
        // The first place where the parabola of u is strictly lower; the numbers are far below 2^53, so the quotient is
        // exact enough to floor.
        const apart = u - site;
        const rise = (u + site) * apart + square - height;
        const begins = 1 + (apart === 1 ? rise >> 1 : Math.floor(rise / (2 * apart)));
        if (begins > end) break;
        start = begins;
        top++;
      } else {
        top--;
        site = sites[top]!;
        height = heights[top]!;
        start = starts[top]!;
        continue;
      }
      sites[top] = site = u;
      heights[top] = height = square;
      starts[top] = start;
      break;
    }
  }
  for (let x = length; x >= 1; top--) {
    const [from, level] = [sites[top]!, heights[top]!];
    for (const first = Math.max(1, starts[top]!); x >= first; x--)
      map[at + x - 1] = (x - from) * (x - from) + level;
  }
}
