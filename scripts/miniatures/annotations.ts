// Annotations as the COCO family writes them.
import type { BitMask } from "../../src/core/types.ts";
import { area, tightBox } from "../../src/masks/bit-mask.ts";
import { encodeCounts, rleFromMask } from "../../src/masks/rle.ts";
import type { Outline } from "./outline.ts";

export type Polygon = number[];

/** x0, y0, x1, y1, ... with `digits` after the point, clipped to a picture of this size (`beyond`: pixels allowed past it). */
export function polygonOf(outline: Outline, width: number, height: number, digits = 1, beyond = 0): Polygon {
  const clip = (value: number, most: number) => Math.min(most + beyond, Math.max(0, value));
  const round = (value: number) => Math.round(value * 10 ** digits) / 10 ** digits;
  return outline.flatMap(({ x, y }) => [round(clip(x, width)), round(clip(y, height))]);
}

/** [x, y, width, height] and area of polygons, from their corners: what a tool writes that never draws them. */
export function measuresOf(polygons: readonly Polygon[]): { bbox: number[]; area: number } {
  const xs = polygons.flatMap((polygon) => polygon.filter((_, i) => i % 2 === 0));
  const ys = polygons.flatMap((polygon) => polygon.filter((_, i) => i % 2 === 1));
  if (xs.length === 0) return { bbox: [0, 0, 0, 0], area: 0 };
  const x = Math.min(...xs);
  const y = Math.min(...ys);
  const shoelace = (p: Polygon) =>
    Math.abs(
      p.reduce(
        (sum, v, i) => sum + (i % 2 === 0 ? v * p[(i + 3) % p.length]! : -v * p[(i + 1) % p.length]!),
        0,
      ),
    ) / 2;
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    bbox: [x, y, round(Math.max(...xs) - x), round(Math.max(...ys) - y)],
    area: round(polygons.reduce((sum, polygon) => sum + shoelace(polygon), 0)),
  };
}

export function compressedRle(mask: BitMask): { size: [number, number]; counts: string } {
  return { size: [mask.height, mask.width], counts: encodeCounts(rleFromMask(mask)) };
}

export function plainRle(mask: BitMask): { size: [number, number]; counts: number[] } {
  return { size: [mask.height, mask.width], counts: rleFromMask(mask) };
}

/** [x, y, width, height] in whole pixels, and area, of a mask. */
export function measuresOfMask(mask: BitMask): { bbox: number[]; area: number } {
  const box = tightBox(mask);
  if (box === undefined) return { bbox: [0, 0, 0, 0], area: 0 };
  return { bbox: [box.x0, box.y0, box.x1 - box.x0 + 1, box.y1 - box.y0 + 1], area: area(mask) };
}
