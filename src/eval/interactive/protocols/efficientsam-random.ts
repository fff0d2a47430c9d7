import { peerDefaults } from "../../../core/prompt-defaults.ts";
import { pointSets, randomPoints } from "../foreground.ts";
import { checkOnTarget } from "../invariants.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

const { reported } = peerDefaults.efficientsam;

/**
 * EfficientSAM's paper (Xiong et al. 2023, table 4; its repository holds no evaluation): one point, then three points,
 * drawn uniformly from the target; of three masks the most confident counts. Drawn with replacement, the sets nested.
 */
export const efficientsamRandom: Protocol = {
  id: "efficientsam-random@1",
  summary: "EfficientSAM's own: 1 and 3 random points at once, best of three masks by predicted IoU",
  needs: {},
  reported,
  points: "sets",
  check: checkOnTarget,
  measures: (metrics, shown = reported) =>
    clickMeasures({ metrics, reported: shown, noun: "point", calibrated: true }),
  next: pointSets(reported, randomPoints("efficientsam-random"), () => true),
};
