import { sam1Defaults } from "../../../core/defaults.ts";
import type { Protocol } from "../../../core/types.ts";
import { clickRounds } from "../click-rounds.ts";

/** Appendix D.1 of the SAM paper: the center of the mask, then error clicks with the logits fed back. */
export const sam1D1: Protocol = {
  id: "sam1-d1@1",
  summary: "center click, then error clicks, logits fed back (SAM paper, appendix D.1)",
  needs: { maskInput: true, points: sam1Defaults.clicks },
  reported: sam1Defaults.reported,
  singleClickStart: true,
  dialogue: true,
  multimask: "one-click",
  feedback: true,
  next: clickRounds({ rounds: sam1Defaults.clicks, feedback: true }),
};
