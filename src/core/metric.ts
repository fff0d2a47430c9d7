// A metric: a score of one mask against one target. A new one is a file of src/metrics and a line of its registry.
import { type Invariant, ofSteps, type Unit } from "./measure.ts";
import type { BitMask, Target } from "./types.ts";

/** What a benchmark's card says that a metric may need; absent: the metric's own default. */
export interface MetricSettings {
  /** How far apart two surfaces may lie and still agree, in pixels. */
  readonly surfaceTolerance?: number;
}

export interface Metric {
  /** Key in a row's scores, in `metrics:` of a run file, and before the "@" of a measure. */
  readonly name: string;
  /** In a heading: "Dice", "boundary IoU". */
  readonly title: string;
  /** A sentence for the page's definitions. */
  readonly meaning: string;
  readonly unit: Unit;
  readonly better: "higher" | "lower";
  /** What it takes, as a phrase: "next to nothing", "about twice the time of ...". */
  readonly cost: string;
  /** Prepares what depends on the target alone; the function returned scores masks of the target's size. Finite numbers only. */
  against(target: Target, settings: MetricSettings): (mask: BitMask) => number;
  /** What must hold of a row that has it. */
  readonly invariants?: readonly Invariant[];
  /** Metrics that come along where this one is chosen: a count of the cases that it has a convention for. */
  readonly with?: readonly string[];
}

/** What must hold of rows that have a metric: shares lie in [0, 1], and what the metric itself says. */
export function metricInvariants({
  name,
  unit,
  invariants = [],
}: Pick<Metric, "name" | "unit" | "invariants">): readonly Invariant[] {
  const range = ofSteps(({ scores }) => {
    const score = scores[name];
    return score === undefined || (score >= 0 && score <= 1)
      ? undefined
      : `${name} ${score} is not in [0, 1]`;
  });
  return unit === "share" ? [range, ...invariants] : invariants;
}
