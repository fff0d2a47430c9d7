// Nearest-neighbour resampling of 8-bit images, as OpenCV's INTER_NEAREST (modules/imgproc/src/resize.cpp, resizeNN).
import type { Size } from "../core/types.ts";
import type { BytePicture } from "./resize-image.ts";

/**
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

/** The step is the reciprocal of the rounded scale: from / to itself would choose another pixel now and then. */
function nearestIndices(from: number, to: number): Int32Array {
  const step = 1 / (to / from);
  return Int32Array.from({ length: to }, (_, i) => Math.min(Math.floor(i * step), from - 1));
}
