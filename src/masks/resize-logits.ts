import type { Logits, Size } from "../core/types.ts";

/** For each output position the two source positions and the weight of the second. */
export interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Weight of `first`, 1 - that of `second`, in float32. */
  readonly near: Float32Array;
  readonly far: Float32Array;
}

/**
 * Where bilinear interpolation reads: half-pixel centres (align_corners = False), no antialiasing, as PyTorch's
 * `area_pixel_compute_source_index`: source = max(0, scale * (i + 0.5) - 0.5) with scale = from / to in float32. The
 * product and the difference are rounded once, as its builds for processors with fused multiply-add do (rounding twice
 * would move some logits by 5e-5). At the far border both positions are the last one. `count` limits the table to the
 * first positions of the output.
 * Example: from 2 to 4 the sources are 0, 0.25, 0.75 and 1.25, the last clamped to position 1.
 */
export function bilinearTaps(from: number, to: number, count = to): Taps {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const near = new Float32Array(count);
  const far = new Float32Array(count);
  const scale = Math.fround(from / to);
  for (let i = 0; i < count; i++) {
    const source = Math.max(0, Math.fround(scale * (i + 0.5) - 0.5));
    const index = Math.min(Math.floor(source), from - 1);
    first[i] = index;
    second[i] = Math.min(index + 1, from - 1);
    far[i] = Math.min(source - index, 1);
    near[i] = 1 - far[i]!;
  }
  return { first, second, near, far };
}

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
