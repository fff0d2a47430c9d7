// The weights of Pillow's antialiased filters (precompute_coeffs and normalize_coeffs_8bpc of Resample.c).

export type ResampleFilter = "bilinear" | "bicubic";

/** Which source pixels make output pixel i, and how much of each: weights[i * taps .. i * taps + counts[i] - 1]. */
interface Table<Weights> {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly weights: Weights;
  readonly taps: number;
}

export type ResampleTable = Table<Int32Array>;
export type ExactTable = Table<Float64Array>;

/** Weights are whole numbers of 2^-22: 32 bits less 8 of the pixel and 2 for overshoot. */
const WEIGHT_BITS = 22;

const filters = {
  bilinear: { support: 1, weight: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: (x: number) => bicubic(Math.abs(x)) },
} as const;

/** Keys' cubic convolution with a = -0.5, in Pillow's order of operations. */
function bicubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/** Tables made lately: a data set has few sizes of pictures. */
const recent = new Map<string, ResampleTable>();
const MOST_RECENT = 16;

/** The table of one axis in whole numbers, not to be written to. */
export function resampleTable(from: number, to: number, filter: ResampleFilter): ResampleTable {
  const key = `${from} ${to} ${filter}`;
  const table = recent.get(key) ?? wholeTable(from, to, filter);
  recent.delete(key);
  recent.set(key, table);
  if (recent.size > MOST_RECENT) recent.delete(recent.keys().next().value!);
  return table;
}

function wholeTable(from: number, to: number, filter: ResampleFilter): ResampleTable {
  const exact = exactTable(from, to, filter);
  const weights = Int32Array.from(exact.weights, (weight) => {
    const share = weight * 2 ** WEIGHT_BITS;
    return Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
  });
  return { ...exact, weights };
}

/**
 * The table of one axis, its weights adding up to 1. When shrinking, the filter is widened by the scale, so that every
 * source pixel counts; at the borders it is cut off and its weights divided by their sum.
 */
export function exactTable(from: number, to: number, filter: ResampleFilter): ExactTable {
  const { support: reach, weight } = filters[filter];
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = reach * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Float64Array(to * taps);
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(from, Math.trunc(center + support + 0.5)) - start;
    const row = weights.subarray(i * taps, i * taps + count);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      row[k] = weight((k + start - center + 0.5) * (1 / stretch));
      sum += row[k]!;
    }
    for (let k = 0; k < count && sum !== 0; k++) row[k] = row[k]! / sum;
    starts[i] = start;
    counts[i] = count;
  }
  return { starts, counts, weights, taps };
}
