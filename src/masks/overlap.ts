// The counts that scores are made of, in WebAssembly (wasm/bits.ts): it counts 64 bits in one step.
import type { BitMask } from "../core/types.ts";
import { bits } from "./bits.ts";
import { answerOf, placeMasks } from "./module-masks.ts";

export interface Overlap {
  readonly intersection: number;
  readonly union: number;
}

/** The counts that IoU and Dice need, in one pass; `ignore` pixels count nowhere. All masks must have the same size. */
export function overlap(a: BitMask, b: BitMask, ignore?: BitMask): Overlap {
  const places = placeMasks(bits().memory, ignore === undefined ? [a, b] : [a, b, ignore]);
  const [first, second, third] = places as [number, number, number];
  return overlapAt(first, second, ignore === undefined ? 0 : third, second - first);
}

/** The counts of masks of `bytes` bytes that lie in the memory of `bits`; `ignored` 0: none. */
export function overlapAt(a: number, b: number, ignored: number, bytes: number): Overlap {
  const { memory, overlap: count } = bits();
  count(a, b, ignored, bytes);
  const [intersection, union] = answerOf(memory);
  return { intersection, union };
}
