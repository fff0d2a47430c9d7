import { sam1Defaults } from "../../../core/defaults.ts";
import type { Protocol } from "../../../core/types.ts";
import { correction } from "../click-rounds.ts";
import { errorClick } from "../error-click.ts";
import { targetBox } from "../tight-box-prompt.ts";

/** The box in round 0, then error clicks; all prompts are kept, the single-mask output throughout, logits fed back. */
export const boxClicks: Protocol = {
  id: "box+clicks@1",
  summary: "tight box, then error clicks, logits fed back",
  needs: { box: true, maskInput: true, points: 2 + sam1Defaults.clicks },
  reported: [0, ...sam1Defaults.reported],
  singleClickStart: false,
  dialogue: true,
  multimask: "never",
  feedback: true,
  next: ({ target }, done, last) => {
    if (last === undefined)
      return { prompt: { clicks: [], box: targetBox(target), multimask: false }, clicks: 0, oracle: false };
    if (done > sam1Defaults.clicks) return undefined;
    return correction(last, errorClick(target, last.mask), true);
  },
};
