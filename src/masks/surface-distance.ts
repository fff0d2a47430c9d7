// Distances between the outlines of two masks, as DeepMind's `surface-distance` measures them (Apache-2.0;
// Nikolov et al., "Deep learning to achieve clinically applicable segmentation of head and neck anatomy for
// radiotherapy", 2018). An outline runs through corners of pixels: each corner whose four pixels are not all
// alike is an element (a surfel) with the length of the piece of outline that a 2x2 neighbourhood holds, and
// its distance is that to the nearest element of the other outline, in pixels.
import type { BitMask } from "../core/types.ts";
import { andNot } from "./bit-mask.ts";

/**
 * The elements of one outline, row by row. Corner (x, y) lies between pixels (x - 1, y - 1) and (x, y): x is
 * in 0..width.
 */
interface Outline {
  readonly x: Int32Array;
  readonly y: Int32Array;
  /** Index into `lengths`. */
  readonly kind: Uint8Array;
}

/** Squared distance of each element of an outline to the other outline, an integer. */
interface Measured {
  readonly squared: Float64Array;
  readonly kind: Uint8Array;
}

/** Both directions; an empty mask's outline has no elements. If only one mask is empty, distances to it are infinite. */
export interface SurfaceDistances {
  readonly fromTarget: Measured;
  readonly fromPrediction: Measured;
}

const DIAGONAL = 0.5 * Math.sqrt(2);

/** Lengths of a piece of outline: it cuts a corner off, runs straight, or cuts two opposite corners off. Ascending. */
const lengths = [DIAGONAL, 1, 2 * DIAGONAL] as const;

/**
 * By the 2x2 neighbourhood, bits from high to low: upper left, upper right, lower left, lower right. 0 and 15
 * are not on an outline.
 */
const kindOf = Uint8Array.of(0, 0, 0, 1, 0, 1, 2, 0, 0, 2, 1, 0, 1, 0, 0, 0);

/** Most rows searched for each corner of the box. */
const THIN = 4;

/** No element in a row or column. */
const NONE = 2 ** 30;

const kept = new WeakMap<
  BitMask,
  { readonly target: BitMask; readonly ignore: BitMask | undefined; readonly distances: SurfaceDistances }
>();

/**
 * Distances from a target's outline to that of each given mask, and back, without the pixels of `ignore`. A
 * mask's result is cached as long as the mask lives: several scores share it. Cost: some passes over the box
 * around both masks.
 */
export function surfaceDistances(
  target: BitMask,
  ignore?: BitMask,
): (prediction: BitMask) => SurfaceDistances {
  const without = (mask: BitMask) => (ignore === undefined ? mask : andNot(mask, ignore));
  const outline = outlineOf(without(target));
  return (prediction) => {
    const before = kept.get(prediction);
    if (before?.target === target && before.ignore === ignore) return before.distances;
    const other = outlineOf(without(prediction));
    const distances = { fromTarget: measure(outline, other), fromPrediction: measure(other, outline) };
    kept.set(prediction, { target, ignore, distances });
    return distances;
  };
}

/**
 * Normalised surface Dice at a tolerance (NSD): the share of both outlines' lengths that lies within
 * `tolerance` pixels of the other outline. Both masks empty: 1; one: 0. Example: two lines of 10 pixels side
 * by side, tolerance 1: 1.
 */
export function surfaceDice({ fromTarget, fromPrediction }: SurfaceDistances, tolerance: number): number {
  const within = [0, 0, 0];
  const all = [0, 0, 0];
  for (const { squared, kind } of [fromTarget, fromPrediction])
    for (let i = 0; i < kind.length; i++) {
      all[kind[i]!]!++;
      if (Math.sqrt(squared[i]!) <= tolerance) within[kind[i]!]!++;
    }
  const total = lengthOf(all);
  return total === 0 ? 1 : lengthOf(within) / total;
}

/** Total length of the given numbers of elements of each kind. */
function lengthOf(counts: readonly number[]): number {
  return counts.reduce((sum, count, kind) => sum + count * lengths[kind]!, 0);
}

