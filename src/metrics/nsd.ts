import { datasetCardDefaults } from "../core/defaults.ts";
import type { Metric } from "../core/measure.ts";
import { surfaceDice, surfaceDistances } from "../masks/surface-distance.ts";

/** Normalised surface Dice (Nikolov et al. 2018), as DeepMind's surface-distance computes it. Both masks empty: 1; one: 0. */
export const nsd: Metric = {
  name: "nsd",
  title: "NSD",
  meaning:
    "Normalised surface Dice: the share of both outlines' length that lies within a tolerance of the other outline (surfaceTolerance on the benchmark's card, default 2 pixels).",
  unit: "share",
  better: "higher",
  cost: "a few times what boundary IoU takes; more for masks of specks",
  against: ({ mask, ignore }, { surfaceTolerance = datasetCardDefaults.surfaceTolerance }) => {
    const distances = surfaceDistances(mask, ignore);
    return (predicted) => surfaceDice(distances(predicted), surfaceTolerance);
  },
};
