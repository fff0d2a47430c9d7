import type { BitMask, Logits } from "../core/types.ts";
import type { Taps } from "./bilinear-taps.ts";
import type { UpsamplingPlan } from "./upsampling-plan.ts";

/** Pixels x0..x1-1 of rows y0..y1-1, which all read the same rows of logits. */
export interface Strip {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

/**
 * Interpolates the pixels of strips and sets those above the threshold: logits to frame columns, to frame rows, to image
 * columns, to image rows, each sum rounded to float32. An image row reads two neighbouring frame rows, of which one is
 * usually the last one's, so two are kept.
 */
export function createStrips(
  { data, width }: Logits,
  { toFrameX, toFrameY, toImageX, toImageY }: UpsamplingPlan,
  threshold: number,
  { stride, words }: BitMask,
): (strip: Strip) => void {
  const frameWidth = toFrameX.first.length;
  const frameRow = new Float32Array(frameWidth);
  const slots = [new Float32Array(toImageX.first.length), new Float32Array(toImageX.first.length)] as const;
  const columns = new Float32Array(mostRows(toFrameY, toImageY) * frameWidth);
  return ({ x0, x1, y0, y1 }) => {
    if (x0 >= x1) return;
    const f0 = toImageX.first[x0]!;
    const f1 = toImageX.second[x1 - 1]!;
    const top = toFrameY.first[toImageY.first[y0]!]!;
    const bottom = toFrameY.second[toImageY.second[y0]!]!;
    for (let row = top; row <= bottom; row++)
      combine(data, row * width, toFrameX, f0, f1, columns, (row - top) * frameWidth);
    let even = -1;
    let odd = -1;
    for (let y = y0; y < y1; y++) {
      const upper = toImageY.first[y]!;
      const lower = toImageY.second[y]!;
      for (let row = upper; row <= lower; row++) {
        if (row === even || row === odd) continue;
        if ((row & 1) === 0) even = row;
        else odd = row;
        const a = (toFrameY.first[row]! - top) * frameWidth;
        const b = (toFrameY.second[row]! - top) * frameWidth;
        blend(columns, a, b, toFrameY.near[row]!, toFrameY.far[row]!, f0, f1, frameRow);
        combine(frameRow, 0, toImageX, x0, x1 - 1, slots[(row & 1) as 0 | 1], 0);
      }
      const a = slots[(upper & 1) as 0 | 1];
      const b = slots[(lower & 1) as 0 | 1];
      setAbove(a, b, toImageY.near[y]!, toImageY.far[y]!, x0, x1, threshold, words, y * stride);
    }
  };
}

/** The most rows of logits that one image row reads. */
function mostRows(toFrameY: Taps, { first, second }: Taps): number {
  let most = 0;
  for (let y = 0; y < first.length; y++)
    most = Math.max(most, toFrameY.second[second[y]!]! - toFrameY.first[first[y]!]! + 1);
  return most;
}

/** out[i] = near * values[a + i] + far * values[b + i] for i = i0..i1. */
function blend(
  values: Float32Array,
  a: number,
  b: number,
  near: number,
  far: number,
  i0: number,
  i1: number,
  out: Float32Array,
): void {
  for (let i = i0; i <= i1; i++) out[i] = near * values[a + i]! + far * values[b + i]!;
}

/** out[to + i] = source[from + first[i]] * near[i] + source[from + second[i]] * far[i] for i = i0..i1. */
function combine(
  source: Float32Array,
  from: number,
  { first, second, near, far }: Taps,
  i0: number,
  i1: number,
  out: Float32Array,
  to: number,
): void {
  for (let i = i0; i <= i1; i++)
    out[to + i] = source[from + first[i]!]! * near[i]! + source[from + second[i]!]! * far[i]!;
}

/** Sets the pixels x0..x1-1 of a row where near * a + far * b is above the threshold. */
function setAbove(
  a: Float32Array,
  b: Float32Array,
  near: number,
  far: number,
  x0: number,
  x1: number,
  threshold: number,
  words: Uint32Array,
  row: number,
): void {
  for (let x = x0; x < x1; ) {
    const at = row + (x >>> 5);
    const end = Math.min((x | 31) + 1, x1);
    let word = 0;
    for (; x < end; x++) if (Math.fround(near * a[x]! + far * b[x]!) > threshold) word |= 1 << x;
    if (word !== 0) words[at]! |= word;
  }
}
