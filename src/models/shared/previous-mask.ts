import type { MaskPrompt, Prompt } from "../../core/types.ts";
import { logitsFromShape } from "../../masks/area-average.ts";
import { toBytes } from "../../masks/bit-mask.ts";
import type { Tensor } from "./graph.ts";
import type { Frame } from "./preprocess.ts";

/** P x 1 x H x W probabilities in the picture's frame: the previous prediction's, 0 where there is none. */
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
