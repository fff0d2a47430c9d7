import { sam1Defaults } from "../../../core/defaults.ts";
import type { Protocol } from "../../../core/types.ts";
import { randomForegroundClick } from "../foreground.ts";
import { pointSets } from "../point-sets.ts";

/** k positive points at once, each drawn uniformly from the foreground (with replacement); the sets are nested. */
export const pointsRandom: Protocol = {
  id: "points-random@1",
  summary: "1, 2, 3, 5, 9 random foreground points at once",
  needs: { points: Math.max(...sam1Defaults.reported) },
  reported: sam1Defaults.reported,
  singleClickStart: true,
  dialogue: false,
  multimask: "one-click",
  feedback: false,
  next: pointSets((context, size) =>
    Array.from({ length: size }, (_, number) => randomForegroundClick(context, "points-random", number)),
  ),
};
