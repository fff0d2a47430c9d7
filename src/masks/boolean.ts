// Set operations, 32 pixels at a time. Both masks must have the same size.
import type { BitMask } from "../core/types.ts";
import { checkSameSize, lastWordBits } from "./bit-mask.ts";
import { popcount } from "./popcount.ts";

/** Pixels of both. */
export function and(a: BitMask, b: BitMask): BitMask {
  checkSameSize(a, b);
  const words = new Uint32Array(a.words.length);
  for (let i = 0; i < words.length; i++) words[i] = a.words[i]! & b.words[i]!;
  return { ...a, words };
}

/** Pixels of either. */
export function or(a: BitMask, b: BitMask): BitMask {
  checkSameSize(a, b);
  const words = a.words.slice();
  const more = b.words;
  const even = words.length & ~3;
  for (let from = 0; from < words.length; from += 4) {
    if (from < even && four(more, from) === 0) continue;
    const to = from < even ? from + 4 : words.length;
    for (let i = from; i < to; i++) words[i]! |= more[i]!;
  }
  return { ...a, words };
}

/** Pixels of `a` that are not in `b`. */
export function andNot(a: BitMask, b: BitMask): BitMask {
  checkSameSize(a, b);
  const words = new Uint32Array(a.words.length);
  for (let i = 0; i < words.length; i++) words[i] = a.words[i]! & ~b.words[i]!;
  return { ...a, words };
}

/** Pixels that are not set; bits past the width stay zero. */
export function not(a: BitMask): BitMask {
  const words = new Uint32Array(a.words.length);
  const tail = lastWordBits(a.width);
  for (let i = 0; i < words.length; i++) {
    words[i] = (i + 1) % a.stride === 0 ? ~a.words[i]! & tail : ~a.words[i]!;
  }
  return { ...a, words };
}

export interface Overlap {
  readonly intersection: number;
  readonly union: number;
}

/** The counts that IoU and Dice need, in one pass; `ignore` pixels count nowhere. */
export function overlap(a: BitMask, b: BitMask, ignore?: BitMask): Overlap {
  checkSameSize(a, b);
  if (ignore !== undefined) checkSameSize(a, ignore);
  const [first, second, skip] = [a.words, b.words, ignore?.words];
  const even = first.length & ~3;
  let intersection = 0;
  let union = 0;
  for (let from = 0; from < first.length; from += 4) {
    // Most words are empty in both, or full in both.
    if (from < even && (four(first, from) | four(second, from)) === 0) continue;
    const to = from < even ? from + 4 : first.length;
    for (let i = from; i < to; i++) {
      const keep = skip === undefined ? -1 : ~skip[i]!;
      const either = (first[i]! | second[i]!) & keep;
      if (either === 0) continue;
      const both = first[i]! & second[i]! & keep;
      const inEither = either === -1 ? 32 : popcount(either);
      union += inEither;
      if (both === either) intersection += inEither;
      else if (both !== 0) intersection += popcount(both);
    }
  }
  return { intersection, union };
}

function four(words: Uint32Array, at: number): number {
  return words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!;
}
