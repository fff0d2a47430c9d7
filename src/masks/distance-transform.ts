// Exact squared Euclidean distances, and the pixel where they are greatest: RITM's and SAM 2's click. The work is done in WebAssembly
// (wasm/distances.ts), in memory that is used again and again: a click costs no new one.
import type { BitMask } from "../core/types.ts";
import code from "./distances-wasm.ts";
import { lazyModule, type ModuleMemory, outOfMemory } from "./instantiate.ts";
import { answerOf, placeMasks } from "./module-masks.ts";

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
 * picture counts as not set, so a set corner pixel has 1. Row-major. Distances of up to 65,535. Cost: linear in the box of
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
 * The first maximum of `squaredDistances` in row-major order, distances of `excluded` pixels set to 0 after the
 * transform (as RITM's clicker does with pixels already clicked). Where all are 0 it is pixel 0 with 0: what argmax of
 * such a map gives. Pixels of the masks in `without` count as not set. Cost: two passes over the box of the set pixels, then only
 * the runs that could hold the maximum.
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

/** Whether anything is set; then its column distances are there. */
function measured({ measure, memory }: Distances, { width, height }: BitMask, at: number, end: number) {
  const found = measure(at, width, height, end);
  if (found < 0) throw outOfMemory(memory);
  return found > 0;
}
