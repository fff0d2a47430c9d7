import { sam1Defaults } from "../../../core/prompt-defaults.ts";
import { clickSteps } from "../error-click.ts";
import { checkCorrections } from "../invariants.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

/** Appendix D.1 of the SAM paper: the center of the mask, then error clicks with the logits fed back. */
export const sam1D1: Protocol = {
  id: "sam1-d1@1",
  summary: "center click, then error clicks, logits fed back (SAM paper, appendix D.1)",
  needs: { maskInput: true, points: sam1Defaults.clicks },
  reported: sam1Defaults.reported,
  points: "any",
  check: checkCorrections,
  measures: (metrics, reported = sam1Defaults.reported) =>
    clickMeasures({ metrics, reported, calibrated: true }),
  next: clickSteps({ steps: sam1Defaults.clicks, feedback: true }),
};
