import type { BitMask, Logits, Size } from "../core/types.ts";

export interface ShapeGeometry {
  /** Side of the padded square frame that the model sees. */
  readonly frame: number;
  /** The part of the frame, from its top left, that is image. */
  readonly resized: Size;
  /** Side of the square of low-resolution logits that stands for the frame. */
  readonly low: number;
}

/**
 * A drawn shape as a mask prompt. The picture is +magnitude inside the shape and -magnitude outside it and outside the
 * image; each low-resolution cell is its area-weighted mean over the cell's footprint in original pixels.
 * So a cell wholly inside is +magnitude and one cut in half is 0. Computed in double, rounded once.
 * Cost: one pass over the shape's pixels. Example: a full 4x4 shape in a frame of 4 with 2x2 cells, magnitude 10, is 10 everywhere.
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
