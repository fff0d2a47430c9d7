import type { Metric } from "../core/measure.ts";
import { boundaryDistance, boundaryIou, innerBoundary } from "../masks/iou.ts";

/** Boundary IoU (Cheng et al. 2021): IoU of the inner boundary bands, 2 % of the diagonal wide. Ignored pixels are left out of the bands' counts. */
export const boundary: Metric = {
  name: "boundary",
  title: "boundary IoU",
  meaning: "Boundary IoU: the IoU of the inner bands along both outlines, 2 % of the image diagonal wide.",
  unit: "share",
  better: "higher",
  cost: "little: bands of every mask that counts",
  against: ({ mask, ignore }) => {
    const distance = boundaryDistance(mask);
    const band = innerBoundary(mask, distance);
    return (predicted) => boundaryIou(predicted, distance, band, ignore);
  },
};
