import type { Metric } from "../core/measure.ts";
import { iou as iouOf } from "../masks/iou.ts";

/** IoU = |A & B| / |A | B| from exact counts; both empty: 1. Ignored pixels are left out. */
export const iou: Metric = {
  name: "iou",
  title: "IoU",
  meaning:
    "IoU: pixels that prediction and ground truth share, divided by the pixels that either has, at the image's original resolution; pixels to be ignored are left out.",
  unit: "share",
  better: "higher",
  cost: "nothing: protocols compute it for every candidate",
  against:
    ({ mask, ignore }) =>
    (predicted) =>
      iouOf(predicted, mask, ignore),
};
