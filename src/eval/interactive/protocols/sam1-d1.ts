import { sam1Defaults } from "../../../core/defaults.ts";
import { clickSteps } from "../error-click.ts";
import { randomForegroundClick } from "../foreground.ts";
import { checkCorrections } from "../invariants.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

const { clicks: steps, reported } = sam1Defaults;

/** Appendix D.1 of the SAM paper: the center of the mask, then error clicks with the logits fed back. */
export const sam1D1: Protocol = {
  id: "sam1-d1@1",
  summary: "center click, then error clicks, logits fed back (SAM paper, appendix D.1)",
  needs: { maskInput: true, points: steps },
  reported,
  check: checkCorrections,
  measures: (metrics) => clickMeasures({ metrics, reported, calibrated: true }),
  next: clickSteps({ steps, feedback: true }),
};

/** The same, but click 1 is a uniformly drawn foreground pixel; later clicks are the same rule. */
export const sam1D1Random: Protocol = {
  ...sam1D1,
  id: "sam1-d1-random@1",
  summary: "random foreground click, then error clicks, logits fed back (SAM paper, appendix D.1)",
  next: clickSteps({
    ...{ steps, feedback: true },
    first: (context) => randomForegroundClick(context, "first-click", 0),
  }),
};

/** The same without a mask prompt: the paper implies feedback but does not state it. */
export const sam1D1NoFeedback: Protocol = {
  ...sam1D1,
  id: "sam1-d1-nofeedback@1",
  summary: "center click, then error clicks, no logits fed back",
  needs: { points: steps },
  next: clickSteps({ steps, feedback: false }),
};
