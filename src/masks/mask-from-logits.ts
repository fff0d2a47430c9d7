// From low-resolution logits to a mask at the original size, as SAM's `Sam.postprocess_masks`. The work is done in WebAssembly
// (wasm/logits.ts).
import type { BitMask, Logits, Size } from "../core/types.ts";
import code from "./logits-wasm.ts";
import { bilinearTaps, type Taps } from "./resize-logits.ts";
import { lazyModule, type ModuleMemory, outOfMemory } from "./wasm.ts";

interface LogitsModule {
  readonly memory: ModuleMemory;
  prepare(...sizes: readonly number[]): number;
  logitsAt(): number;
  draw(threshold: number): number;
}

const module = lazyModule<LogitsModule>(code);

/** The plan whose tables lie in the module's memory. */
let prepared: UpsamplingPlan | undefined;

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
 * Cost: pixels that read only logits on one side of the threshold are set, or left, by the run; only the rest, along
 * outlines, is interpolated. Example: logits that are 1 everywhere give a full mask.
 */
export function maskFromLogits(logits: Logits, geometry: MaskGeometry): BitMask {
  const { resized, original } = geometry;
  const frame =
    typeof geometry.frame === "number" ? { width: geometry.frame, height: geometry.frame } : geometry.frame;
  const threshold = Math.fround(geometry.threshold);
  const plan = upsamplingPlan(logits, frame, resized, original);
  if (plan !== prepared) {
    prepared = undefined; // whatever ends what follows early
    putTables(module(), plan, logits, original);
    prepared = plan;
  }
  const { memory, logitsAt, draw } = module();
  const { buffer } = memory;
  new Float32Array(buffer, logitsAt() >>> 0, logits.data.length).set(logits.data);
  const stride = (original.width + 31) >>> 5;
  const words = new Uint32Array(buffer, draw(threshold) >>> 0, stride * original.height).slice();
  return { width: original.width, height: original.height, stride, words };
}

function putTables(
  { memory, prepare }: LogitsModule,
  plan: UpsamplingPlan,
  low: Size,
  { width, height }: Size,
): void {
  const { toFrameX, toFrameY, toImageX, toImageY, firstPixel, pixelsEnd, rows } = plan;
  const frame = [toFrameX.first.length, toFrameY.first.length];
  let at = prepare(low.width, low.height, ...frame, width, height, rows) >>> 0;
  if (at === 0) throw outOfMemory(memory);
  const { buffer } = memory;
  for (const { first, second, near, far } of [toFrameX, toFrameY, toImageX, toImageY])
    for (const table of [first, second, near, far]) at = put(buffer, at, table);
  for (const table of [firstPixel, pixelsEnd]) at = put(buffer, at, table);
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

/** Where the pixels of an image read low-resolution logits, by way of the frame that the model sees. */
export interface UpsamplingPlan {
  readonly toFrameX: Taps;
  readonly toFrameY: Taps;
  readonly toImageX: Taps;
  readonly toImageY: Taps;
  /** For each logit column the first pixel that reads nothing left of it. */
  readonly firstPixel: Int32Array;
  /** For each logit column the pixel after the last that reads nothing right of it. */
  readonly pixelsEnd: Int32Array;
  /** The most rows of logits that one image row reads. */
  readonly rows: number;
}

/** The last plan: an image's masks come one after the other. */
let last: { readonly sizes: string; readonly plan: UpsamplingPlan } | undefined;

/** Logits of size `low` are resized to `frame`, cropped to `resized` and resized to `original`. */
function upsamplingPlan(low: Size, frame: Size, resized: Size, original: Size): UpsamplingPlan {
  const sizes = [low, frame, resized, original].map(({ width, height }) => `${width}x${height}`).join(" ");
  if (last?.sizes !== sizes) last = { sizes, plan: newPlan(low, frame, resized, original) };
  return last.plan;
}

function newPlan(low: Size, frame: Size, resized: Size, original: Size): UpsamplingPlan {
  const toFrameX = bilinearTaps(low.width, frame.width, resized.width);
  const toImageX = bilinearTaps(resized.width, original.width);
  const firstPixel = new Int32Array(low.width).fill(original.width);
  const pixelsEnd = new Int32Array(low.width);
  for (let x = original.width - 1; x >= 0; x--) firstPixel[toFrameX.first[toImageX.first[x]!]!] = x;
  for (let x = 0; x < original.width; x++) pixelsEnd[toFrameX.second[toImageX.second[x]!]!] = x + 1;
  for (let c = low.width - 2; c >= 0; c--) firstPixel[c] = Math.min(firstPixel[c]!, firstPixel[c + 1]!);
  for (let c = 1; c < low.width; c++) pixelsEnd[c] = Math.max(pixelsEnd[c]!, pixelsEnd[c - 1]!);
  const toFrameY = bilinearTaps(low.height, frame.height, resized.height);
  const toImageY = bilinearTaps(resized.height, original.height);
  const rows = mostRows(toFrameY, toImageY);
  return { toFrameX, toFrameY, toImageX, toImageY, firstPixel, pixelsEnd, rows };
}

function mostRows(toFrame: Taps, { first, second }: Taps): number {
  let most = 0;
  for (let y = 0; y < first.length; y++)
    most = Math.max(most, toFrame.second[second[y]!]! - toFrame.first[first[y]!]! + 1);
  return most;
}
