import type { MetricSettings } from "../core/metric.ts";
import type { Unit } from "../core/plan.ts";
import type { MaskRow, Row } from "../core/rows.ts";
import type { ImageSample, Sample, SampleRef } from "../core/types.ts";
import type { TaskSettings } from "./task.ts";

/** What a unit's time goes into, in order. */
export const stages = ["read", "preprocess", "encode", "decode", "postprocess", "score", "click"] as const;
export type Stage = (typeof stages)[number];

/**
 * Where the time of one unit went, in milliseconds of the given clock. `read` waited for the image, which is read ahead; `encode` and `decode` are runs of the graphs;
 * `preprocess` makes the encoder's input; `postprocess` goes from the decoder's output to masks at the image's size; `click`
 * includes making prompts; `idle` waited for a model that was at work for another image, or for the scoring of another one.
 */
export interface UnitTiming extends Readonly<Record<Stage, number>> {
  readonly idle: number;
  readonly targets: number;
  readonly prompts: number;
  /** Clicks that were placed. */
  readonly clicks: number;
  /** Runs of the image encoder, and embeddings that were kept from earlier ones. */
  readonly encoded: number;
  readonly cached: number;
}

export interface UnitResult {
  readonly unit: Unit;
  readonly rows: readonly Row[];
  readonly masks: readonly MaskRow[];
  readonly timing: UnitTiming;
}

/** What is the same for every unit of a run. */
export interface EvaluationSettings<P> extends TaskSettings {
  readonly protocols: readonly P[];
  /** Milliseconds; used for timings alone. */
  readonly clock: () => number;
}

export interface UnitJob<S extends Sample = ImageSample> {
  readonly unit: Unit;
  readonly ref: SampleRef<S>;
  /** What the benchmark's card says to metrics. */
  readonly scoring?: MetricSettings;
}
