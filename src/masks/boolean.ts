// Set operations, 32 pixels at a time. Both masks must have the same size.
import type { BitMask } from "../core/types.ts";
import { checkSameSize, lastWordBits } from "./bit-mask.ts";

/** Pixels of both. */
export function and(a: BitMask, b: BitMask): BitMask {
  checkSameSize(a, b);
  const [first, second] = [a.words, b.words];
  const words = new Uint32Array(first.length);
  for (let i = 0; i < words.length; i++) words[i] = first[i]! & second[i]!;
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
  const [first, second] = [a.words, b.words];
  const words = new Uint32Array(first.length);
  for (let i = 0; i < words.length; i++) words[i] = first[i]! & ~second[i]!;
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

function four(words: Uint32Array, at: number): number {
  return words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!;
}
