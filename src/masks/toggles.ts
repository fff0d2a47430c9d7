import type { BitMask } from "../core/types.ts";

/**
 * Turns toggles into a filled mask, in place: a pixel becomes set when the number of set bits from the top of its
 * column down to it is odd. RLE and polygons both mark where a column changes and then call this once.
 * Cost: one pass over the words, 32 columns at a time.
 */
export function fillColumns({ stride, words }: BitMask): void {
  for (let i = stride; i < words.length; i++) words[i]! ^= words[i - stride]!;
}
