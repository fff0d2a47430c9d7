// Antialiased bilinear resampling of one channel of floats, as torch computes it in float32: `interpolate(mode="bilinear",
// antialias=True)`, aten/src/ATen/native/cpu/UpSampleKernel.cpp. `resample.ts` has the same in double, for pictures.
import type { Logits, Size } from "../core/types.ts";

interface Weights {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** Of output i from i * taps on. */
  readonly values: Float32Array;
  readonly taps: number;
}

/** Every step rounded to float32 where torch does. */
function weightsOf(from: number, to: number): Weights {
  const { fround } = Math;
  const scale = fround(from / to);
  const support = scale >= 1 ? scale : 1;
  const inverse = scale >= 1 ? fround(1 / scale) : 1;
  const taps = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const values = new Float32Array(to * taps);
  for (let i = 0; i < to; i++) {
    const center = fround(scale * (i + 0.5));
    const start = Math.max(0, Math.trunc(fround(center - support) + 0.5));
    const count = Math.min(from, Math.trunc(fround(center + support) + 0.5)) - start;
    const row = values.subarray(i * taps, i * taps + count);
    let total = 0;
    for (let k = 0; k < count; k++) {
      row[k] = Math.max(0, 1 - Math.abs(fround((fround(k + start - center) + 0.5) * inverse)));
      total = fround(total + row[k]!);
    }
    for (let k = 0; k < count && total !== 0; k++) row[k] = row[k]! / total;
    starts[i] = start;
    counts[i] = count;
  }
  return { starts, counts, values, taps };
}

/**
 * Rows first, then columns; an axis whose size stays is not touched. Cost: filter taps times output values of each pass. Example: a row
 * 0, 1 resized to one value is 0.5.
 */
export function resizeAntialiased(picture: Logits, { width, height }: Size): Logits {
  let { data } = picture;
  if (width !== picture.width)
    data = rows(data, picture.width, picture.height, weightsOf(picture.width, width));
  if (height !== picture.height) data = columns(data, width, weightsOf(picture.height, height));
  return { width, height, data: data === picture.data ? data.slice() : data };
}

function rows(data: Float32Array, width: number, height: number, table: Weights): Float32Array {
  const { starts, counts, values, taps } = table;
  const to = starts.length;
  const out = new Float32Array(to * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < to; x++, at++) {
      const from = y * width + starts[x]!;
      let sum = 0;
      for (let k = 0; k < counts[x]!; k++) sum = Math.fround(sum + data[from + k]! * values[x * taps + k]!);
      out[at] = sum;
    }
  return out;
}

function columns(data: Float32Array, width: number, { starts, counts, values, taps }: Weights): Float32Array {
  const out = new Float32Array(starts.length * width);
  for (let y = 0; y < starts.length; y++) {
    const at = y * width;
    for (let k = 0; k < counts[y]!; k++) {
      const weight = values[y * taps + k]!;
      const from = (starts[y]! + k) * width;
      for (let x = 0; x < width; x++) out[at + x]! += data[from + x]! * weight;
    }
  }
  return out;
}
