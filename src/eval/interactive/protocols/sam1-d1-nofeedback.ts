import { sam1Defaults } from "../../../core/prompt-defaults.ts";
import { clickSteps } from "../error-click.ts";
import { checkCorrections } from "../invariants.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

/** As sam1-d1@1 without a mask prompt: the paper implies feedback but does not state it. */
export const sam1D1NoFeedback: Protocol = {
  id: "sam1-d1-nofeedback@1",
  summary: "center click, then error clicks, no logits fed back",
  needs: { points: sam1Defaults.clicks },
  reported: sam1Defaults.reported,
  points: "any",
  check: checkCorrections,
  measures: (metrics, reported = sam1Defaults.reported) =>
    clickMeasures({ metrics, reported, calibrated: true }),
  next: clickSteps({ steps: sam1Defaults.clicks, feedback: false }),
};
