import { boundaryDefaults } from "../core/defaults.ts";
import type { BitMask, Size } from "../core/types.ts";
import { andNot } from "./boolean.ts";
import { erode } from "./morphology.ts";
import { roundHalfToEven } from "./round-half-to-even.ts";

/**
 * The band along the inside of a mask's outline: the mask minus `d` erosions by 3x3, the picture's border counting as
 * background. Source: Cheng et al., "Boundary IoU" (2021), `mask_to_boundary`. An empty mask has an empty band; a mask
 * thinner than 2 d + 1 pixels is all band. Example: the band of a full 3x3 mask with d = 1 is all but its middle.
 */
export function innerBoundary(mask: BitMask, d: number): BitMask {
  return andNot(mask, erode(mask, d));
}

/**
 * Width of that band in pixels: 2 % of the picture's diagonal, rounded half to even as Python's `round`, at least 1.
 * Example: 640x480 gives 16.
 */
export function boundaryDistance({ width, height }: Size): number {
  return Math.max(1, roundHalfToEven(boundaryDefaults.ratio * Math.sqrt(height * height + width * width)));
}
