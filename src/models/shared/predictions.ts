import type { Candidate, Logits, Prediction } from "../../core/types.ts";
import type { Tensor } from "./graph.ts";

/**
 * Splits `iou_predictions` (P x M) and `low_res_masks` (P x M x h x w) into one prediction per prompt, with the
 * candidates that `indices` names, in that order. A value that is not finite makes its prompt's prediction failed.
 */
export function predictionsOf(
  scores: Tensor,
  masks: Tensor,
  indices: readonly (readonly number[])[],
): Prediction[] {
  const [, outputs = 0, height = 0, width = 0] = masks.dims;
  const values = scores.data as Float32Array;
  const logits = masks.data as Float32Array;
  const cells = height * width;
  return indices.map((wanted, prompt) => {
    const candidates: Candidate[] = [];
    for (const index of wanted) {
      const at = prompt * outputs + index;
      const predictedIou = values[at]!;
      const lowResolution: Logits = { width, height, data: logits.subarray(at * cells, (at + 1) * cells) };
      if (!Number.isFinite(predictedIou))
        return { status: "failed", reason: `predicted IoU of mask ${index} is not finite: ${predictedIou}` };
      if (!allFinite(lowResolution.data))
        return { status: "failed", reason: `logits of mask ${index} are not finite` };
      candidates.push({ predictedIou, lowResolution });
    }
    return { status: "ok", candidates };
  });
}

/** x * 0 is 0 for finite x and NaN otherwise, so one sum tells. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0;
}
