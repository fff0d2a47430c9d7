import { peerDefaults } from "../../../core/defaults.ts";
import type { Protocol } from "../../../core/types.ts";
import { errorClick } from "../error-click.ts";

const { clicks: rounds, reported } = peerDefaults.efficientvit;

/**
 * EfficientViT-SAM (mit-han-lab/efficientvit, applications/efficientvit_sam/eval_efficientvit_sam_model.py, `run_point`,
 * and sam_eval_utils.py, 2025-09-05): RITM's clicker, clicked pixels excluded; every round asks for the three masks and
 * the highest predicted IoU counts, also past the first click; nothing is fed back.
 */
export const efficientvitClick: Protocol = {
  id: "efficientvit-click@1",
  summary: "EfficientViT-SAM's own: RITM's clicks, best of three masks by predicted IoU in every round",
  needs: {},
  reported,
  singleClickStart: true,
  dialogue: true,
  multimask: "always",
  feedback: false,
  next: ({ target }, done, last) => {
    if (done >= rounds) return undefined;
    const before = last?.prompt.clicks ?? [];
    const clicks = [...before, errorClick(target, last?.mask, before)];
    return { prompt: { clicks, multimask: true }, clicks: clicks.length, oracle: clicks.length === 1 };
  },
};
