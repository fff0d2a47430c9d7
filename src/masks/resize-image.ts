// Antialiased resampling of 8-bit images, byte for byte as Pillow's `Image.resize`. Source: src/libImaging/Resample.c
// (Pillow, MIT-CMU licence), its path for 8 bits a channel.
import type { Size } from "../core/types.ts";
import { squashRows, stretchRows } from "./resample-passes.ts";
import { type ResampleFilter, resampleTable } from "./resample-table.ts";

/** 8-bit picture, row-major, interleaved: `data.length = channels * width * height`. */
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
