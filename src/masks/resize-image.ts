// Antialiased resampling of 8-bit images, byte for byte as Pillow's `Image.resize`. Source: src/libImaging/Resample.c
// (Pillow, MIT-CMU licence), its path for 8 bits a channel.
import type { Size } from "../core/types.ts";
import { type ResampleFilter, type ResampleTable, resampleTable, WEIGHT_BITS } from "./resample-table.ts";

/** 8-bit picture, row-major, interleaved: `data.length = channels * width * height`. */
export interface BytePicture extends Size {
  readonly data: Uint8Array;
}

/** A constant of this module: an imported one costs the inner loops half their speed. */
const BITS = WEIGHT_BITS;
const HALF = 1 << (BITS - 1);

/**
 * Resizes an image of 1, 3 or 4 channels with Pillow's antialiased bilinear or bicubic filter: a horizontal pass rounded
 * to bytes, then a vertical one; an axis whose size stays is not touched. Channels are independent (Pillow would
 * premultiply RGBA; drop alpha before). Cost: filter taps times output pixels for each pass; the horizontal pass skips
 * rows that the vertical one does not read. Example: 2x1 pixels 0, 255 resized to 1x1 is 128.
 */
export function resizeImage(
  image: BytePicture,
  { width, height }: Size,
  filter: ResampleFilter,
): BytePicture {
  const channels = image.data.length / (image.width * image.height);
  const vertical = height === image.height ? undefined : resampleTable(image.height, height, filter);
  const firstRow = vertical?.starts[0] ?? 0;
  const endRow =
    vertical === undefined ? height : vertical.starts[height - 1]! + vertical.counts[height - 1]!;
  let rows = image.data.subarray(firstRow * image.width * channels, endRow * image.width * channels);
  if (width !== image.width) {
    const table = resampleTable(image.width, width, filter);
    rows =
      channels === 3
        ? stretchRgb(rows, image.width, endRow - firstRow, table)
        : stretch(rows, image.width, endRow - firstRow, table, channels);
  }
  if (vertical !== undefined) rows = squash(rows, width * channels, firstRow, vertical);
  return { width, height, data: rows.buffer === image.data.buffer ? rows.slice() : rows };
}

/** Horizontal pass over three channels. */
function stretchRgb(rows: Uint8Array, width: number, height: number, table: ResampleTable): Uint8Array {
  const { starts, counts, weights, taps } = table;
  const columns = starts.length;
  const out = new Uint8ClampedArray(columns * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    const row = y * width * 3;
    for (let x = 0; x < columns; x++, at += 3) {
      let from = row + starts[x]! * 3;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const first = x * taps;
      const end = first + counts[x]!;
      for (let k = first; k < end; k++, from += 3) {
        const weight = weights[k]!;
        red = (red + Math.imul(rows[from]!, weight)) | 0;
        green = (green + Math.imul(rows[from + 1]!, weight)) | 0;
        blue = (blue + Math.imul(rows[from + 2]!, weight)) | 0;
      }
      out[at] = red >> BITS;
      out[at + 1] = green >> BITS;
      out[at + 2] = blue >> BITS;
    }
  }
  return new Uint8Array(out.buffer);
}

/** Horizontal pass over any number of channels. */
function stretch(
  rows: Uint8Array,
  width: number,
  height: number,
  table: ResampleTable,
  channels: number,
): Uint8Array {
  const { starts, counts, weights, taps } = table;
  const columns = starts.length;
  const out = new Uint8ClampedArray(columns * height * channels);
  for (let y = 0, at = 0; y < height; y++) {
    const row = y * width * channels;
    for (let x = 0; x < columns; x++) {
      for (let channel = 0; channel < channels; channel++, at++) {
        let from = row + starts[x]! * channels + channel;
        let sum = HALF;
        for (let k = 0; k < counts[x]!; k++, from += channels) {
          sum = (sum + Math.imul(rows[from]!, weights[x * taps + k]!)) | 0;
        }
        out[at] = sum >> BITS;
      }
    }
  }
  return new Uint8Array(out.buffer);
}

/** Vertical pass: each output row is a weighted sum of rows of `rowBytes` bytes; `rows` begins at row `firstRow`. */
function squash(rows: Uint8Array, rowBytes: number, firstRow: number, table: ResampleTable): Uint8Array {
  const { starts, counts, weights, taps } = table;
  const out = new Uint8ClampedArray(starts.length * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < starts.length; y++) {
    sums.fill(HALF);
    for (let k = 0; k < counts[y]!; k++) {
      const weight = weights[y * taps + k]!;
      const from = (starts[y]! - firstRow + k) * rowBytes;
      for (let i = 0; i < rowBytes; i++) sums[i] = sums[i]! + Math.imul(rows[from + i]!, weight);
    }
    const at = y * rowBytes;
    for (let i = 0; i < rowBytes; i++) out[at + i] = sums[i]! >> BITS;
  }
  return new Uint8Array(out.buffer);
}
