import type { Logits, MaskPrompt, Prompt, Size } from "../../core/types.ts";
import { logitsFromShape } from "../../masks/area-average.ts";
import type { Tensor } from "./graph.ts";
import type { Frame } from "./preprocess.ts";

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
