import { roundHalfToEven } from "../../../core/numbers.ts";
import { peerDefaults } from "../../../core/prompt-defaults.ts";
import type { BitMask, Click } from "../../../core/types.ts";
import { getPixel } from "../../../masks/bit-mask.ts";
import { centerOfMass, clearance } from "../../../masks/centers.ts";
import { clickAt, visibleForeground } from "../foreground.ts";
import { checkOnTarget } from "../invariants.ts";
import { clickMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

const { goodEnough, reported } = peerDefaults.saf;

/**
 * segment-anything-fast (pytorch-labs/segment-anything-fast, experiments/data.py, `_get_center_point`, 2024-09-13): the
 * center of mass rounded half to even, where it lies on the target; otherwise the pixel farthest from the target's ends
 * up, right, down and left. Of three masks the one with the highest predicted IoU counts.
 */
export const safCenterOfMass: Protocol = {
  id: "saf-center-of-mass@1",
  summary:
    "segment-anything-fast's own: one click on the center of mass, best of three masks by predicted IoU",
  needs: {},
  reported,
  points: "any",
  check: checkOnTarget,
  measures: (metrics, shown = reported) => clickMeasures({ metrics, reported: shown, calibrated: true }),
  next: (context, done) =>
    done > 0 ? undefined : { prompt: { clicks: [center(visibleForeground(context))], multimask: true } },
};

function center(mask: BitMask): Click {
  const mass = centerOfMass(mask);
  const [x, y] = [roundHalfToEven(mass?.x ?? 0), roundHalfToEven(mass?.y ?? 0)];
  return getPixel(mask, x, y) ? { x, y, label: 1 } : clearest(mask);
}

/** The first pixel in row-major order that is clear enough, else the first of the clearest. */
function clearest(mask: BitMask): Click {
  const clear = clearance(mask);
  let found = 0;
  for (let i = 0; i < clear.length && clear[found]! < goodEnough; i++)
    if (clear[i]! > clear[found]!) found = i;
  return clickAt(found, mask.width);
}
