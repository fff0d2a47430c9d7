import { type Metric, ofSteps } from "../core/measure.ts";
import { dice as diceOf } from "../masks/iou.ts";

/** Dice = 2 |A & B| / (|A| + |B|) from exact counts; both empty: 1. Ignored pixels are left out. */
export const dice: Metric = {
  name: "dice",
  title: "Dice",
  meaning: "Dice: twice the shared pixels divided by the sum of both areas.",
  unit: "share",
  better: "higher",
  cost: "next to nothing",
  against:
    ({ mask, ignore }) =>
    (predicted) =>
      diceOf(predicted, mask, ignore),
  invariants: [
    ofSteps(({ scores: { iou, dice: score } }) =>
      iou !== undefined && score !== undefined && iou > score
        ? `IoU ${iou} is larger than Dice ${score}`
        : undefined,
    ),
  ],
};
