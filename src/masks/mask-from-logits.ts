// From low-resolution logits to a mask at the original size, as SAM's `Sam.postprocess_masks`. Computed in WebAssembly
// (wasm/logits.ts).
import type { BitMask, Logits, MaskMeasure, Size } from "../core/types.ts";
import code from "./logits-wasm.ts";
import { bilinearTaps, type Taps } from "./resize-logits.ts";
import { lazyModule, type ModuleMemory, outOfMemory } from "./wasm.ts";

interface LogitsModule {
  readonly memory: ModuleMemory;
  prepare(...sizes: readonly number[]): number;
  logitsAt(): number;
  draw(threshold: number): number;
  measure(threshold: number, inside: number, outside: number): void;
}

const module = lazyModule<LogitsModule>(code);

/** Sizes whose tables are in the module's memory: an image's masks come one after the other. */
let prepared: string | undefined;

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
 * Cost: pixels that read only logits on one side of the threshold are set or skipped in runs; only the rest, along
 * outlines, is interpolated. Example: logits that are 1 everywhere give a full mask.
 */
export function maskFromLogits(logits: Logits, geometry: MaskGeometry): BitMask {
  const { width, height } = geometry.original;
  const { memory, draw } = loaded(logits, geometry);
  const stride = (width + 31) >>> 5;
  const at = draw(Math.fround(geometry.threshold)) >>> 0;
  return { width, height, stride, words: new Uint32Array(memory.buffer, at, stride * height).slice() };
}

/**
 * What `maskFromLogits` would draw, as counts and a box, and how many pixels are above threshold + offset (`inside`) and threshold - offset
 * (`outside`), sums rounded to float32: SAM's `calculate_stability_score` is inside / outside. Cost: one pass; only pixels along outlines
 * are interpolated, once for all three, and none is drawn.
 */
export function measureLogits(logits: Logits, geometry: MaskGeometry, offset: number): MaskMeasure {
  const { memory, measure } = loaded(logits, geometry);
  const { threshold } = geometry;
  measure(Math.fround(threshold), Math.fround(threshold + offset), Math.fround(threshold - offset));
  const [area, inside, outside, x0, y0, x1, y1] = new Int32Array(memory.buffer, 0, 7) as unknown as Seven;
  return { area, inside, outside, box: area === 0 ? undefined : { x0, y0, x1, y1 } };
}

type Seven = readonly [number, number, number, number, number, number, number];

/** The module, with the tables of `geometry` and the logits in its memory. */
function loaded(logits: Logits, geometry: MaskGeometry): LogitsModule {
  const { resized, original } = geometry;
  const frame =
    typeof geometry.frame === "number" ? { width: geometry.frame, height: geometry.frame } : geometry.frame;
  const sizes = [logits, frame, resized, original].map(({ width, height }) => `${width}x${height}`).join(" ");
  if (sizes !== prepared) {
    prepared = undefined; // also if what follows throws
    putTables(logits, frame, resized, original);
    prepared = sizes;
  }
  const { memory, logitsAt } = module();
  new Float32Array(memory.buffer, logitsAt() >>> 0, logits.data.length).set(logits.data);
  return module();
}

/**
 * Where the pixels of an image read low-resolution logits, by way of the frame that the model sees: taps from
 * `low` to `frame`, of which `resized` is kept, and from there to `original`; and for each logit column the
 * first pixel that reads nothing left of it, and the pixel after the last that reads nothing right of it.
 */
function putTables(low: Size, frame: Size, resized: Size, { width, height }: Size): void {
  const toFrameX = bilinearTaps(low.width, frame.width, resized.width);
  const toFrameY = bilinearTaps(low.height, frame.height, resized.height);
  const toImageX = bilinearTaps(resized.width, width);
  const toImageY = bilinearTaps(resized.height, height);
  const firstPixel = new Int32Array(low.width).fill(width);
  const pixelsEnd = new Int32Array(low.width);
  for (let x = width - 1; x >= 0; x--) firstPixel[toFrameX.first[toImageX.first[x]!]!] = x;
  for (let x = 0; x < width; x++) pixelsEnd[toFrameX.second[toImageX.second[x]!]!] = x + 1;
  for (let c = low.width - 2; c >= 0; c--) firstPixel[c] = Math.min(firstPixel[c]!, firstPixel[c + 1]!);
  for (let c = 1; c < low.width; c++) pixelsEnd[c] = Math.max(pixelsEnd[c]!, pixelsEnd[c - 1]!);

  const { memory, prepare } = module();
  const rows = mostRows(toFrameY, toImageY);
  let at = prepare(low.width, low.height, resized.width, resized.height, width, height, rows) >>> 0;
  if (at === 0) throw outOfMemory(memory);
  const taps = [toFrameX, toFrameY, toImageX, toImageY].flatMap(({ first, second, near, far }) => [
    first,
    second,
    near,
    far,
  ]);
  for (const table of [...taps, firstPixel, pixelsEnd]) at = put(memory.buffer, at, table);
}

/** Copies a table to `at`; returns where it ends. */
function put(
  buffer: ArrayBuffer,
  at: number,
  { buffer: source, byteOffset, byteLength }: Int32Array | Float32Array,
) {
  new Uint8Array(buffer).set(new Uint8Array(source, byteOffset, byteLength), at);
  return at + byteLength;
}

/** The most rows of logits that one image row reads. */
function mostRows(toFrame: Taps, { first, second }: Taps): number {
  let most = 0;
  for (let y = 0; y < first.length; y++)
    most = Math.max(most, toFrame.second[second[y]!]! - toFrame.first[first[y]!]! + 1);
  return most;
}
