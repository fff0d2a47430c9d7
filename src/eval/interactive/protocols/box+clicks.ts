import { sam1Defaults } from "../../../core/prompt-defaults.ts";
import { correction, errorClick } from "../error-click.ts";
import { targetBox } from "../foreground.ts";
import { checkCorrections } from "../invariants.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

const reported = [0, ...sam1Defaults.reported];

/** The box in step 0, then error clicks; all prompts are kept, the single-mask output throughout, logits fed back. */
export const boxClicks: Protocol = {
  id: "box+clicks@1",
  summary: "tight box, then error clicks, logits fed back",
  needs: { box: true, maskInput: true, points: 2 + sam1Defaults.clicks },
  reported,
  points: "any",
  opening: "box",
  check: checkCorrections,
  measures: (metrics, shown = reported) => clickMeasures({ metrics, reported: shown, opening: "box" }),
  next: ({ target }, done, last) => {
    if (last === undefined) return { prompt: { clicks: [], box: targetBox(target), multimask: false } };
    if (done > sam1Defaults.clicks) return undefined;
    return correction(last, errorClick(target, last.mask), true);
  },
};
