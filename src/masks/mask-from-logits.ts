// From low-resolution logits to a mask at the original size, as SAM's `Sam.postprocess_masks`.
import type { BitMask, Logits, Size } from "../core/types.ts";
import { bilinearTaps, type Taps } from "./bilinear-taps.ts";
import { createMask, lastWordBits } from "./bit-mask.ts";
import { decidedRows } from "./decided-logits.ts";

export interface MaskGeometry {
  /** The padded frame that the model sees: its side, or its size where it is not square. */
  readonly frame: number | Size;
  /** The part of the frame, from its top left, that is image. */
  readonly resized: Size;
  readonly original: Size;
  /** A pixel is set where its logit is greater; rounded to float32 first, as PyTorch does. */
  readonly threshold: number;
}

/**
 * Resizes logits to the frame, crops to `resized`, resizes to `original` (both bilinear, see `resizeLogits`) and
 * sets the pixels above the threshold: `threshold(resize(crop(resize(logits))))`, bit for bit as with `resizeLogits`.
 * PyTorch's own float32 sums may differ where the logit is closer than 1e-5 to the threshold.
 * Cost: words of 32 pixels whose logits all lie on one side of the threshold are written at once; only the rest, along
 * outlines, is interpolated. Example: logits that are 1 everywhere give a full mask.
 */
export function maskFromLogits(logits: Logits, geometry: MaskGeometry): BitMask {
  const { resized, original } = geometry;
  const frame =
    typeof geometry.frame === "number" ? { width: geometry.frame, height: geometry.frame } : geometry.frame;
  const threshold = Math.fround(geometry.threshold);
  const mask = createMask(original.width, original.height);
  const toFrameX = bilinearTaps(logits.width, frame.width, resized.width);
  const toFrameY = bilinearTaps(logits.height, frame.height, resized.height);
  const toImageX = bilinearTaps(resized.width, original.width);
  const toImageY = bilinearTaps(resized.height, original.height);
  const decided = decidedRows(logits, threshold, toFrameX, toImageX, mask.stride);
  const source = createSource(logits, toFrameX, toFrameY, toImageX, mask.stride);
  const last = mask.stride - 1;
  const tail = lastWordBits(original.width);
  const sides = new Int8Array(mask.stride);
  let top = -1;
  let bottom = -1;
  for (let y = 0, at = 0; y < original.height; y++) {
    const near = toImageY.near[y]!;
    const far = toImageY.far[y]!;
    const upper = toImageY.first[y]!;
    const lower = toImageY.second[y]!;
    if (top !== toFrameY.first[upper]! || bottom !== toFrameY.second[lower]!) {
      top = toFrameY.first[upper]!;
      bottom = toFrameY.second[lower]!;
      agreeingSides(decided, top, bottom, sides);
    }
    for (let block = 0; block <= last; block++, at++) {
      if (sides[block] === 0) {
        const a = source(upper, block);
        const b = source(lower, block);
        const from = block * 32;
        mask.words[at] = aboveThreshold(
          a,
          b,
          near,
          far,
          from,
          Math.min(from + 32, original.width),
          threshold,
        );
      } else if (sides[block]! > 0) mask.words[at] = block === last ? tail : 0xffffffff;
    }
  }
  return mask;
}

/** For each block the side of the threshold on which low-resolution rows top..bottom agree; 0 if they do not. */
function agreeingSides(decided: Int8Array, top: number, bottom: number, sides: Int8Array): void {
  for (let block = 0; block < sides.length; block++) {
    let side = decided[top * sides.length + block]!;
    for (let row = top + 1; row <= bottom; row++) {
      if (decided[row * sides.length + block] !== side) side = 0;
    }
    sides[block] = side;
  }
}

/** The word of pixels from..to-1 of an image row between two stretched frame rows. */
function aboveThreshold(
  a: Float32Array,
  b: Float32Array,
  near: number,
  far: number,
  from: number,
  to: number,
  threshold: number,
): number {
  let word = 0;
  for (let x = from; x < to; x++) {
    if (Math.fround(near * a[x]! + far * b[x]!) > threshold) word |= 1 << x;
  }
  return word;
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
