// Exact squared Euclidean distances, the pixel where they are greatest (RITM's and SAM 2's click), and
// erosion and dilation by disks. Computed in WebAssembly (wasm/distances.ts), in reused memory: a click
// allocates none.
import type { BitMask, Box } from "../core/types.ts";
import { createMask, fromBytes, getPixel, not, setPixel, tightBox } from "./bit-mask.ts";
import code from "./distances-wasm.ts";
import { answerOf, lazyModule, type ModuleMemory, outOfMemory, placeMasks } from "./wasm.ts";

interface Distances {
  readonly memory: ModuleMemory;
  subtract(mask: number, other: number, bytes: number): void;
  measure(mask: number, width: number, height: number, scratch: number): number;
  firstColumn(): number;
  columnCount(): number;
  solveRow(y: number): number;
  deepest(excluded: number): void;
}

const module = lazyModule<Distances>(code);

/**
 * For each set pixel the squared distance to the nearest pixel that is not set; 0 elsewhere. Everything outside the
 * image counts as not set, so a set corner pixel has 1. Row-major. Distances of up to 65,535. Cost: linear in the box of
 * the set pixels. Example: the middle of a full 3x3 mask has 4, its other pixels 1.
 */
export function squaredDistances(mask: BitMask): Int32Array {
  const { width, height } = mask;
  const map = new Int32Array(width * height);
  const distances = module();
  const { memory } = distances;
  const [at, end] = placeMasks(memory, [mask]) as [number, number];
  if (!measured(distances, mask, at, end)) return map;
  const [firstRow, endRow] = answerOf(memory);
  const x = distances.firstColumn();
  const count = Math.min(distances.columnCount(), width - x);
  for (let y = firstRow; y < endRow; y++)
    map.set(new Int32Array(memory.buffer, distances.solveRow(y) >>> 0, count), y * width + x);
  return map;
}

export interface DeepestPixel {
  /** Row-major: x = index % width, y = floor(index / width). */
  readonly index: number;
  readonly squaredDistance: number;
}

/**
 * The first maximum of `squaredDistances` in row-major order, distances of `excluded` pixels set to 0 after
 * the transform (as RITM's clicker does with pixels already clicked). Where all are 0 it is pixel 0 with 0:
 * what argmax of such a map gives. Pixels of the masks in `without` count as not set. Cost: two passes over
 * the box of the set pixels, then only the runs that could hold the maximum.
 */
export function deepestPixel(
  mask: BitMask,
  excluded?: BitMask,
  without: readonly BitMask[] = [],
): DeepestPixel {
  const distances = module();
  const masks = [mask, ...without, ...(excluded === undefined ? [] : [excluded])];
  const places = placeMasks(distances.memory, masks);
  const [at, end] = [places[0]!, places.at(-1)!];
  for (const i of without.keys()) distances.subtract(at, places[i + 1]!, places[i + 1]! - places[i]!);
  if (!measured(distances, mask, at, end)) return { index: 0, squaredDistance: 0 };
  distances.deepest(excluded === undefined ? 0 : places.at(-2)!);
  const [index, squaredDistance] = answerOf(distances.memory);
  return { index, squaredDistance };
}

/** Computes column distances; false if nothing is set. */
function measured({ measure, memory }: Distances, { width, height }: BitMask, at: number, end: number) {
  const found = measure(at, width, height, end);
  if (found < 0) throw outOfMemory(memory);
  return found > 0;
}

/**
 * Erosion by a disk: a pixel stays if its distance to the nearest pixel that is not set is greater than `radius`
 * (any number >= 0); the outside of the image counts as not set. Equal to an erosion by the structuring element
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
 * from outside the image. Equal to a dilation by x^2 + y^2 <= radius^2. Example: a single pixel dilated by 1 is a
 * plus of five pixels.
 */
export function dilateDisk(mask: BitMask, radius: number): BitMask {
  const limit = radius * radius;
  const grown = createMask(mask.width, mask.height);
  const box = tightBox(mask);
  if (box === undefined) return grown;
  // The transform counts the outside as the other class: a frame of twice the reach keeps it farther than the radius.
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

/** The pixels of a box with `frame` pixels of background around it. */
function framed(mask: BitMask, { x0, y0, x1, y1 }: Box, frame: number): BitMask {
  const near = createMask(x1 - x0 + 1 + 2 * frame, y1 - y0 + 1 + 2 * frame);
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) if (getPixel(mask, x, y)) setPixel(near, x - x0 + frame, y - y0 + frame);
  }
  return near;
}
