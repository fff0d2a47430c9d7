// Shrinking by squares, 32 pixels at a time: a window of n pixels is built from windows of 1, 2, 4, ... pixels, once in
// each of the four directions, so that the cost grows with the logarithm of the radius. Shrinking and growing by disks,
// from the exact distance transform.
import type { BitMask, Box } from "../core/types.ts";
import { createMask, fromBytes, getPixel, setPixel } from "./bit-mask.ts";
import { not } from "./boolean.ts";
import { squaredDistances } from "./distance-transform.ts";
import { tightBox } from "./tight-box.ts";

/**
 * Erosion by a square of 2 radius + 1 pixels: the same as `radius` erosions by 3x3. A pixel stays if its whole square is
 * set; the outside of the picture counts as background. Radius 0 changes nothing. Example: a full 3x3 mask eroded by 1
 * keeps its middle.
 */
export function erode(mask: BitMask, radius: number): BitMask {
  const eroded = createMask(mask.width, mask.height);
  const box = tightBox(mask);
  if (box === undefined) return eroded;
  // Only the words around the set pixels are worked on.
  const first = box.x0 >>> 5;
  const stride = (box.x1 >>> 5) - first + 1;
  const words = new Uint32Array(stride * (box.y1 - box.y0 + 1));
  const place = (y: number) => y * mask.stride + first;
  for (let y = box.y0, at = 0; y <= box.y1; y++, at += stride)
    words.set(mask.words.subarray(place(y), place(y) + stride), at);
  shrink(words, stride, radius);
  for (let y = box.y0, at = 0; y <= box.y1; y++, at += stride)
    eroded.words.set(words.subarray(at, at + stride), place(y));
  return eroded;
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

function shrink(words: Uint32Array, stride: number, radius: number): void {
  // Steps add up to the radius, and each is at most the window that is there: 1, 2, 4, ... pixels.
  for (let window = 1; window <= radius; ) {
    const step = Math.min(window, radius + 1 - window);
    andLeft(words, stride, step);
    andAbove(words, stride, step);
    window += step;
  }
  for (let window = 1; window <= radius; ) {
    const step = Math.min(window, radius + 1 - window);
    andRight(words, stride, step);
    andBelow(words, stride, step);
    window += step;
  }
}

/** Keeps each pixel if the one `step` columns to its left is set too. */
function andLeft(words: Uint32Array, stride: number, step: number): void {
  const jump = step >>> 5;
  const bits = step & 31;
  for (let row = 0; row < words.length; row += stride) {
    for (let i = stride - 1; i >= 0; i--) {
      if (words[row + i] === 0) continue;
      const near = i >= jump ? words[row + i - jump]! << bits : 0;
      const carry = bits !== 0 && i > jump ? words[row + i - jump - 1]! >>> (32 - bits) : 0;
      words[row + i]! &= near | carry;
    }
  }
}

/** Keeps each pixel if the one `step` columns to its right is set too. */
function andRight(words: Uint32Array, stride: number, step: number): void {
  const jump = step >>> 5;
  const bits = step & 31;
  for (let row = 0; row < words.length; row += stride) {
    for (let i = 0; i < stride; i++) {
      if (words[row + i] === 0) continue;
      const near = i + jump < stride ? words[row + i + jump]! >>> bits : 0;
      const carry = bits !== 0 && i + jump + 1 < stride ? words[row + i + jump + 1]! << (32 - bits) : 0;
      words[row + i]! &= near | carry;
    }
  }
}

/** Keeps each pixel if the one `step` rows above is set too. */
function andAbove(words: Uint32Array, stride: number, step: number): void {
  const back = Math.min(step * stride, words.length);
  for (let i = words.length - 1; i >= back; i--) words[i]! &= words[i - back]!;
  words.fill(0, 0, back);
}

/** Keeps each pixel if the one `step` rows below is set too. */
function andBelow(words: Uint32Array, stride: number, step: number): void {
  const ahead = Math.min(step * stride, words.length);
  for (let i = 0; i < words.length - ahead; i++) words[i]! &= words[i + ahead]!;
  words.fill(0, words.length - ahead);
}

/** The pixels of a box with `frame` pixels of background around. */
function framed(mask: BitMask, { x0, y0, x1, y1 }: Box, frame: number): BitMask {
  const near = createMask(x1 - x0 + 1 + 2 * frame, y1 - y0 + 1 + 2 * frame);
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) if (getPixel(mask, x, y)) setPixel(near, x - x0 + frame, y - y0 + frame);
  }
  return near;
}
