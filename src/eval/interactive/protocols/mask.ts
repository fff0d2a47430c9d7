import { maskPromptDefaults } from "../../../core/prompt-defaults.ts";
import type { BitMask, Target } from "../../../core/types.ts";
import { area, isEmpty } from "../../../masks/bit-mask.ts";
import { dilateDisk, erodeDisk } from "../../../masks/distance-transform.ts";
import { clickMeasures, drawMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

const { radius, magnitude } = maskPromptDefaults;

/**
 * The ground truth made slightly wrong as a mask prompt, no points: draw 0 eroded, draw 1 dilated, by a disk of 3 % of
 * the square root of its area. An erosion that would leave nothing leaves the mask as it is.
 */
export const mask: Protocol = {
  id: "mask@1",
  summary: "the ground truth eroded, then dilated, as mask prompt",
  needs: { maskInput: true },
  reported: [0],
  opening: "mask",
  measures: (metrics) =>
    clickMeasures({ metrics, reported: [0], opening: "mask", also: drawMeasures("mask") }),
  next: ({ target }, done) => {
    const shape = done === 0 ? eroded(target) : done === 1 ? dilated(target) : undefined;
    if (shape === undefined) return undefined;
    return {
      prompt: { clicks: [], mask: { kind: "shape", shape, magnitude }, multimask: false },
      draw: done,
    };
  },
};

function radiusOf(target: Target): number {
  return radius * Math.sqrt(area(target.mask));
}

function eroded(target: Target): BitMask {
  const shape = erodeDisk(target.mask, radiusOf(target));
  return isEmpty(shape) ? target.mask : shape;
}

function dilated(target: Target): BitMask {
  return dilateDisk(target.mask, radiusOf(target));
}
