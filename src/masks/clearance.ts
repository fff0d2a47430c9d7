import type { BitMask } from "../core/types.ts";
import { toBytes } from "./bit-mask.ts";

/**
 * For each set pixel the steps it can go up, right, down and left without leaving the mask, the fewest of the four; -1
 * for a pixel that is not set. Row-major. Two passes. Example: the middle of a full 3x3 mask has 1, its other pixels 0.
 */
export function clearance(mask: BitMask): Int32Array {
  const { width, height } = mask;
  const pixels = toBytes(mask);
  const fewest = new Int32Array(width * height).fill(-1);
  const column = new Int32Array(width);
  column.fill(-1);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0, row = -1; x < width; x++, i++) {
      const set = pixels[i] !== 0;
      row = set ? row + 1 : -1;
      column[x] = set ? column[x]! + 1 : -1;
      fewest[i] = Math.min(row, column[x]!);
    }
  column.fill(-1);
  for (let y = height - 1, i = width * height - 1; y >= 0; y--)
    for (let x = width - 1, row = -1; x >= 0; x--, i--) {
      const set = pixels[i] !== 0;
      row = set ? row + 1 : -1;
      column[x] = set ? column[x]! + 1 : -1;
      fewest[i] = Math.min(fewest[i]!, row, column[x]!);
    }
  return fewest;
}
