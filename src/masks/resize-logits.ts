import type { Logits, Size } from "../core/types.ts";
import { bilinearTaps, type Taps } from "./bilinear-taps.ts";

/**
 * Bilinear resampling of logits, up or down, without antialiasing: PyTorch's `interpolate(mode="bilinear",
 * align_corners=False)` within 1e-5 (for logits of the usual tens). Sums are rounded to float32 row by row.
 * The same size gives the same values. Cost: one horizontal pass over the source rows needed, one vertical over the output.
 * Example: one row 0, 4 resized to width 4 is 0, 1, 3, 4.
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
