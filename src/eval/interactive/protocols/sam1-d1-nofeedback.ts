import { sam1Defaults } from "../../../core/defaults.ts";
import type { Protocol } from "../../../core/types.ts";
import { clickRounds } from "../click-rounds.ts";

/** As sam1-d1@1 without a mask prompt: the paper implies feedback but does not state it. */
export const sam1D1NoFeedback: Protocol = {
  id: "sam1-d1-nofeedback@1",
  summary: "center click, then error clicks, no logits fed back",
  needs: { points: sam1Defaults.clicks },
  reported: sam1Defaults.reported,
  singleClickStart: true,
  dialogue: true,
  multimask: "one-click",
  feedback: false,
  next: clickRounds({ rounds: sam1Defaults.clicks, feedback: false }),
};
