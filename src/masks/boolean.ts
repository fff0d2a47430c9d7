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
  // Most stretches of an object's mask are empty: they are passed eight words at a time.
  const even = words.length & ~7;
  for (let i = 0; i < even; i += 8) {
    const some =
      more[i]! |
      more[i + 1]! |
      more[i + 2]! |
      more[i + 3]! |
      more[i + 4]! |
      more[i + 5]! |
      more[i + 6]! |
      more[i + 7]!;
    if (some !== 0) for (let k = i; k < i + 8; k++) words[k]! |= more[k]!;
  }
  for (let i = even; i < words.length; i++) words[i]! |= more[i]!;
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
  readonly areaA: number;
  readonly areaB: number;
  readonly union: number;
}

/** All counts that IoU and Dice need, in one pass; `ignore` pixels count nowhere. */
export function overlap(a: BitMask, b: BitMask, ignore?: BitMask): Overlap {
  checkSameSize(a, b);
  if (ignore !== undefined) checkSameSize(a, ignore);
  const [first, second, skip] = [a.words, b.words, ignore?.words];
  let intersection = 0;
  let areaA = 0;
  let areaB = 0;
  for (let i = 0; i < first.length; i++) {
    const keep = skip === undefined ? -1 : ~skip[i]!;
    const wa = first[i]! & keep;
    const wb = second[i]! & keep;
    if (wa === wb) {
      // Most words are empty or full in both.
      if (wa === 0) continue;
      const same = wa === -1 ? 32 : popcount(wa);
      intersection += same;
      areaA += same;
      areaB += same;
      continue;
    }
    if (wa !== 0) areaA += popcount(wa);
    if (wb !== 0) areaB += popcount(wb);
    if ((wa & wb) !== 0) intersection += popcount(wa & wb);
  }
  return { intersection, areaA, areaB, union: areaA + areaB - intersection };
}

/** Number of pixels in both, `ignore` left out. */
export function intersectionArea(a: BitMask, b: BitMask, ignore?: BitMask): number {
  return overlap(a, b, ignore).intersection;
}
