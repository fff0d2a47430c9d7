import type { Size } from "../core/types.ts";
import { bilinearTaps, type Taps } from "./bilinear-taps.ts";

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
export function upsamplingPlan(low: Size, frame: Size, resized: Size, original: Size): UpsamplingPlan {
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
