// From low-resolution logits to a mask at the original size, as SAM's `Sam.postprocess_masks`.
import type { BitMask, Logits, Size } from "../core/types.ts";
import { bilinearTaps, type Taps } from "./bilinear-taps.ts";
import { createMask, lastWordBits } from "./bit-mask.ts";
import { decidedRows } from "./decided-logits.ts";

export interface MaskGeometry {
  /** Side of the padded square frame that the model sees. */
  readonly frame: number;
  /** The part of the frame, from its top left, that is image. */
  readonly resized: Size;
  readonly original: Size;
  /** A pixel is set where its logit is greater; rounded to float32 first, as PyTorch does. */
  readonly threshold: number;
}

/**
 * Resizes logits to frame x frame, crops to `resized`, resizes to `original` (both bilinear, see `resizeLogits`) and
 * sets the pixels above the threshold: `threshold(resize(crop(resize(logits))))`, bit for bit as with `resizeLogits`.
 * PyTorch's own float32 sums may differ where the logit is closer than 1e-5 to the threshold.
 * Cost: words of 32 pixels whose logits all lie on one side of the threshold are written at once; only the rest, along
 * outlines, is interpolated. Example: logits that are 1 everywhere give a full mask.
 */
export function maskFromLogits(logits: Logits, geometry: MaskGeometry): BitMask {
  const { frame, resized, original } = geometry;
  const threshold = Math.fround(geometry.threshold);
  const mask = createMask(original.width, original.height);
  const toFrameX = bilinearTaps(logits.width, frame, resized.width);
  const toFrameY = bilinearTaps(logits.height, frame, resized.height);
  const toImageX = bilinearTaps(resized.width, original.width);
  const toImageY = bilinearTaps(resized.height, original.height);
  const decided = decidedRows(logits, threshold, toFrameX, toImageX, mask.stride);
  const source = createSource(logits, toFrameX, toFrameY, toImageX, mask.stride);
  const tail = lastWordBits(original.width);
  for (let y = 0; y < original.height; y++) {
    const near = toImageY.near[y]!;
    const far = toImageY.far[y]!;
    const upper = toImageY.first[y]!;
    const lower = toImageY.second[y]!;
    const top = toFrameY.first[upper]!;
    const bottom = toFrameY.second[lower]!;
    for (let block = 0; block < mask.stride; block++) {
      const side = sideOf(decided, mask.stride, block, top, bottom);
      const at = y * mask.stride + block;
      if (side < 0) continue;
      if (side > 0) {
        mask.words[at] = block === mask.stride - 1 ? tail : 0xffffffff;
        continue;
      }
      const a = source(upper, block);
      const b = source(lower, block);
      const from = block * 32;
      const count = Math.min(32, original.width - from);
      let word = 0;
      for (let i = 0; i < count; i++) {
        if (Math.fround(near * a[from + i]! + far * b[from + i]!) > threshold) word |= 1 << i;
      }
      mask.words[at] = word;
    }
  }
  return mask;
}

/** The side of the threshold on which all low-resolution rows top..bottom agree for a block; 0 if they do not. */
function sideOf(decided: Int8Array, stride: number, block: number, top: number, bottom: number): number {
  const side = decided[top * stride + block]!;
  for (let row = top + 1; row <= bottom; row++) if (decided[row * stride + block] !== side) return 0;
  return side;
}

/**
 * Frame rows stretched to the original width, 32 columns at a time and only when asked for. Two rows are kept: an image
 * row reads two neighbouring frame rows, of which one is usually the last one's.
 */
function createSource(logits: Logits, toFrameX: Taps, toFrameY: Taps, toImageX: Taps, stride: number) {
  const width = toImageX.first.length;
  const frameWidth = toFrameX.first.length;
  const stretched = stretchColumns(logits, toFrameX);
  const slots = [new Float32Array(width), new Float32Array(width)];
  const held = [new Int32Array(stride).fill(-1), new Int32Array(stride).fill(-1)];
  const frameRow = new Float32Array(frameWidth);
  return (row: number, block: number): Float32Array => {
    const out = slots[row & 1]!;
    if (held[row & 1]![block] === row) return out;
    held[row & 1]![block] = row;
    const from = block * 32;
    const to = Math.min(from + 32, width);
    const a = toFrameY.first[row]! * frameWidth;
    const b = toFrameY.second[row]! * frameWidth;
    const near = toFrameY.near[row]!;
    const far = toFrameY.far[row]!;
    for (let x = toImageX.first[from]!; x <= toImageX.second[to - 1]!; x++) {
      frameRow[x] = near * stretched[a + x]! + far * stretched[b + x]!;
    }
    for (let x = from; x < to; x++) {
      out[x] =
        frameRow[toImageX.first[x]!]! * toImageX.near[x]! + frameRow[toImageX.second[x]!]! * toImageX.far[x]!;
    }
    return out;
  };
}

/** All low-resolution rows stretched to the frame's image columns. */
function stretchColumns({ data, width, height }: Logits, taps: Taps): Float32Array {
  const columns = taps.first.length;
  const out = new Float32Array(columns * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < columns; x++, i++) {
      out[i] =
        data[y * width + taps.first[x]!]! * taps.near[x]! + data[y * width + taps.second[x]!]! * taps.far[x]!;
    }
  }
  return out;
}