/**
 * Robust Hausdorff distance: of each outline the smallest distance that `share` of its length does not
 * exceed, the greater of the two, in pixels. Both masks empty: 0; one: infinite.
 */
export function robustHausdorff({ fromTarget, fromPrediction }: SurfaceDistances, share: number): number {
  if (fromTarget.kind.length === 0 && fromPrediction.kind.length === 0) return 0;
  return Math.max(quantile(fromTarget, share), quantile(fromPrediction, share));
}

/**
 * Elements by distance, then by length; sums as NumPy's `cumsum` and `sum` add them, so that a share which is met exactly
 * falls on the same side as there.
 */
function quantile({ squared, kind }: Measured, share: number): number {
  const count = kind.length;
  if (count === 0) return Number.POSITIVE_INFINITY;
  const order = squared.map((value, i) => value * 4 + kind[i]!).sort();
  if (order[0] === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  const pieces = order.map((key) => lengths[key % 4]!);
  const total = pairwiseSum(pieces, 0, count);
  let sum = 0;
  let i = 0;
  for (; i < count - 1; i++) {
    sum += pieces[i]!;
    if (sum / total >= share) break;
  }
  return Math.sqrt(Math.floor(order[i]! / 4));
}

/** NumPy's pairwise summation: eight parallel sums, blocks of up to 128 numbers. */
function pairwiseSum(values: Float64Array, from: number, count: number): number {
  if (count > 128) {
    const half = (count >> 1) - ((count >> 1) % 8);
    return pairwiseSum(values, from, half) + pairwiseSum(values, from + half, count - half);
  }
  const whole = count < 8 ? 0 : count - (count % 8);
  const sums = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < whole; i++) sums[i % 8]! += values[from + i]!;
  const [a, b, c, d, e, f, g, h] = sums as [number, number, number, number, number, number, number, number];
  let sum = a + b + (c + d) + (e + f + (g + h));
  for (let i = whole; i < count; i++) sum += values[from + i]!;
  return sum;
}

/** Found 32 corners at a time: those whose pixels above and below, left and right are not all set and not all clear. */
function outlineOf({ width, height, stride, words }: BitMask): Outline {
  const blocks = (width >>> 5) + 1;
  const wordAt = (y: number, w: number) => (y < 0 || y >= height || w >= stride ? 0 : words[y * stride + w]!);
  const x: number[] = [];
  const y: number[] = [];
  const kind: number[] = [];
  for (let row = 0; row <= height; row++) {
    let [upperCarry, lowerCarry] = [0, 0];
    for (let w = 0; w < blocks; w++) {
      const [upper, lower] = [wordAt(row - 1, w), wordAt(row, w)];
      const upperLeft = (upper << 1) | upperCarry;
      const lowerLeft = (lower << 1) | lowerCarry;
      upperCarry = upper >>> 31;
      lowerCarry = lower >>> 31;
      let edge = (upper | lower | upperLeft | lowerLeft) & ~(upper & lower & upperLeft & lowerLeft);
      for (; edge !== 0; edge &= edge - 1) {
        const bit = 31 - Math.clz32(edge & -edge);
        const code =
          (((upperLeft >>> bit) & 1) << 3) |
          (((upper >>> bit) & 1) << 2) |
          (((lowerLeft >>> bit) & 1) << 1) |
          ((lower >>> bit) & 1);
        x.push((w << 5) | bit);
        y.push(row);
        kind.push(kindOf[code]!);
      }
    }
  }
  return { x: Int32Array.from(x), y: Int32Array.from(y), kind: Uint8Array.from(kind) };
}

/**
 * Outlines are thin, so for each element the rows of the other one are searched, nearest rows first. Where
 * there are too many elements for that (masks of specks), a transform of the whole box around both is
 * computed.
 */
function measure(outline: Outline, other: Outline): Measured {
  const { x, y, kind } = outline;
  if (kind.length === 0 || other.kind.length === 0)
    return { squared: new Float64Array(kind.length).fill(Number.POSITIVE_INFINITY), kind };
  const box = boxOf(outline, other);
  const rows = other.y.at(-1)! - other.y[0]! + 1;
  const distanceTo = kind.length * rows <= THIN * box.width * box.height ? byRows(other) : byBox(other, box);
  return { squared: new Float64Array(kind.length).map((_, i) => distanceTo(x[i]!, y[i]!)), kind };
}

