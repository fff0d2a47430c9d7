// What the SAM family is fed beside the picture: clicks, boxes and masks of P prompts as tensors.
import type { Logits, MaskPrompt, Prompt, Size } from "../../core/types.ts";
import { logitsFromShape } from "../../masks/logits-from-shape.ts";
import type { Tensor } from "../runtime/graph.ts";
import type { Frame } from "./frames.ts";

/** Labels of the SAM contract: 0 and 1 are clicks. */
const BOX_TOP_LEFT = 2;
const BOX_BOTTOM_RIGHT = 3;
const PADDING = -1;

/**
 * `point_coords` (P x N x 2) and `point_labels` (P x N) of prompts of equal length: box corners before the clicks; one
 * padding point (0, 0) with label -1, unscaled, after the clicks where there is no box. Coordinates are scaled per axis
 * by (new size / old size) in double and rounded once to float32; the half pixel belongs to the graph.
 */
export function pointTensors(
  prompts: readonly Prompt[],
  { original, resized }: Frame,
  paddingPoint: boolean,
): { readonly coords: Tensor; readonly labels: Tensor } {
  const scaleX = resized.width / original.width;
  const scaleY = resized.height / original.height;
  const points = prompts.map(({ clicks, box }) => {
    const corners =
      box === undefined
        ? []
        : [
            { x: box.x0, y: box.y0, label: BOX_TOP_LEFT },
            { x: box.x1, y: box.y1, label: BOX_BOTTOM_RIGHT },
          ];
    const scaled = [...corners, ...clicks].map(({ x, y, label }) => [x * scaleX, y * scaleY, label] as const);
    return box === undefined && paddingPoint ? [...scaled, [0, 0, PADDING] as const] : scaled;
  });
  const length = points[0]?.length ?? 0;
  const flat = points.flat();
  return {
    coords: {
      type: "float32",
      dims: [prompts.length, length, 2],
      data: Float32Array.from(flat.flatMap(([x, y]) => [x, y])),
    },
    labels: {
      type: "float32",
      dims: [prompts.length, length],
      data: Float32Array.from(flat.map(([, , label]) => label)),
    },
  };
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

function lowResolution(mask: MaskPrompt, { resized, side }: Frame, low: Size): Logits {
  if (mask.kind === "logits") return mask.logits;
  return logitsFromShape(mask.shape, { frame: side, resized, low: low.width }, mask.magnitude);
}

/** P x ... becomes 1 x P x ...: some exports have an axis for the image in front of that for the prompts. */
export function withPromptAxis(tensor: Tensor): Tensor {
  return { ...tensor, dims: [1, ...tensor.dims] };
}

/** 1 x P x ... becomes P x ... */
export function perPrompt(tensor: Tensor): Tensor {
  return { ...tensor, dims: tensor.dims.slice(1) };
}
