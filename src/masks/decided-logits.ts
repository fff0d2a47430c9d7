import type { Logits } from "../core/types.ts";
import type { Taps } from "./bilinear-taps.ts";

/** Bounds the relative error of two bilinear steps in float32 (a few units of 2^-24) with room to spare. */
const ROUNDING = 2 ** -18;
/** Below this, a product with a weight may vanish. */
const TINY = 1e-30;

/**
 * Which blocks of 32 output columns need no interpolation: for each low-resolution row and block 1 if all logits that
 * the block can read are above the threshold, -1 if all are below, 0 otherwise. Weights are not negative and add up to 1,
 * so an interpolated value lies between the values it is made of; a logit counts as decided only if it is farther from the
 * threshold than rounding can carry the sum. Logits that are not finite are never decided.
 * Cost: about the number of logits.
 */
export function decidedRows(
  logits: Logits,
  threshold: number,
  toFrame: Taps,
  toImage: Taps,
  blocks: number,
): Int8Array {
  const sides = new Int8Array(logits.data.length);
  for (let i = 0; i < sides.length; i++) {
    const value = logits.data[i]!;
    const room = ROUNDING * (Math.abs(value) + Math.abs(threshold)) + TINY;
    sides[i] = value - room > threshold ? 1 : value + room < threshold ? -1 : 0;
  }
  const decided = new Int8Array(logits.height * blocks);
  for (let block = 0; block < blocks; block++) {
    const last = Math.min(block * 32 + 31, toImage.first.length - 1);
    const left = toFrame.first[toImage.first[block * 32]!]!;
    const right = toFrame.second[toImage.second[last]!]!;
    for (let y = 0; y < logits.height; y++) {
      const row = y * logits.width;
      const side = sides[row + left]!;
      let agree = true;
      for (let x = left + 1; x <= right && agree; x++) agree = sides[row + x] === side;
      if (agree) decided[y * blocks + block] = side;
    }
  }
  return decided;
}