interface CornerBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function boxOf(a: Outline, b: Outline): CornerBox {
  let [left, right] = [a.x[0]!, a.x[0]!];
  for (const { x } of [a, b])
    for (let i = 0; i < x.length; i++) {
      left = Math.min(left, x[i]!);
      right = Math.max(right, x[i]!);
    }
  const top = Math.min(a.y[0]!, b.y[0]!);
  const bottom = Math.max(a.y.at(-1)!, b.y.at(-1)!);
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Squared distance of a corner to an outline: its rows up and down from there, until none can be nearer. */
function byRows({ x: columns, y }: Outline): (x: number, y: number) => number {
  const first = y[0]!;
  const rows = y.at(-1)! - first + 1;
  const starts = new Int32Array(rows + 1);
  for (let i = 0; i < y.length; i++) starts[y[i]! - first + 1]!++;
  for (let row = 0; row < rows; row++) starts[row + 1]! += starts[row]!;

  const inRow = (x: number, row: number) => {
    let low = starts[row]!;
    const end = starts[row + 1]!;
    let high = end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (columns[middle]! < x) low = middle + 1;
      else high = middle;
    }
    const after = low < end ? columns[low]! - x : NONE;
    const before = low > starts[row]! ? x - columns[low - 1]! : NONE;
    return Math.min(after, before);
  };

  return (x, y) => {
    const row = y - first;
    let best = Number.POSITIVE_INFINITY;
    for (let up = Math.min(row, rows - 1); up >= 0 && (row - up) ** 2 < best; up--)
      best = Math.min(best, (row - up) ** 2 + inRow(x, up) ** 2);
    for (let down = Math.max(row + 1, 0); down < rows && (down - row) ** 2 < best; down++)
      best = Math.min(best, (down - row) ** 2 + inRow(x, down) ** 2);
    return best;
  };
}

/**
 * The same by a transform of the whole box (Meijster et al. 2000): distances down the columns, then rows as
 * they are asked for, in order.
 */
function byBox({ x, y }: Outline, { left, top, width, height }: CornerBox): (x: number, y: number) => number {
  const columns = new Int32Array(width * height).fill(NONE);
  for (let i = 0; i < x.length; i++) columns[(y[i]! - top) * width + x[i]! - left] = 0;
  for (let i = width; i < columns.length; i++) columns[i] = Math.min(columns[i]!, columns[i - width]! + 1);
  for (let i = columns.length - width - 1; i >= 0; i--)
    columns[i] = Math.min(columns[i]!, columns[i + width]! + 1);
  const solved = new Float64Array(width);
  const envelope = envelopeOf(width);
  let current = -1;
  return (x, y) => {
    const row = y - top;
    if (row !== current) envelope(columns.subarray(row * width, (row + 1) * width), solved);
    current = row;
    return solved[x - left]!;
  };
}

/** Squared distances of a row from those of its columns: the lower envelope of parabolas. */
function envelopeOf(width: number): (row: Int32Array, solved: Float64Array) => void {
  const site = new Int32Array(width);
  const start = new Int32Array(width);
  return (row, solved) => {
    let top = -1;
    for (let u = 0; u < width; u++) {
      if (row[u]! >= NONE) continue;
      const height = u * u + row[u]! ** 2;
      let from = 0;
      for (; top >= 0; top--) {
        const v = site[top]!;
        from = Math.floor((height - v * v - row[v]! ** 2) / (2 * (u - v))) + 1;
        if (from > start[top]!) break;
        from = 0;
      }
      if (from >= width) continue;
      top++;
      site[top] = u;
      start[top] = from;
    }
    for (let x = width - 1; x >= 0; x--) {
      while (start[top]! > x) top--;
      const v = site[top]!;
      solved[x] = (x - v) ** 2 + row[v]! ** 2;
    }
  };
}
