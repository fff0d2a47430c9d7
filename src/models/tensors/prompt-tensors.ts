// Prompt tensors: clicks, boxes and masks of P prompts, in SAM's and in RITM's encoding.
import { complain } from "../../core/errors.ts";
import type { Logits, MaskPrompt, Prompt, Size } from "../../core/types.ts";
import { toBytes } from "../../masks/bit-mask.ts";
import { logitsFromShape } from "../../masks/resize-logits.ts";
import type { Tensor } from "../runtime/graph.ts";
import type { Frame } from "./frames.ts";

/** Labels of the SAM contract: 0 and 1 are clicks. */
const BOX_TOP_LEFT = 2;
const BOX_BOTTOM_RIGHT = 3;
const PADDING = -1;

/**
 * `point_coords` (P x N x 2) and `point_labels` (P x N) of prompts of equal length: box corners before the clicks; one
 * padding point (0, 0) with label -1, unscaled, after the clicks where there is no box and the card wants it. Coordinates are scaled per axis
 * by (new size / old size) in double and rounded once to float32; the half pixel belongs to the graph.
 */
export function pointTensors(
  prompts: readonly Prompt[],
  { original, resized }: Frame,
  paddingPoint: PaddingPoint,
): { readonly coords: Tensor; readonly labels: Tensor } {
  const scaleX = resized.width / original.width;
  const scaleY = resized.height / original.height;
  const points = prompts.map(({ clicks, box }) => [
    ...(box === undefined ? [] : [{ x: box.x0, y: box.y0, label: BOX_TOP_LEFT }]),
    ...(box === undefined ? [] : [{ x: box.x1, y: box.y1, label: BOX_BOTTOM_RIGHT }]),
    ...clicks,
    ...(padded(paddingPoint, clicks.length) && box === undefined ? [{ x: 0, y: 0, label: PADDING }] : []),
  ]);
  const length = points[0]?.length ?? 0;
  const coords = Float32Array.from(points.flat().flatMap(({ x, y }) => [x * scaleX, y * scaleY]));
  const labels = Float32Array.from(points.flat(), ({ label }) => label);
  return {
    coords: { type: "float32", dims: [prompts.length, length, 2], data: coords },
    labels: { type: "float32", dims: [prompts.length, length], data: labels },
  };
}

/** As a card says it: always, never, or after clicks alone. */
type PaddingPoint = boolean | "clicks";

function padded(choice: PaddingPoint, clicks: number): boolean {
  return choice === "clicks" ? clicks > 0 : choice;
}

/**
 * `mask_input` (P x 1 x h x w) and `has_mask_input` (P): the prompts' masks, or zeros and 0 where they have none. Their
 * logits are fed as they are or through `fedAs`.
 */
export function maskTensors(
  prompts: readonly Prompt[],
  frame: Frame,
  low: Size,
  fedAs?: (logit: number) => number,
): { readonly masks: Tensor; readonly flags: Tensor } {
  const cells = low.width * low.height;
  const data = new Float32Array(prompts.length * cells);
  const flags = new Float32Array(prompts.length);
  prompts.forEach(({ mask }, i) => {
    if (mask === undefined) return;
    const logits = lowResolution(mask, frame, low).data;
    data.set(fedAs === undefined ? logits : logits.map(fedAs), i * cells);
    flags[i] = 1;
  });
  return {
    masks: { type: "float32", dims: [prompts.length, 1, low.height, low.width], data },
    flags: { type: "float32", dims: [prompts.length], data: flags },
  };
}

/** How logits are fed where a card cuts them off. */
export function clampedTo(limit: number | undefined): ((logit: number) => number) | undefined {
  return limit === undefined ? undefined : (logit) => Math.max(-limit, Math.min(limit, logit));
}

function lowResolution(mask: MaskPrompt, { resized, side }: Frame, low: Size): Logits {
  if (mask.kind === "logits") return mask.logits;
  return logitsFromShape(mask.shape, { frame: side, resized, low: low.width }, mask.magnitude);
}

/** P x ... becomes 1 x P x ...: some exports have an axis for the image before that of the prompts. */
export function withPromptAxis(tensor: Tensor): Tensor {
  return { ...tensor, dims: [1, ...tensor.dims] };
}

/** 1 x P x ... becomes P x ... */
export function perPrompt(tensor: Tensor): Tensor {
  return { ...tensor, dims: tensor.dims.slice(1) };
}

// RITM's encoding: clicks as rows of one tensor, foreground in its first half and background in its second,
// and the previous mask as a channel of its own.

/**
 * Clicks in RITM's encoding: P x 2N x 3, foreground clicks in the first N rows and background ones in the
 * others, each (y, x, number of the click), unused rows -1. N is the larger of the two counts, at least 1, or
 * `pairs` where the graph fixes it.
 */
export function clickRows(
  prompts: readonly Prompt[],
  { original, resized }: Frame,
  pairs: number | undefined,
): Tensor {
  const scaleX = resized.width / original.width;
  const scaleY = resized.height / original.height;
  const counts = prompts.flatMap(({ clicks }) =>
    [0, 1].map((label) => clicks.filter((click) => click.label === label).length),
  );
  const most = Math.max(1, ...counts);
  if (pairs !== undefined && most > pairs)
    throw complain("prompt", "more clicks of one kind than the graph takes", {
      expected: `at most ${pairs}`,
      got: `${most}`,
    });
  const half = pairs ?? most;
  const data = new Float32Array(prompts.length * half * 6).fill(-1);
  prompts.forEach(({ clicks }, prompt) => {
    const next = [half, 0];
    clicks.forEach(({ x, y, label }, number) => {
      const row = prompt * half * 2 + next[label]!++;
      data.set([y * scaleY, x * scaleX, number], row * 3);
    });
  });
  return { type: "float32", dims: [prompts.length, half * 2, 3], data };
}

/** P x 1 x H x W probabilities in the image's frame: the previous prediction's, 0 where there is none. */
export function previousMask(prompts: readonly Prompt[], frame: Frame): Tensor {
  const { width, height } = frame.resized;
  const cells = width * height;
  const data = new Float32Array(prompts.length * cells);
  prompts.forEach(({ mask }, i) => {
    if (mask !== undefined) data.set(probabilities(mask, frame), i * cells);
  });
  return { type: "float32", dims: [prompts.length, 1, height, width], data };
}

function probabilities(mask: MaskPrompt, { original, resized, side }: Frame): ArrayLike<number> {
  if (mask.kind === "logits") return mask.logits.data.map((logit) => 1 / (1 + Math.exp(-logit)));
  if (resized.width === original.width && resized.height === original.height) return toBytes(mask.shape);
  const covered = logitsFromShape(mask.shape, { frame: side, resized, low: side }, 1);
  return covered.data.map((value) => (value + 1) / 2);
}
