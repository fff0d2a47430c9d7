// The seam between a run and what is evaluated: a task is a folder beside this file and a line in `index.ts`.
import type { AnyMeasure, Invariant, Metric, MetricSettings } from "../core/measure.ts";
import type { Unit } from "../core/plan.ts";
import type { MaskRow, Row, RowKey, ScoredRow } from "../core/rows.ts";
import type { ImageSample, ModelCapabilities, Sample, SampleRef, Session, Unscored } from "../core/types.ts";
import type { Stopwatch, UnitTiming } from "./stopwatch.ts";

/** What a protocol asks of a model; one that has less is refused by name before the first sample. */
export interface Needs {
  readonly box?: boolean;
  readonly maskInput?: boolean;
  /** Most points of a prompt, a box counting two. */
  readonly points?: number;
}

/** Why a model cannot take part in a protocol, one sentence each; empty when it can. Known before the first sample. */
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

/** What every protocol of every task says of itself. */
export interface TaskProtocol {
  /** Name and version, e.g. "sam1-d1@1". */
  readonly id: string;
  /** Name of its task; protocols of the interactive one need not say it. */
  readonly task?: string;
  readonly summary: string;
  readonly needs: Needs;
  /** Numbers of clicks that reports show, where it counts clicks. */
  readonly reported?: readonly number[];
  /** What its rows say, where these metrics were scored; the first measure stands for the protocol. */
  measures(metrics: readonly Metric[]): readonly AnyMeasure[];
  /** What must hold of its rows, beside what holds of all rows of the task. */
  readonly invariants?: readonly Invariant[];
}

/** What rows are made of, in their order: a target of an image, a track of a clip, a query. */
export type Entry = { readonly status: "ok"; readonly id: string; readonly category?: string } | Unscored;

/** A row without what the run knows of it: where it belongs, and its category. */
export type RowBody = Omit<ScoredRow, keyof RowKey | "status" | "category" | "steps"> &
  Partial<Pick<ScoredRow, "steps">>;

/** A mask that is kept: at which step, of which frame. */
export type StepMask = Pick<MaskRow, "at" | "frame" | "rle">;

/** What became of one entry under one protocol: a row and the masks that are kept, or why there is none, in a sentence. */
export type Outcome =
  | { readonly row: RowBody; readonly masks: readonly StepMask[] }
  | { readonly failure: string };

/** What is the same for every sample of a run, as far as tasks care. */
export interface TaskSettings {
  readonly metrics: readonly Metric[];
  readonly seed: string;
  /** Collect the masks that count at reported steps. */
  readonly masks: boolean;
}

/** What a sample is evaluated with. */
export interface TaskContext extends TaskSettings {
  readonly benchmark: string;
  readonly sample: string;
  /** What the benchmark's card says to metrics. */
  readonly scoring: MetricSettings;
  /** Where the time goes. */
  readonly watch: Stopwatch;
}

/** A sample that is ready to be evaluated: what all protocols share is done. */
export interface Opened<P> {
  /** An outcome for each entry that is to be scored, in their order. What goes wrong with one is its outcome, never thrown. */
  evaluate(protocol: P): Promise<readonly Outcome[]>;
  /** Gives back what was opened. */
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
  /** Those of a run that names none; empty where its rows have no scores by metrics. */
  readonly defaultMetrics: readonly string[];
  /** What must hold of all its rows. */
  readonly invariants?: readonly Invariant[];
  /** What a row that is sound otherwise lacks, in a sentence, by the metrics of the plan. */
  lacks?(row: ScoredRow, metrics: readonly string[]): string | undefined;
  /** Why a model cannot take part in a protocol, one sentence each; empty when it can. */
  refuses(model: string, session: M, protocol: P): readonly string[];
  entries(sample: S): readonly Entry[];
  /** Called where an entry is to be scored: an image is encoded, a clip is opened. */
  open(sample: S, session: M, context: TaskContext): Promise<Opened<P>>;
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
