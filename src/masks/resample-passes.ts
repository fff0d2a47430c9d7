// The two passes of Pillow's resampling. The sums are made in WebAssembly (wasm/resample.ts), where a pixel's channels, or sixteen
// neighbouring bytes, are added at a time: whole numbers, so the result is the same as one by one. Rows pass through the module's
// memory in bands, so that it stays as small as a processor's cache whatever the picture.
import { BAND_BYTES, ensureBytes, lazyModule, type ModuleMemory } from "./instantiate.ts";
import type { ResampleTable } from "./resample-table.ts";
import code from "./resample-wasm.ts";

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
 * Vertical pass: each output row is a weighted sum of rows of `rowBytes` bytes; `rows` begins at row `firstRow`. A sum of many rows
 * takes more than a band.
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

/** Makes room for a table and for bytes before and after, and puts the table there. */
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
