import { boundaryDefaults } from "../core/defaults.ts";
import type { BitMask, Size } from "../core/types.ts";
import { bits } from "./bits.ts";
import { iouOf } from "./iou.ts";
import { placeMasks, takeMask } from "./module-masks.ts";
import { overlapAt } from "./overlap.ts";
import { roundHalfToEven } from "./round-half-to-even.ts";

/**
 * The band along the inside of a mask's outline: the mask minus `d` erosions by 3x3, the picture's border counting as
 * background. Source: Cheng et al., "Boundary IoU" (2021), `mask_to_boundary`. An empty mask has an empty band; a mask
 * thinner than 2 d + 1 pixels is all band. Example: the band of a full 3x3 mask with d = 1 is all but its middle.
 */
export function innerBoundary(mask: BitMask, d: number): BitMask {
  return takeMask(bits().memory, placeBand(mask, d)[0]!, mask);
}

/** The IoU of a mask's band with another band, as `iou(innerBoundary(mask, d), band, ignore)`. */
export function boundaryIou(mask: BitMask, d: number, band: BitMask, ignore?: BitMask): number {
  const places = placeBand(mask, d, ignore === undefined ? [band] : [band, ignore]);
  const [at, end, other, ignored] = places as [number, number, number, number];
  return iouOf(overlapAt(at, other, ignore === undefined ? 0 : ignored, end - at));
}

/** Puts a mask's band, its erosion and other masks into the module's memory: where each lies. */
function placeBand(mask: BitMask, d: number, others: readonly BitMask[] = []): number[] {
  const places = placeMasks(bits().memory, [mask, mask, ...others]);
  const [band, eroded] = places as [number, number];
  bits().erode(eroded, mask.stride, mask.height, d, places.at(-1)!);
  bits().subtract(band, eroded, eroded - band);
  return places;
}

/**
 * Width of that band in pixels: 2 % of the picture's diagonal, rounded half to even as Python's `round`, at least 1.
 * Example: 640x480 gives 16.
 */
export function boundaryDistance({ width, height }: Size): number {
  return Math.max(1, roundHalfToEven(boundaryDefaults.ratio * Math.sqrt(height * height + width * width)));
}
