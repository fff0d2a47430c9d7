// Pillow's antialiased resampling, one axis at a time: the weights (precompute_coeffs and
// normalize_coeffs_8bpc of Resample.c), and the passes that apply them, of bytes as Pillow has them and of
// floats as torch has them.
import type { Size } from "../core/types.ts";
import code from "./resample-wasm.ts";
import { BAND_BYTES, ensureBytes, lazyModule, type ModuleMemory } from "./wasm.ts";

export type ResampleFilter = "bilinear" | "bicubic";

/** Source pixels of each output pixel i and their weights: weights[i * taps .. i * taps + counts[i] - 1]. */
interface Table<Weights> {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly weights: Weights;
  readonly taps: number;
}

type ResampleTable = Table<Int32Array>;
type ExactTable = Table<Float64Array>;

/** Weights are integer multiples of 2^-22: 32 bits less 8 of the pixel and 2 for overshoot. */
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

/** Recent tables: a benchmark has few sizes of images. */
const recent = new Map<string, ResampleTable>();
const MOST_RECENT = 16;

/** The integer table of one axis, not to be written to. */
export function resampleTable(from: number, to: number, filter: ResampleFilter): ResampleTable {
  const key = `${from} ${to} ${filter}`;
  const table = recent.get(key) ?? wholeTable(exactTable(from, to, filter));
  recent.delete(key);
  recent.set(key, table);
  if (recent.size > MOST_RECENT) recent.delete(recent.keys().next().value!);
  return table;
}

function wholeTable(exact: ExactTable): ResampleTable {
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

// Passes of bytes. WebAssembly (wasm/resample.ts) adds a pixel's channels, or sixteen neighbouring bytes, at
// a time: in integers, so that the result is the same as one by one. Rows pass through the module's memory in
// bands, so that it stays as small as a processor's cache whatever the image.

interface Passes {
  readonly memory: ModuleMemory;
  stretch(...numbers: readonly number[]): void;
  squash(...numbers: readonly number[]): void;
}

const passes = lazyModule<Passes>(code);

/** Passes read and write up to this much past the end. */
const SPILL = 16;

/** Horizontal pass: rows of `width` pixels of one to four 8-bit channels become rows of `table.starts.length` pixels. */
export function stretchRows(
  rows: Uint8Array,
  width: number,
  height: number,
  channels: number,
  table: ResampleTable,
): Uint8Array {
  const columns = table.starts.length;
  const [from, to] = [width * channels, columns * channels];
  const band = Math.min(height, Math.max(1, Math.floor(BAND_BYTES / Math.max(from, to))));
  const { heap, tables, source, target } = place(table, band * from, band * to);
  const out = new Uint8Array(height * to);
  for (let y = 0; y < height; y += band) {
    const count = Math.min(band, height - y);
    heap.set(rows.subarray(y * from, (y + count) * from), source);
    passes().stretch(source, from, count, channels, ...tables, table.taps, columns, target);
    out.set(heap.subarray(target, target + count * to), y * to);
  }
  return out;
}

/**
 * Vertical pass: each output row is a weighted sum of rows of `rowBytes` bytes; `rows` begins at row
 * `firstRow`. A sum of many rows takes more than a band.
 */
export function squashRows(
  rows: Uint8Array,
  rowBytes: number,
  firstRow: number,
  table: ResampleTable,
): Uint8Array {
  const { starts, counts } = table;
  const height = starts.length;
  const endOf = (y: number) => starts[y]! + counts[y]!;
  const band = Math.max(1, Math.floor(BAND_BYTES / rowBytes));
  const most = Math.max(
    band,
    counts.reduce((a, b) => Math.max(a, b)),
  );
  const { heap, tables, source, target } = place(table, most * rowBytes, band * rowBytes);
  const out = new Uint8Array(height * rowBytes);
  for (let y = 0, end = 0; y < height; y = end) {
    const first = starts[y]!;
    for (end = y + 1; end < height && end - y < band && endOf(end) - first <= most; ) end++;
    heap.set(rows.subarray((first - firstRow) * rowBytes, (endOf(end - 1) - firstRow) * rowBytes), source);
    passes().squash(source, rowBytes, first, ...tables, table.taps, y, end, target);
    out.set(heap.subarray(target, target + (end - y) * rowBytes), y * rowBytes);
  }
  return out;
}

/** Makes room for a table and for bytes before and after it, and copies the table there. */
function place({ starts, counts, weights }: ResampleTable, sourceBytes: number, targetBytes: number) {
  const sizes = [starts.byteLength, counts.byteLength, weights.byteLength, sourceBytes, targetBytes];
  let end = 0;
  const [atStarts, atCounts, atWeights, source, target] = sizes.map((size) => {
    const at = end;
    end += (size + SPILL + 15) & ~15;
    return at;
  }) as [number, number, number, number, number];
  const { memory } = passes();
  ensureBytes(memory, end);
  const words = new Int32Array(memory.buffer);
  words.set(starts, atStarts / 4);
  words.set(counts, atCounts / 4);
  words.set(weights, atWeights / 4);
  return { heap: new Uint8Array(memory.buffer), tables: [atStarts, atCounts, atWeights], source, target };
}

// Passes of floats, each rounded to float32.

/** Horizontal pass: one channel of 8-bit RGB pixels, as the 256 `values`, becomes rows of `starts.length` floats. */
export function stretchFloats(
  { data, width, height }: Size & { readonly data: Uint8Array },
  channel: number,
  values: Float32Array,
  { starts, counts, weights, taps }: ExactTable,
  out: Float32Array,
): void {
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < starts.length; x++, at++) {
      let from = (y * width + starts[x]!) * 3 + channel;
      let sum = 0;
      for (let k = x * taps; k < x * taps + counts[x]!; k++, from += 3)
        sum += values[data[from]!]! * weights[k]!;
      out[at] = sum;
    }
  }
}

/** Vertical pass of rows of `width` floats. */
export function squashFloats(
  rows: Float32Array,
  width: number,
  { starts, counts, weights, taps }: ExactTable,
  out: Float32Array,
): void {
  const sums = new Float64Array(width);
  for (let y = 0; y < starts.length; y++) {
    sums.fill(0);
    for (let k = 0; k < counts[y]!; k++) {
      const weight = weights[y * taps + k]!;
      const from = (starts[y]! + k) * width;
      for (let x = 0; x < width; x++) sums[x]! += rows[from + x]! * weight;
    }
    out.set(sums, y * width);
  }
}
