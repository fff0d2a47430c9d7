// Shrinking by squares, in WebAssembly (wasm/bits.ts); shrinking and growing by disks, from the exact distance transform.
import type { BitMask, Box } from "../core/types.ts";
import { createMask, fromBytes, getPixel, setPixel } from "./bit-mask.ts";
import { bits } from "./bits.ts";
import { not } from "./boolean.ts";
import { squaredDistances } from "./distance-transform.ts";
import { placeMasks, takeMask } from "./module-masks.ts";
import { tightBox } from "./tight-box.ts";

/**
 * Erosion by a square of 2 radius + 1 pixels: the same as `radius` erosions by 3x3. A pixel stays if its whole square is
 * set; the outside of the picture counts as background. Radius 0 changes nothing. Example: a full 3x3 mask eroded by 1
 * keeps its middle.
 */
export function erode(mask: BitMask, radius: number): BitMask {
  const [at, end] = placeMasks(bits().memory, [mask]) as [number, number];
  bits().erode(at, mask.stride, mask.height, radius, end);
  return takeMask(bits().memory, at, mask);
}

/**
 * Erosion by a disk: a pixel stays if its distance to the nearest pixel that is not set is greater than `radius`
 * (any number >= 0); the outside of the picture counts as not set. Equal to an erosion by the structuring element
 * x^2 + y^2 <= radius^2. Radius below 1 changes nothing. Example: a full 5x5 mask eroded by 1 keeps its 3x3 middle.
 */
export function erodeDisk(mask: BitMask, radius: number): BitMask {
  const limit = radius * radius;
  const kept = squaredDistances(mask);
  const bytes = new Uint8Array(kept.length);
  for (let i = 0; i < kept.length; i++) bytes[i] = kept[i]! > limit ? 1 : 0;
  return fromBytes(bytes, mask.width, mask.height);
}

/**
 * Dilation by a disk: a pixel becomes set if its distance to the nearest set pixel is at most `radius`; nothing comes
 * from outside the picture. Equal to a dilation by x^2 + y^2 <= radius^2. Example: a single pixel dilated by 1 is a
 * plus of five pixels.
 */
export function dilateDisk(mask: BitMask, radius: number): BitMask {
  const limit = radius * radius;
  const grown = createMask(mask.width, mask.height);
  const box = tightBox(mask);
  if (box === undefined) return grown;
  // The transform takes the outside for the other class: a frame of twice the reach keeps it farther than the radius.
  const reach = Math.floor(radius);
  const frame = 2 * reach + 1;
  const near = framed(mask, box, frame);
  const distances = squaredDistances(not(near));
  const lastX = Math.min(mask.width - 1, box.x1 + reach);
  const lastY = Math.min(mask.height - 1, box.y1 + reach);
  for (let y = Math.max(0, box.y0 - reach); y <= lastY; y++) {
    const row = (y - box.y0 + frame) * near.width - box.x0 + frame;
    for (let x = Math.max(0, box.x0 - reach); x <= lastX; x++) {
      if (distances[row + x]! <= limit) setPixel(grown, x, y);
    }
  }
  return grown;
}

/** The pixels of a box with `frame` pixels of background around. */
function framed(mask: BitMask, { x0, y0, x1, y1 }: Box, frame: number): BitMask {
  const near = createMask(x1 - x0 + 1 + 2 * frame, y1 - y0 + 1 + 2 * frame);
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) if (getPixel(mask, x, y)) setPixel(near, x - x0 + frame, y - y0 + frame);
  }
  return near;
}
