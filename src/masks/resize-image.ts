// Resampling of 8-bit images: antialiased byte for byte as Pillow's `Image.resize`
// (src/libImaging/Resample.c, MIT-CMU licence, its path for 8 bits a channel), antialiased in floating point
// as torch's `interpolate(mode="bilinear", antialias=True)`, and by nearest neighbours as OpenCV's
// INTER_NEAREST.
import type { Size } from "../core/types.ts";
import {
  exactTable,
  type ResampleFilter,
  resampleTable,
  squashFloats,
  squashRows,
  stretchFloats,
  stretchRows,
} from "./resample.ts";

/** 8-bit image, row-major, interleaved: `data.length = channels * width * height`. */
export interface BytePicture extends Size {
  readonly data: Uint8Array;
}

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
    rows = stretchRows(rows, image.width, endRow - firstRow, channels, table);
  }
  if (vertical !== undefined) rows = squashRows(rows, width * channels, firstRow, vertical);
  return { width, height, data: rows.buffer === image.data.buffer ? rows.slice() : rows };
}

/** Values 0..1 of three channels, one plane after the other: `data.length = 3 * width * height`. */
export interface FloatPicture extends Size {
  readonly data: Float32Array;
}

/**
 * Resizes an 8-bit RGB image as floats of 0..1: torchvision's `Resize(antialias=True)` of a tensor. The
 * filter is Pillow's without its rounding to bytes; a horizontal pass, then a vertical one, each rounded to
 * float32. An axis whose size stays is not touched. Cost: as `resizeImage`, four times the memory. Example:
 * 2x1 pixels 0, 255 resized to 1x1 is 0.5.
 */
export function resizeFloat(image: BytePicture, { width, height }: Size): FloatPicture {
  const data = new Float32Array(3 * width * height);
  const vertical = exactTable(image.height, height, "bilinear");
  const horizontal = exactTable(image.width, width, "bilinear");
  const rows = new Float32Array(width * image.height);
  const values = Float32Array.from({ length: 256 }, (_, value) => value / 255);
  for (let channel = 0; channel < 3; channel++) {
    stretchFloats(image, channel, values, horizontal, rows);
    squashFloats(
      rows,
      width,
      vertical,
      data.subarray(channel * width * height, (channel + 1) * width * height),
    );
  }
  return { width, height, data };
}

/**
 * Nearest-neighbour resampling as OpenCV's INTER_NEAREST (modules/imgproc/src/resize.cpp, resizeNN).
 * Resizes an image of any number of channels without new values: output pixel i is source pixel floor(i / (to / from)),
 * at most the last, with both divisions in double. Not the pixel under the middle: OpenCV's sample lies up to half a step
 * to the top left. Cost: one copy for each output value. Example: 4 pixels resized to 2 are those at 0 and 2.
 */
export function resizeNearest(image: BytePicture, { width, height }: Size): BytePicture {
  const channels = image.data.length / (image.width * image.height);
  const columns = nearestIndices(image.width, width);
  const rows = nearestIndices(image.height, height);
  const data = new Uint8Array(channels * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    const row = rows[y]! * image.width;
    for (let x = 0; x < width; x++) {
      const from = (row + columns[x]!) * channels;
      for (let channel = 0; channel < channels; channel++, at++) data[at] = image.data[from + channel]!;
    }
  }
  return { width, height, data };
}

/** The step is the reciprocal of the rounded scale: from / to itself would sometimes choose another pixel. */
function nearestIndices(from: number, to: number): Int32Array {
  const step = 1 / (to / from);
  return Int32Array.from({ length: to }, (_, i) => Math.min(Math.floor(i * step), from - 1));
}

/**
 * The size of an image whose long side is brought to `longSide`: int(x * S / max(h, w) + 0.5) for each side, with the
 * scale computed first, as in SAM's `ResizeLongestSide.get_preprocess_shape`. An image more
 * than 2 S times as long as wide gets a side of 0 (where SAM itself fails). Example: 640x427 to 1024 is 1024x683.
 */
export function fitLongSide({ width, height }: Size, longSide: number): Size {
  const scale = longSide / Math.max(height, width);
  return { width: Math.trunc(width * scale + 0.5), height: Math.trunc(height * scale + 0.5) };
}
