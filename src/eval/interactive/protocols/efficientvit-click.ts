import { peerDefaults } from "../../../core/prompt-defaults.ts";
import { errorClick } from "../error-click.ts";
import { checkCorrections } from "../invariants.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

const { clicks: most, reported } = peerDefaults.efficientvit;

/**
 * EfficientViT-SAM (mit-han-lab/efficientvit, applications/efficientvit_sam/eval_efficientvit_sam_model.py, `run_point`,
 * and sam_eval_utils.py, 2025-09-05): RITM's clicker, clicked pixels excluded; every step asks for the three masks and
 * the highest predicted IoU counts, also past the first click; nothing is fed back.
 */
export const efficientvitClick: Protocol = {
  id: "efficientvit-click@1",
  summary: "EfficientViT-SAM's own: RITM's clicks, best of three masks by predicted IoU in every step",
  needs: {},
  reported,
  points: "any",
  check: checkCorrections,
  measures: (metrics, shown = reported) => clickMeasures({ metrics, reported: shown, calibrated: true }),
  next: ({ target }, done, last) => {
    if (done >= most) return undefined;
    const before = last?.prompt.clicks ?? [];
    const clicks = [...before, errorClick(target, last?.mask, before)];
    return { prompt: { clicks, multimask: true } };
  },
};
