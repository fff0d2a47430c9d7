// From low-resolution logits to a mask at the original size, as SAM's `Sam.postprocess_masks`.
import type { BitMask, Logits, Size } from "../core/types.ts";
import { createMask, setRun } from "./bit-mask.ts";
import { agreeingRuns, createRuns, decidedLogits } from "./decided-logits.ts";
import { createStrips } from "./logit-strips.ts";
import { upsamplingPlan } from "./upsampling-plan.ts";

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
  const { toFrameY, toImageY, firstPixel, pixelsEnd } = plan;
  const decided = decidedLogits(logits, threshold);
  const runs = createRuns(logits.width);
  const mask = createMask(original.width, original.height);
  const drawStrip = createStrips(logits, plan, threshold, mask);
  const topOf = (y: number) => toFrameY.first[toImageY.first[y]!]!;
  const bottomOf = (y: number) => toFrameY.second[toImageY.second[y]!]!;
  for (let y0 = 0, y1 = 0; y0 < original.height; y0 = y1) {
    // Image rows that read the same rows of logits are split in the same places.
    const top = topOf(y0);
    const bottom = bottomOf(y0);
    for (y1 = y0 + 1; y1 < original.height && topOf(y1) === top && bottomOf(y1) === bottom; ) y1++;
    agreeingRuns(decided, logits.width, top, bottom, runs);
    let x = 0;
    for (let run = 0; run < 3 * runs.count; run += 3) {
      const from = firstPixel[runs.values[run]!]!;
      const to = pixelsEnd[runs.values[run + 1]!]!;
      if (from >= to) continue;
      drawStrip({ x0: x, x1: from, y0, y1 });
      if (runs.values[run + 2]! > 0) for (let y = y0; y < y1; y++) setRun(mask, y, from, to);
      x = to;
    }
    drawStrip({ x0: x, x1: original.width, y0, y1 });
  }
  return mask;
}
