import { sam1Defaults } from "../../../core/prompt-defaults.ts";
import { pointSets, randomPoints } from "../foreground.ts";
import { checkOnTarget } from "../invariants.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

/** k positive points at once, each drawn uniformly from the foreground (with replacement); the sets are nested. */
export const pointsRandom: Protocol = {
  id: "points-random@1",
  summary: "1, 2, 3, 5, 9 random foreground points at once",
  needs: { points: Math.max(...sam1Defaults.reported) },
  reported: sam1Defaults.reported,
  points: "sets",
  check: checkOnTarget,
  measures: (metrics, reported = sam1Defaults.reported) =>
    clickMeasures({ metrics, reported, noun: "point", calibrated: true }),
  next: pointSets(sam1Defaults.reported, randomPoints("points-random")),
};
