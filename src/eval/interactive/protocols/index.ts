import type { Protocol } from "../protocol.ts";
import { box } from "./box.ts";
import { boxJitter } from "./box-jitter.ts";
import { boxClicks } from "./box+clicks.ts";
import { edgesamCenter } from "./edgesam-center.ts";
import { efficientsamRandom } from "./efficientsam-random.ts";
import { efficientvitClick } from "./efficientvit-click.ts";
import { mask } from "./mask.ts";
import { pointsFarthest } from "./points-farthest.ts";
import { pointsRandom } from "./points-random.ts";
import { ritmNoc } from "./ritm-noc.ts";
import { safCenterOfMass } from "./saf-center-of-mass.ts";
import { sam1D1 } from "./sam1-d1.ts";
import { sam1D1NoFeedback } from "./sam1-d1-nofeedback.ts";
import { sam1D1Random } from "./sam1-d1-random.ts";

/** Protocol id -> protocol. */
export const protocols: Readonly<Record<string, Protocol>> = {
  "sam1-d1@1": sam1D1,
  "sam1-d1-random@1": sam1D1Random,
  "sam1-d1-nofeedback@1": sam1D1NoFeedback,
  "box@1": box,
  "box-jitter@1": boxJitter,
  "box+clicks@1": boxClicks,
  "ritm-noc@1": ritmNoc,
  "points-random@1": pointsRandom,
  "points-farthest@1": pointsFarthest,
  "mask@1": mask,
  "efficientvit-click@1": efficientvitClick,
  "edgesam-center@1": edgesamCenter,
  "saf-center-of-mass@1": safCenterOfMass,
  "efficientsam-random@1": efficientsamRandom,
};
