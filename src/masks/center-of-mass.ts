import type { BitMask, Point } from "../core/types.ts";
import { toBytes } from "./bit-mask.ts";

/** The mean of the set pixels' coordinates, as scipy's `center_of_mass`; undefined for an empty mask. One pass. */
export function centerOfMass(mask: BitMask): Point | undefined {
  const pixels = toBytes(mask);
  let [n, sumX, sumY] = [0, 0, 0];
  for (let y = 0, i = 0; y < mask.height; y++)
    for (let x = 0; x < mask.width; x++, i++) {
      if (pixels[i] === 0) continue;
      n += 1;
      sumX += x;
      sumY += y;
    }
  return n === 0 ? undefined : { x: sumX / n, y: sumY / n };
}
