import { complain } from "../../core/errors.ts";
import { type Family, phrases } from "../family.ts";
import type { Graph, Tensor } from "../runtime/graph.ts";
import { direct, stretched, unscaled } from "../tensors/frames.ts";
import { clickRows, previousMask } from "../tensors/prompt-tensors.ts";

/**
 * Click networks in the style of RITM (saic-vul/ritm_interactive_segmentation,
 * isegm/inference/predictors/base.py): one graph takes the image (values 0 to 1; it normalises), the clicks
 * and the probabilities of the previous mask, and gives one mask's logits in the image's size. No boxes and
 * no predicted IoU: it is always 0. A graph of free height and width gets the image as it is, one of fixed
 * size the image stretched to it. Foreground is a probability above 0.49, as in the reference's evaluation;
 * its zoom-in and its mirrored second pass are not part of it.
 */
export const ritm: Family = {
  name: "ritm",
  title: "click network",
  summary: "click networks: image, points and previous mask in one graph (RITM, FocalClick, SimpleClick)",
  /** isegm/inference/predictors/base.py, and scripts/evaluate_model.py: --thresh 0.49, here as a logit. */
  defaults: {
    image: { scale: 255, normalise: "inside", padding: "none" },
    prompt: { paddingPoint: false, box: false },
    mask: { threshold: Math.log(0.49 / 0.51), predictedIou: "stability", multimask: false },
  },
  signatures: [
    {
      part: "model",
      of: "click networks (RITM, FocalClick, SimpleClick)",
      inputs: ["image", "points"],
      optional: ["prev_mask"],
      outputs: ["logits"],
      ranks: { image: 4, points: 3, prev_mask: 4, logits: 4 },
    },
  ],
  ports: {
    fed: {
      points: "clicks (row, column, order) in pixels, object clicks first",
      prev_mask: "probabilities of the previous step, else zeros",
    },
    read: { logits: phrases.logits },
  },
  contract({ model }, { card }) {
    if (model === undefined)
      throw complain("model", "a click network is one file", { expected: "files.model" });
    const fixed = fixedSize(model, "image");
    const rows = model.inputs.find(({ name }) => name === "points")?.shape[1];
    const pairs = typeof rows === "number" ? rows >> 1 : undefined;
    const remembers = model.inputs.some(({ name }) => name === "prev_mask");
    return {
      decoder: model,
      links: {},
      imageInput: "image",
      side: fixed ?? card.image.size,
      frames: (size) => (fixed === undefined ? unscaled(size) : stretched(size, fixed)),
      feeds: (prompts, frame) => ({
        points: clickRows(prompts, frame, pairs),
        ...(remembers ? { prev_mask: previousMask(prompts, frame) } : {}),
      }),
      read: ({ logits }, prompts) => ({ scores: noScores(prompts), masks: logits! }),
      geometry: direct,
      takes: { box: false, maskInput: remembers, ...(pairs === undefined ? {} : { points: pairs }) },
      batch: { most: 1, how: "declared" },
    };
  },
};

function noScores(prompts: number): Tensor {
  return { type: "float32", dims: [prompts, 1], data: new Float32Array(prompts) };
}

/** Side of a square input of fixed size. */
function fixedSize({ inputs, file }: Graph, name: string): number | undefined {
  const [height, width] = inputs.find((port) => port.name === name)?.shape.slice(-2) ?? [];
  if (typeof height !== "number" || typeof width !== "number") return undefined;
  if (height === width) return height;
  throw complain(file, `input "${name}" is neither free in size nor square`, { got: `${width}x${height}` });
}
