import type { Metric } from "../core/measure.ts";
import { robustHausdorff, surfaceDistances } from "../masks/surface-distance.ts";

const share = 0.95;

/**
 * Robust Hausdorff distance (Nikolov et al. 2018), as DeepMind's surface-distance computes it. Both masks
 * empty: 0; one: the diagonal of the image, since a mean of infinities says nothing; `empty` counts those.
 */
export const hd95: Metric = {
  name: "hd95",
  title: "HD95",
  meaning:
    "Robust Hausdorff distance: 95 % of each outline's length lies no farther than this from the other outline. Where one of the masks is empty it is the diagonal of the image.",
  unit: "pixels",
  better: "lower",
  cost: "that of NSD; with it, next to nothing",
  with: ["empty"],
  against: ({ mask, ignore }) => {
    const distances = surfaceDistances(mask, ignore);
    const diagonal = Math.sqrt(mask.width ** 2 + mask.height ** 2);
    return (predicted) => {
      const distance = robustHausdorff(distances(predicted), share);
      return Number.isFinite(distance) ? distance : diagonal;
    };
  },
};
