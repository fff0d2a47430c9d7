import { indexOf } from "../../core/random.ts";
import type { BitMask, Click } from "../../core/types.ts";
import { andNot, area, popcount } from "../../masks/bit-mask.ts";
import type { TargetContext } from "./protocol.ts";

/** The target's pixels that count: its mask without ignored pixels. */
export function visibleForeground({ target }: TargetContext): BitMask {
  return target.ignore === undefined ? target.mask : andNot(target.mask, target.ignore);
}

/** A uniformly drawn foreground pixel as a positive click: pixel floor(u * area) in row-major order. */
export function randomForegroundClick(context: TargetContext, purpose: string, number: number): Click {
  const foreground = visibleForeground(context);
  return pixelAt(foreground, indexOf(context.draw(purpose, number), area(foreground)));
}

/** The n-th set pixel in row-major order, from 0, as a positive click. */
export function pixelAt({ stride, words }: BitMask, n: number): Click {
  let left = n;
  for (let i = 0; i < words.length; i++) {
    const count = popcount(words[i]!);
    if (left >= count) {
      left -= count;
      continue;
    }
    let word = words[i]!;
    for (; left > 0; left--) word &= word - 1; // clears the lowest set bit
    const bit = 31 - Math.clz32(word & -word);
    return { x: (i % stride) * 32 + bit, y: Math.floor(i / stride), label: 1 };
  }
  throw new RangeError(`pixel ${n} of a mask with fewer pixels`);
}
