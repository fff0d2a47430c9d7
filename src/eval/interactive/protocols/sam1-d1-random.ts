import { sam1Defaults } from "../../../core/prompt-defaults.ts";
import { clickSteps } from "../error-click.ts";
import { randomForegroundClick } from "../foreground.ts";
import { checkCorrections } from "../invariants.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

/** As sam1-d1@1, but click 1 is a uniformly drawn foreground pixel; later clicks are the same rule. */
export const sam1D1Random: Protocol = {
  id: "sam1-d1-random@1",
  summary: "random foreground click, then error clicks, logits fed back (SAM paper, appendix D.1)",
  needs: { maskInput: true, points: sam1Defaults.clicks },
  reported: sam1Defaults.reported,
  points: "any",
  check: checkCorrections,
  measures: (metrics, reported = sam1Defaults.reported) =>
    clickMeasures({ metrics, reported, calibrated: true }),
  next: clickSteps({
    steps: sam1Defaults.clicks,
    feedback: true,
    first: (context) => randomForegroundClick(context, "first-click", 0),
  }),
};
