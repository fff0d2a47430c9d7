// The interface between a run and its tasks: a task is a folder beside this file and a line in `index.ts`.

import type { GeneratorSettings } from "../core/mask-sets.ts";
import type { AnyMeasure, Invariant, Metric, MetricSettings } from "../core/measure.ts";
import type { Unit } from "../core/plan.ts";
import type { MaskRow, Row, RowKey, ScoredRow } from "../core/rows.ts";
import type { ImageSample, ModelCapabilities, Sample, SampleRef, Session, Unscored } from "../core/types.ts";
import type { Stopwatch, UnitTiming } from "./stopwatch.ts";

/** What a protocol requires of a model; a model that lacks it is rejected before the first sample. */
export interface Needs {
  readonly box?: boolean;
  readonly maskInput?: boolean;
  /** Most points of a prompt, a box counting two. */
  readonly points?: number;
}

/** Why a model cannot run a protocol, one sentence each; empty if it can. Known before the first sample. */
export function refusals(
  model: string,
  { box, maskInput, points }: ModelCapabilities,
  { id, needs }: Pick<TaskProtocol, "id" | "needs">,
): string[] {
  const lacks = (need: string) => `${model}: ${id} needs ${need}, which this export does not have`;
  return [
    ...(needs.box === true && !box ? [lacks("box prompts")] : []),
    ...(needs.maskInput === true && !maskInput ? [lacks("a mask prompt")] : []),
    ...(needs.points !== undefined && points !== undefined && needs.points > points
      ? [`${model}: ${id} sends up to ${needs.points} points, of which this export takes ${points}`]
      : []),
  ];
}

/** What every task's protocols declare. */
export interface TaskProtocol {
  /** Name and version, e.g. "sam1-d1@1". */
  readonly id: string;
  /** Name of its task; default: interactive. */
  readonly task?: string;
  readonly summary: string;
  readonly needs: Needs;
  /** How all masks of an image are made: a run may choose other settings. */
  readonly generator?: GeneratorSettings;
  /** Its rows are phrases that are asked of images. */
  readonly phrases?: true;
  /** Numbers of clicks that reports show, if it counts clicks. */
  readonly reported?: readonly number[];
  /**
   * Which numbers of clicks a run may ask for in their place: "any" up to the last of them, one click following the other; or "sets"
   * of these sizes alone. Absent: none.
   */
  readonly points?: "any" | "sets";
  /** Measures of its rows, given the scored metrics; the first is the protocol's main measure. `reported`: where `points` allows others. */
  measures(metrics: readonly Metric[], reported?: readonly number[]): readonly AnyMeasure[];
  /** Invariants of its rows, besides those of all rows of the task. */
  readonly invariants?: readonly Invariant[];
}

/** What rows are made of, in their order: a target of an image, a track of a clip, a query. */
export type Entry = { readonly status: "ok"; readonly id: string; readonly category?: string } | Unscored;

/** A row without what the run adds: its place and its category. */
export type RowBody = Omit<ScoredRow, keyof RowKey | "status" | "category" | "steps"> &
  Partial<Pick<ScoredRow, "steps">>;

/** A mask that is kept: at which step, of which frame, or which of a set. */
export type StepMask = Pick<MaskRow, "at" | "frame" | "generated" | "rle">;

/** The result of one entry under one protocol: a row and the kept masks, or the reason for there being none. `dropped`: by a rule, in one word. */
export type Outcome =
  | { readonly row: RowBody; readonly masks: readonly StepMask[] }
  | { readonly dropped: string }
  | { readonly failure: string };

/** What tasks need that is the same for every sample of a run. */
export interface TaskSettings {
  readonly metrics: readonly Metric[];
  readonly seed: string;
  /** Collect the chosen masks of reported steps. */
  readonly masks: boolean;
  /** Called as steps of a sample are done, with how many: frames of a clip, points of an image, phrases asked of it. */
  readonly onSteps?: ((count: number) => void) | undefined;
}

/** What a sample is evaluated with. */
export interface TaskContext extends TaskSettings {
  readonly benchmark: string;
  readonly sample: string;
  /** The benchmark card's options for metrics. */
  readonly scoring: MetricSettings;
  /** Entries that get rows; absent: all. The others may share a call with them, so that the bytes are those of all. */
  readonly only?: ReadonlySet<string> | undefined;
  /** All that will be asked for, in order: a task may play them together. */
  readonly protocols: readonly TaskProtocol[];
  /** Where the time goes. */
  readonly watch: Stopwatch;
}

/** A sample ready to be evaluated: the work that protocols share is done. */
export interface Opened<P> {
  /** An outcome for each entry to be scored, in order. An error of one entry is its outcome, never thrown. */
  evaluate(protocol: P): Promise<readonly Outcome[]>;
  /** Releases what was opened. */
  close?(): Promise<void>;
}

/** How samples of one kind are evaluated with models of one kind. */
export interface Task<
  S extends Sample = Sample,
  M extends Session = Session,
  P extends TaskProtocol = TaskProtocol,
> {
  readonly name: string;
  /** The kind of sample that it evaluates. */
  readonly kind: S["kind"];
  /** Protocol id -> protocol. */
  readonly protocols: Readonly<Record<string, P>>;
  /** Names of the metrics that it computes itself, whatever a run asks for. */
  readonly metrics: readonly string[];
  /** Default metrics; empty if its rows have no scores by metrics. */
  readonly defaultMetrics: readonly string[];
  /** Invariants of all its rows. */
  readonly invariants?: readonly Invariant[];
  /** What an otherwise valid row lacks, in a sentence, by the metrics of the plan. */
  lacks?(row: ScoredRow, metrics: readonly string[]): string | undefined;
  /** Why a model cannot run a protocol, one sentence each; empty if it can. */
  refuses(model: string, session: M, protocol: P): readonly string[];
  entries(sample: S): readonly Entry[];
  /** Its rows are of whole samples: no targets can be named. */
  readonly whole?: true;
  /** What a sample takes many of. */
  readonly step?: "frame" | "point" | "phrase";
  /** How many of them under all protocols, where samples do not say themselves. */
  steps?(protocols: readonly P[], ref: Pick<SampleRef<Sample>, "queries" | "only">): number | undefined;
  /** How long a step takes under all protocols, measured on about so many. */
  trial?(
    sample: S,
    session: M,
    protocols: readonly P[],
    options: { readonly clock: () => number; readonly steps: number },
  ): Promise<Trial | undefined>;
  /** Called if any entry is to be scored: encodes an image, opens a clip. */
  open(sample: S, session: M, context: TaskContext): Promise<Opened<P>>;
}

/** What a trial found. */
export interface Trial {
  /** Milliseconds that a step takes, with all targets of the sample, and steps that were timed. */
  readonly perStep: number;
  readonly steps: number;
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
  /** The benchmark card's options for metrics. */
  readonly scoring?: MetricSettings;
}
