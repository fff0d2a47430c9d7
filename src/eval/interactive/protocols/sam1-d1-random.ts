import { sam1Defaults } from "../../../core/defaults.ts";
import type { Protocol } from "../../../core/types.ts";
import { clickRounds } from "../click-rounds.ts";
import { randomForegroundClick } from "../foreground.ts";

/** As sam1-d1@1, but click 1 is a uniformly drawn foreground pixel; later clicks are the same rule. */
export const sam1D1Random: Protocol = {
  id: "sam1-d1-random@1",
  summary: "random foreground click, then error clicks, logits fed back (SAM paper, appendix D.1)",
  needs: { maskInput: true, points: sam1Defaults.clicks },
  reported: sam1Defaults.reported,
  singleClickStart: true,
  dialogue: true,
  multimask: "one-click",
  feedback: true,
  next: clickRounds({
    rounds: sam1Defaults.clicks,
    feedback: true,
    first: (context) => randomForegroundClick(context, "first-click", 0),
  }),
};
