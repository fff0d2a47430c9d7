// What every writer is made from: plain data, nothing that reads files or the clock.
import type { MeasureNote } from "../core/measure.ts";
import type { Manifest } from "../core/plan.ts";
import type { Row, SentPrompt, StepAt } from "../core/rows.ts";
import type { Summary } from "../core/summary.ts";
import type { ModelTimes } from "../core/timing.ts";

export type GalleryKind = "worst" | "median" | "best";

/** A score of the step shown, and how it is called and written. */
export interface GalleryScore extends Pick<MeasureNote, "name" | "of" | "unit"> {
  readonly value: number;
}

/** One target that a report shows, before its picture is drawn. */
export interface GalleryChoice {
  readonly model: string;
  readonly benchmark: string;
  readonly protocol: string;
  readonly sample: string;
  readonly target: string;
  readonly category?: string;
  readonly kind: GalleryKind;
  /** The step shown, as in the row. */
  readonly at: StepAt;
  /** The same in words: "3 clicks". */
  readonly place: string;
  /** Of the mask that counts: the one it is ranked by first. */
  readonly scores: readonly [GalleryScore, ...GalleryScore[]];
  /** The model's own estimate of that mask's quality. */
  readonly predicted?: number;
  /** Absent for masks made elsewhere by prompts that are not known. */
  readonly sent?: SentPrompt;
  /** The first score after each step of the same draw, in order; absent where only the step shown is known. */
  readonly steps?: readonly { readonly clicks: number; readonly value: number }[];
}

export interface Picture {
  /** A data URI: the report loads nothing from elsewhere. */
  readonly src: string;
  readonly width: number;
  readonly height: number;
  readonly alt: string;
}

export interface GalleryItem extends GalleryChoice {
  readonly picture: Picture;
}

export interface ReportInput {
  readonly summary: Summary;
  readonly manifest: Manifest;
  /** In the order of chooseGallery; may be empty. */
  readonly gallery: readonly GalleryItem[];
  /** Where the time went, by model; not there where nobody wrote it down. */
  readonly times?: readonly ModelTimes[];
}

/** A writer: pure, and its text ends with a newline. */
export interface ReportWriter {
  /** Name in the run folder; null: meant for the screen. */
  readonly file: string | null;
  readonly summary: string;
  readonly render: (input: ReportInput) => string;
}

/** Takes a run's rows one after the other and gives the file's bytes piece by piece; nothing for now: undefined. */
export interface RowEncoder {
  readonly add: (row: Row) => string | Uint8Array | undefined;
  readonly end: () => string | Uint8Array;
}

/** A writer of rows that never holds them all. */
export interface RowWriter {
  readonly file: string;
  readonly summary: string;
  /** An encoder for one file of rows with these scores, which become columns in this order. */
  readonly open: (scores: readonly string[]) => RowEncoder;
}
