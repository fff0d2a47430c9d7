import type { Metric } from "../core/measure.ts";
import { andNot, isEmpty } from "../masks/bit-mask.ts";

/**
 * 1 if exactly one of the masks is empty outside ignored pixels, else 0: the targets whose distances are
 * conventional.
 */
export const empty: Metric = {
  name: "empty",
  title: "one mask empty",
  meaning:
    "Share of targets where exactly one of predicted mask and target is empty, so that distances between outlines follow a convention.",
  unit: "share",
  better: "lower",
  cost: "next to nothing",
  against: ({ mask, ignore }) => {
    const none = (any: typeof mask) => isEmpty(ignore === undefined ? any : andNot(any, ignore));
    const targetIsEmpty = none(mask);
    return (predicted) => (none(predicted) === targetIsEmpty ? 0 : 1);
  },
};
