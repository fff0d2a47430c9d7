// The row format, version 2: the contract between a run and everything that reads one. schemas/row.schema.json says the same to
// other programs.
import type { Rle, Size } from "./types.ts";

export type { Rle } from "./types.ts";

export interface RowKey {
  readonly model: string;
  readonly benchmark: string;
  readonly protocol: string;
  /** The image or clip evaluated. */
  readonly sample: string;
  /** What is resampled for intervals. */
  readonly cluster: string;
  /** The target's id, or "*" for all targets of a sample that could not be read. */
  readonly target: string;
}

/** xyxy, max inclusive. */
export type RowBox = readonly [x0: number, y0: number, x1: number, y1: number];

/** Label 1 = foreground, 0 = background. */
export type RowClick = readonly [x: number, y: number, label: 0 | 1];

/** Which step of its protocol: clicks sent so far (0: a box or a mask alone), and the draw of a protocol with several. */
export interface StepAt {
  readonly clicks: number;
  readonly draw?: number;
}

/** Exactly what one step sent: all clicks in order, never padding; replay, export and pictures need nothing else. */
export interface SentPrompt {
  readonly clicks: readonly RowClick[];
  readonly box?: RowBox;
  /** "previous": the low-resolution logits of the mask that counted in the step before; otherwise a drawn shape at the image's size, its logits +-magnitude. */
  readonly mask?: "previous" | { readonly rle: Rle; readonly magnitude: number };
  /** true: the ambiguity-aware masks were requested; false: the single-mask output. */
  readonly multimask: boolean;
}

/** One proposed mask: the model's own estimate of its quality, and its scores by metric name. */
export type RowCandidate = { readonly predicted: number } & Readonly<Record<string, number>>;

export interface RowStep {
  readonly at: StepAt;
  /** Absent for masks made elsewhere by prompts that are not known. */
  readonly sent?: SentPrompt;
  /** Index of the candidate that counts. */
  readonly chosen: number;
  /** In the export's order. */
  readonly candidates: readonly RowCandidate[];
  /** Of the candidate that counts, by metric name; and what the protocol adds, such as the best candidate's. */
  readonly scores: Readonly<Record<string, number>>;
}

/** What a row says of a target that is one mask of an image. */
export interface TargetFacts {
  /** Of the image. */
  readonly size: Size;
  /** Foreground pixels of the target. */
  readonly area: number;
  readonly box: RowBox;
}

/** A count, a number for each frame, a matrix of rows: what measures of a task read. */
export type RowFact = number | readonly number[] | readonly (readonly number[])[];

/** What was scored. Which facts a row has is up to its task: statistics and reports leave out what is absent. */
export interface ScoredRow extends RowKey, Partial<TargetFacts> {
  readonly status: "ok";
  readonly category?: string;
  /** Facts of the task's own, by name. */
  readonly facts?: Readonly<Record<string, RowFact>>;
  /** Empty where the task has none. */
  readonly steps: readonly RowStep[];
}

/** A scored row of one target that was prompted step by step. */
export type InteractiveRow = ScoredRow & TargetFacts;

export interface UnscoredRow extends RowKey {
  readonly status: "dropped" | "failed";
  readonly reason: string;
  readonly category?: string;
}

export type Row = ScoredRow | UnscoredRow;

/** The mask that counted at a reported step: a line of masks.jsonl. */
export interface MaskRow extends Omit<RowKey, "cluster"> {
  readonly at: StepAt;
  /** Of a clip. */
  readonly frame?: string;
  /** Of a set of masks. */
  readonly generated?: GeneratedFacts;
  readonly rle: Rle;
}

/** What made one mask of a set, and its place there. */
export interface GeneratedFacts {
  /** From 0, by what masks are ranked by. */
  readonly rank: number;
  /** Of masks made elsewhere, all that is known: what their maker ranks them by. */
  readonly score?: number;
  readonly predictedIou?: number;
  readonly stability?: number;
  /** The click, in pixels of the image, fractional, and the crop that it was clicked in. */
  readonly point?: readonly [x: number, y: number];
  readonly crop?: RowBox;
}
