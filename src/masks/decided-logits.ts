import type { Logits } from "../core/types.ts";

/** Bounds the relative error of two bilinear steps in float32 (a few units of 2^-24) with room to spare. */
const ROUNDING = 2 ** -18;
/** Below this, a product with a weight may vanish. */
const TINY = 1e-30;

/** One bit for each logit: is it surely above the threshold, or surely below? Rows start on words of 32. */
export interface DecidedLogits {
  readonly stride: number;
  readonly above: Int32Array;
  readonly below: Int32Array;
}

/**
 * Weights of a bilinear sum are not negative and add up to 1, so it lies between the values it is made of: where these
 * lie on one side of the threshold, so does the sum. A logit counts as decided only if it is farther from the threshold
 * than rounding can carry the sum; logits that are not finite never are. Cost: the number of logits.
 */
export function decidedLogits({ data, width, height }: Logits, threshold: number): DecidedLogits {
  const stride = (width + 31) >>> 5;
  const above = new Int32Array(stride * height);
  const below = new Int32Array(stride * height);
  const room = ROUNDING * Math.abs(threshold) + TINY;
  for (let y = 0, i = 0; y < height; y++) {
    for (let word = y * stride, left = width; left > 0; left -= 32, word++) {
      let over = 0;
      let under = 0;
      for (let bit = 0, n = Math.min(32, left); bit < n; bit++, i++) {
        const away = data[i]! - threshold;
        const needed = ROUNDING * Math.abs(data[i]!) + room;
        if (away > needed) over |= 1 << bit;
        else if (-away > needed) under |= 1 << bit;
      }
      above[word] = over;
      below[word] = under;
    }
  }
  return { stride, above, below };
}

/** Longest runs of columns on one side: first and last column and the side (1 above, -1 below), three numbers a run. */
export interface ColumnRuns {
  readonly values: Int32Array;
  count: number;
}

export function createRuns(width: number): ColumnRuns {
  return { values: new Int32Array(3 * width), count: 0 };
}

/**
 * Splits the columns of logits by rows top..bottom: fills `runs` with the longest runs of columns in which all these logits lie
 * above the threshold, or all below, from left to right.
 */
export function agreeingRuns(
  { stride, above, below }: DecidedLogits,
  width: number,
  top: number,
  bottom: number,
  runs: ColumnRuns,
): void {
  const { values } = runs;
  let filled = 0;
  let side = 0;
  let first = 0;
  for (let word = 0, column = 0; word < stride; word++) {
    const n = Math.min(32, width - column);
    const all = n === 32 ? -1 : (1 << n) - 1;
    let over = all;
    let under = all;
    for (let row = top; row <= bottom; row++) {
      over &= above[row * stride + word]!;
      under &= below[row * stride + word]!;
    }
    const step = over === all || under === all ? n : 1;
    for (let bit = 0; bit < n; bit += step, column += step) {
      const next = ((over >>> bit) & 1) - ((under >>> bit) & 1);
      if (side === next) continue;
      if (side !== 0) filled = put(values, filled, first, column - 1, side);
      side = next;
      first = column;
    }
  }
  if (side !== 0) filled = put(values, filled, first, width - 1, side);
  runs.count = filled / 3;
}

function put(values: Int32Array, at: number, first: number, last: number, side: number): number {
  values[at] = first;
  values[at + 1] = last;
  values[at + 2] = side;
  return at + 3;
}
