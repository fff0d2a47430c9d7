import type { BitMask } from "../../src/core/types.ts";
import { createMask, getPixel, setPixel } from "../../src/masks/bit-mask.ts";

/** A mask drawn as text: one string per row, "#" set, "." not. `ascii(".#", "##")` */
export function ascii(...rows: readonly string[]): BitMask {
  const mask = createMask(rows[0]?.length ?? 0, rows.length);
  rows.forEach((row, y) => {
    if (row.length !== mask.width) throw new Error(`row ${y} and row 0 differ in length: ${row}`);
    for (let x = 0; x < row.length; x++) {
      if (row[x] === "#") setPixel(mask, x, y);
      else if (row[x] !== ".") throw new Error(`row ${y} has a character other than "#" and ".": ${row}`);
    }
  });
  return mask;
}

/** The inverse of `ascii`: what a failing test prints. */
export function draw(mask: BitMask): string[] {
  return Array.from({ length: mask.height }, (_, y) =>
    Array.from({ length: mask.width }, (_, x) => (getPixel(mask, x, y) ? "#" : ".")).join(""),
  );
}
