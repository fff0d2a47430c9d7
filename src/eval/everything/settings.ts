// The parameters of the published generators.
import type { GeneratorSettings } from "../../core/mask-sets.ts";

/** Defaults of `SamAutomaticMaskGenerator` (facebookresearch/segment-anything, automatic_mask_generator.py); at most so many masks: D.3's cut. */
export const samGenerator: GeneratorSettings = {
  pointsPerSide: 32,
  cropLayers: 0,
  cropOverlap: 512 / 1500,
  pointsDivisor: 1,
  predictedIou: 0.88,
  stability: 0.95,
  stabilityOffset: 1,
  largest: 1,
  nms: 0.7,
  cropNms: 0.7,
  smallRegions: 0,
  rules: "sam",
  refine: false,
  most: 1000,
  rank: "predicted",
};

/** Defaults of `SAM2AutomaticMaskGenerator` (facebookresearch/sam2, automatic_mask_generator.py). */
export const sam2Generator: GeneratorSettings = { ...samGenerator, predictedIou: 0.8, rules: "sam2" };

/** How SA-1B was made (SAM paper, appendix B): two layers of crops, small regions, and nothing that covers the image. */
export const cropsGenerator: GeneratorSettings = {
  ...samGenerator,
  ...{ cropLayers: 2, pointsDivisor: 2, smallRegions: 100, largest: 0.95 },
};

/** Object proposals (SAM paper, D.3): no filters, and the best 1,000 by the mean of predicted IoU and stability. */
export const proposalsGenerator: GeneratorSettings = {
  ...samGenerator,
  ...{ pointsPerSide: 64, predictedIou: 0, stability: 0, nms: 0.9, rank: "predicted-stability" },
};
