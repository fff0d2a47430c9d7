import type { BitMask, Box } from "../core/types.ts";

/**
 * Visits the runs of set pixels, x..x + length - 1 of row y, row by row from left to right; no pixel outside the box may
 * be set. Cost: the words of the box and the runs. Example: ".##.#" has the runs (1, 0, 2) and (4, 0, 1).
 */
export function forEachRun(
  { stride, words }: BitMask,
  { x0, y0, x1, y1 }: Box,
  visit: (x: number, y: number, length: number) => void,
): void {
  const first = x0 >>> 5;
  const last = x1 >>> 5;
  for (let y = y0; y <= y1; y++) {
    const row = y * stride;
    let from = -1;
    for (let block = first; block <= last; block++) {
      const word = words[row + block]! | 0;
      if (word === (from < 0 ? 0 : -1)) continue;
      let bit = 0;
      while (bit < 32) {
        // The bits from `bit` on that end what is going on: set ones outside a run, zero ones within.
        const ends = (from < 0 ? word : ~word) & (-1 << bit);
        if (ends === 0) break;
        bit = 31 - Math.clz32(ends & -ends);
        const x = block * 32 + bit;
        if (from >= 0) visit(from, y, x - from);
        from = from < 0 ? x : -1;
      }
    }
    if (from >= 0) visit(from, y, (last + 1) * 32 - from);
  }
}
