import { matchDefaults } from "../../../core/defaults.ts";
import { meanMeasure } from "../../../core/measure.ts";
import { clickMeasures, scoreAt } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

/** What rows may name that sends nothing: such rows come from scoring alone. */
type Unsent = Pick<Protocol, "id" | "task" | "summary" | "reported" | "measures" | "invariants">;

const reported = [0, 1, 2, 3, 5, 9];

/** Masks made elsewhere from undeclared prompts. */
export const external: Unsent = {
  id: "external@1",
  summary: "masks made elsewhere, prompts not declared (segbench score)",
  reported,
  measures: (metrics) => clickMeasures({ metrics, reported }),
};

const percent = Math.round(100 * matchDefaults.iou);

/** A target that finds no detection scores 0, and one that finds one at least the limit: the score says which. */
const matched = meanMeasure(
  {
    ...{ id: `matched@${percent}`, name: "matched", of: "matched targets", at: `${percent} % IoU` },
    ...{ title: "matched", unit: "share", better: "higher", show: "main" },
    meaning: `Share of targets for which there is a detection with IoU >= ${percent} %; the others count with a score of 0.`,
  },
  ({ steps }) => {
    const score = scoreAt(steps, 0, "iou");
    return score === undefined ? undefined : score >= matchDefaults.iou ? 1 : 0;
  },
);

/** Detections made elsewhere, which a rule has matched to targets. */
export const matchBestProtocol: Unsent = {
  id: "match-best@1",
  summary: `detections made elsewhere: each target takes the best-scored one with IoU >= ${percent} % (segbench score --match best)`,
  reported: [0],
  measures: (metrics) => clickMeasures({ metrics, reported: [0], opening: "match", also: [matched] }),
};
