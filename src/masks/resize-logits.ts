// Resizing logits as PyTorch interpolates them, and averaging a shape into low-resolution logits.
import type { BitMask, Logits, Size } from "../core/types.ts";

/** For each output position the two source positions and the weight of the second. */
export interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Weight of `first`, 1 - that of `second`, in float32. */
  readonly near: Float32Array;
  readonly far: Float32Array;
}

/**
 * Where bilinear interpolation reads: half-pixel centres (align_corners = False), no antialiasing, as PyTorch's
 * `area_pixel_compute_source_index`: source = max(0, scale * (i + 0.5) - 0.5) with scale = from / to in float32. The
 * product and the difference are rounded once, as its builds for processors with fused multiply-add do (rounding twice
 * would move some logits by 5e-5). At the far border both positions are the last one. `count` limits the table to the
 * first positions of the output.
 * Example: from 2 to 4 the sources are 0, 0.25, 0.75 and 1.25, the last clamped to position 1.
 */
export function bilinearTaps(from: number, to: number, count = to): Taps {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const near = new Float32Array(count);
  const far = new Float32Array(count);
  const scale = Math.fround(from / to);
  for (let i = 0; i < count; i++) {
    const source = Math.max(0, Math.fround(scale * (i + 0.5) - 0.5));
    const index = Math.min(Math.floor(source), from - 1);
    first[i] = index;
    second[i] = Math.min(index + 1, from - 1);
    far[i] = Math.min(source - index, 1);
    near[i] = 1 - far[i]!;
  }
  return { first, second, near, far };
}

/**
 * Bilinear resampling of logits, up or down, without antialiasing: PyTorch's `interpolate(mode="bilinear",
 * align_corners=False)` within 1e-5 (for logits of the usual tens). Sums are rounded to float32 row by row.
 * The same size gives the same values. Cost: one horizontal pass over the source rows needed, one vertical
 * over the output. Example: one row 0, 4 resized to width 4 is 0, 1, 3, 4.
 */
export function resizeLogits(logits: Logits, { width, height }: Size): Logits {
  if (logits.width === width && logits.height === height) return { width, height, data: logits.data.slice() };
  const horizontal = bilinearTaps(logits.width, width);
  const vertical = bilinearTaps(logits.height, height);
  const data = new Float32Array(width * height);
  let upper = { row: -1, values: new Float32Array(width) };
  let lower = { row: -1, values: new Float32Array(width) };
  for (let y = 0; y < height; y++) {
    const first = vertical.first[y]!;
    const second = vertical.second[y]!;
    if (upper.row !== first) {
      if (lower.row === first) [upper, lower] = [lower, upper];
      else {
        stretchRow(logits, first, horizontal, upper.values);
        upper.row = first;
      }
    }
    if (lower.row !== second) {
      stretchRow(logits, second, horizontal, lower.values);
      lower.row = second;
    }
    blend(upper.values, lower.values, vertical.near[y]!, vertical.far[y]!, data, y * width, width);
  }
  return { width, height, data };
}

/** Horizontal pass of one source row. */
function stretchRow({ data, width }: Logits, row: number, taps: Taps, out: Float32Array): void {
  const at = row * width;
  for (let x = 0; x < out.length; x++) {
    out[x] = data[at + taps.first[x]!]! * taps.near[x]! + data[at + taps.second[x]!]! * taps.far[x]!;
  }
}

/** out[at + i] = near * a[i] + far * b[i]. */
function blend(
  a: Float32Array,
  b: Float32Array,
  near: number,
  far: number,
  out: Float32Array,
  at: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) out[at + i] = near * a[i]! + far * b[i]!;
}

export interface ShapeGeometry {
  /** Side of the padded square frame that the model sees. */
  readonly frame: number;
  /** The part of the frame, from its top left, that is image. */
  readonly resized: Size;
  /** Side of the square of low-resolution logits that stands for the frame. */
  readonly low: number;
}

/**
 * A drawn shape as a mask prompt. Values are +magnitude inside the shape and -magnitude outside it and
 * outside the image; each low-resolution cell is its area-weighted mean over the cell's footprint in original
 * pixels. So a cell wholly inside is +magnitude and one cut in half is 0. Computed in double, rounded once.
 * Cost: one pass over the shape's pixels. Example: a full 4x4 shape in a frame of 4 with 2x2 cells, magnitude
 * 10, is 10 everywhere.
 */
export function logitsFromShape(shape: BitMask, geometry: ShapeGeometry, magnitude: number): Logits {
  const { frame, resized, low } = geometry;
  const cellWidth = (frame / low) * (shape.width / resized.width);
  const cellHeight = (frame / low) * (shape.height / resized.height);
  const covered = new Float64Array(low * low);
  const widths = new Float64Array(low);
  for (let y = 0; y < shape.height; y++) {
    if (!rowCover(shape, y, cellWidth, widths)) continue;
    const last = Math.min(low - 1, Math.floor((y + 1) / cellHeight));
    for (let cy = Math.floor(y / cellHeight); cy <= last; cy++) {
      const height = Math.min(y + 1, (cy + 1) * cellHeight) - Math.max(y, cy * cellHeight);
      if (height <= 0) continue;
      for (let cx = 0; cx < low; cx++) covered[cy * low + cx]! += height * widths[cx]!;
    }
  }
  const cell = cellWidth * cellHeight;
  const data = new Float32Array(low * low);
  for (let i = 0; i < data.length; i++) data[i] = magnitude * (2 * Math.min(1, covered[i]! / cell) - 1);
  return { width: low, height: low, data };
}

/** Width in original pixels that set pixels of row y take in each cell; false if none is set. */
function rowCover({ width, stride, words }: BitMask, y: number, cell: number, out: Float64Array): boolean {
  let any = 0;
  for (let i = y * stride; i < (y + 1) * stride; i++) any |= words[i]!;
  if (any === 0) return false;
  // Set pixels left of a position, at the ends of each cell: linear within a pixel.
  let x = 0;
  let before = 0;
  let left = 0;
  for (let c = 0; c < out.length; c++) {
    const end = Math.min((c + 1) * cell, width);
    for (; x + 1 <= end; x++) before += (words[y * stride + (x >>> 5)]! >>> (x & 31)) & 1;
    const part = x < width && end > x ? (end - x) * ((words[y * stride + (x >>> 5)]! >>> (x & 31)) & 1) : 0;
    out[c] = before + part - left;
    left = before + part;
  }
  return true;
}
