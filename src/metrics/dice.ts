import type { Metric } from "../core/types.ts";
import { dice as diceOf } from "../masks/iou.ts";

/** Dice = 2 |A & B| / (|A| + |B|) from exact counts; both empty: 1. Ignored pixels are left out. */
export const dice: Metric = {
  name: "dice",
  summary: "Dice coefficient",
  against:
    ({ mask, ignore }) =>
    (predicted) =>
      diceOf(predicted, mask, ignore),
};
