// Set operations, in WebAssembly (wasm/bits.ts), 128 pixels at a time. Both masks must have the same size.
import type { BitMask } from "../core/types.ts";
import { lastWordBits } from "./bit-mask.ts";
import { bits } from "./bits.ts";
import { placeMasks, takeMask } from "./module-masks.ts";

/** Pixels of both. */
export function and(a: BitMask, b: BitMask): BitMask {
  return combined(a, b, bits().intersect);
}

/** Pixels of either. */
export function or(a: BitMask, b: BitMask): BitMask {
  return combined(a, b, bits().unite);
}

/** Pixels of `a` that are not in `b`. */
export function andNot(a: BitMask, b: BitMask): BitMask {
  return combined(a, b, bits().subtract);
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

function combined(a: BitMask, b: BitMask, change: ReturnType<typeof bits>["unite"]): BitMask {
  const [first, second] = placeMasks(bits().memory, [a, b]) as [number, number];
  change(first, second, second - first);
  return takeMask(bits().memory, first, a);
}
