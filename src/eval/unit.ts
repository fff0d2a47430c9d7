import type { Unit } from "../core/plan.ts";
import type { MaskRow, Row } from "../core/rows.ts";
import type { Metric, Protocol, SampleRef } from "../core/types.ts";

/** Where the time of one unit went, in milliseconds of the given clock; `click` includes making prompts. */
export interface UnitTiming {
  readonly read: number;
  readonly encode: number;
  readonly decode: number;
  readonly postprocess: number;
  readonly score: number;
  readonly click: number;
  readonly targets: number;
  readonly prompts: number;
}

export interface UnitResult {
  readonly unit: Unit;
  readonly rows: readonly Row[];
  readonly masks: readonly MaskRow[];
  readonly timing: UnitTiming;
}

/** What is the same for every unit of a run. */
export interface EvaluationSettings {
  readonly protocols: readonly Protocol[];
  readonly metrics: readonly Metric[];
  readonly seed: string;
  /** Collect the selected masks of reported rounds. */
  readonly masks: boolean;
  /** Milliseconds; used for timings alone. */
  readonly clock: () => number;
}

export interface UnitJob {
  readonly unit: Unit;
  readonly ref: SampleRef;
}
