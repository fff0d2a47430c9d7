// Antialiased bilinear resampling in floating point: torch's `interpolate(mode="bilinear", antialias=True)`.
import type { Size } from "../core/types.ts";
import { type ExactTable, exactTable } from "./resample-table.ts";
import type { BytePicture } from "./resize-image.ts";

/** Values 0..1 of three channels, one plane after the other: `data.length = 3 * width * height`. */
export interface FloatPicture extends Size {
  readonly data: Float32Array;
}

/**
 * Resizes an 8-bit RGB image as floats of 0..1: torchvision's `Resize(antialias=True)` of a tensor. The filter is Pillow's
 * without its rounding to bytes; a horizontal pass, then a vertical one, each rounded to float32. An axis whose size stays
 * is not touched. Cost: as `resizeImage`, four times the memory. Example: 2x1 pixels 0, 255 resized to 1x1 is 0.5.
 */
export function resizeFloat(image: BytePicture, { width, height }: Size): FloatPicture {
  const data = new Float32Array(3 * width * height);
  const vertical = exactTable(image.height, height, "bilinear");
  const horizontal = exactTable(image.width, width, "bilinear");
  const rows = new Float32Array(width * image.height);
  const values = Float32Array.from({ length: 256 }, (_, value) => value / 255);
  for (let channel = 0; channel < 3; channel++) {
    stretch(image, channel, values, horizontal, rows);
    squash(rows, width, vertical, data.subarray(channel * width * height, (channel + 1) * width * height));
  }
  return { width, height, data };
}

function stretch(
  { data, width, height }: BytePicture,
  channel: number,
  values: Float32Array,
  { starts, counts, weights, taps }: ExactTable,
  out: Float32Array,
): void {
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < starts.length; x++, at++) {
      let from = (y * width + starts[x]!) * 3 + channel;
      let sum = 0;
      for (let k = x * taps; k < x * taps + counts[x]!; k++, from += 3)
        sum += values[data[from]!]! * weights[k]!;
      out[at] = sum;
    }
  }
}

function squash(
  rows: Float32Array,
  width: number,
  { starts, counts, weights, taps }: ExactTable,
  out: Float32Array,
): void {
  const sums = new Float64Array(width);
  for (let y = 0; y < starts.length; y++) {
    sums.fill(0);
    for (let k = 0; k < counts[y]!; k++) {
      const weight = weights[y * taps + k]!;
      const from = (starts[y]! + k) * width;
      for (let x = 0; x < width; x++) sums[x]! += rows[from + x]! * weight;
    }
    out.set(sums, y * width);
  }
}
