import type { Metric } from "../core/measure.ts";
import { andNot, isEmpty } from "../masks/bit-mask.ts";

/** Whether exactly one of the masks has no pixel outside the ignored ones: 1, else 0. Where distances have a convention. */
export const empty: Metric = {
  name: "empty",
  title: "one mask empty",
  meaning:
    "Share of targets where the predicted mask or the target has no pixel and the other has: distances between outlines are by convention there.",
  unit: "share",
  better: "lower",
  cost: "next to nothing",
  against: ({ mask, ignore }) => {
    const none = (any: typeof mask) => isEmpty(ignore === undefined ? any : andNot(any, ignore));
    const targetIsEmpty = none(mask);
    return (predicted) => (none(predicted) === targetIsEmpty ? 0 : 1);
  },
};
