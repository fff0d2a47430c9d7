// What every writer is made from: plain data, nothing that reads files or the clock.

import type { Measure, MeasureNote } from "../core/measure.ts";
import type { ParityPlace, ParityRow, ParitySummary } from "../core/parity.ts";
import type { Manifest } from "../core/plan.ts";
import type { ChangedTarget, Comparison, Summary } from "../core/results.ts";
import type { Row, RowKey, SentPrompt, StepAt } from "../core/rows.ts";
import type { CallStage, ModelTimes, PairTimes, StageComparison } from "../core/timing.ts";
import type { TrackFacts } from "../core/track-facts.ts";
import type { Screen } from "./kit/text-table.ts";

export type GalleryKind = "worst" | "median" | "best";

/** A score of the step shown, with its name and unit. */
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

/** What names a target through a clip, as one protocol of one model has it. */
type TrackKey = Pick<RowKey, "model" | "benchmark" | "protocol" | "sample" | "target">;

/** A target through a clip: its main scores, the first of which ranks it, and what is drawn over time. */
export interface TrackLine extends TrackKey {
  readonly category?: string;
  readonly scores: readonly [GalleryScore, ...GalleryScore[]];
  readonly facts: Pick<TrackFacts, "frames" | "first" | "scored" | "j" | "f" | "area">;
}

/** A film strip before its pictures are drawn. */
export interface StripChoice extends Omit<TrackLine, "facts"> {
  readonly kind: GalleryKind;
  /** The last prompt in the first frame; absent for masks made elsewhere by prompts that are not known. */
  readonly sent?: SentPrompt;
  /** The prompted frame, then others in their order. */
  readonly frames: readonly StripFrame[];
}

export interface StripFrame {
  /** Place in the clip, from 0. */
  readonly place: number;
  /** Region similarity J; absent where the frame is not scored. */
  readonly j?: number;
  /** By the truth. */
  readonly present: boolean;
}

/** A film strip: frames have their names and pictures. */
export interface Strip extends Omit<StripChoice, "frames"> {
  readonly frames: readonly (StripFrame & { readonly frame: string; readonly picture: Picture })[];
}

/** An image whose masks are shown. */
export interface SetChoice extends Pick<RowKey, "model" | "benchmark" | "protocol" | "sample"> {
  readonly kind: GalleryKind;
  /** The score that ranks it. */
  readonly score: GalleryScore;
  readonly masks: number;
  /** Targets that count, and those that no mask was matched to at the lowest threshold, by place in the image. */
  readonly targets: number;
  readonly missed: readonly number[];
}

/** A target without a mask that is shown. */
export interface MissChoice extends Pick<RowKey, "model" | "benchmark" | "protocol" | "sample"> {
  /** Of the target among those of its image. */
  readonly place: number;
  /** Pixels. */
  readonly area: number;
  readonly masks: number;
}

export interface ShownSet extends SetChoice {
  readonly pictures: { readonly masks: Picture; readonly targets: Picture };
}

export interface ShownMiss extends MissChoice {
  readonly target: string;
  /** IoU of the mask that fits it best. */
  readonly fit: number;
  readonly picture: Picture;
}

/** What names an answer to phrases, as one protocol of one model has it. */
type AnswerKey = Pick<RowKey, "model" | "benchmark" | "protocol">;

/** A phrase over all images that it was asked of. */
export interface PhraseLine extends AnswerKey {
  readonly phrase: string;
  /** Images that it was asked of, and those in which it names something. */
  readonly images: number;
  readonly named: number;
  /** By measure id; NaN is left out. */
  readonly values: Readonly<Record<string, number>>;
}

/** A query that was answered though the phrase names nothing, or not answered though it names something. */
export interface WrongAnswer extends AnswerKey, Pick<RowKey, "sample" | "target"> {
  readonly phrase: string;
  /** Masks that were answered, or that should have been found. */
  readonly masks: number;
  /** The highest; absent where nothing was found at all. */
  readonly score?: number;
}

/** Worst, median and best of those that were answered and name something; others were answered and name nothing, or were not answered. */
export type QueryKind = GalleryKind | "alarm" | "miss";

/** A query that is shown with its answer. */
export interface QueryChoice extends AnswerKey, Pick<RowKey, "sample" | "target"> {
  readonly kind: QueryKind;
  readonly phrase: string;
  /** Its own number; absent where it has none. */
  readonly score?: GalleryScore;
  /** Masks of the answer that are right and wrong, and what it lacks. */
  readonly right: number;
  readonly wrong: number;
  readonly missed: number;
  /** The highest of the answer. */
  readonly highest?: number;
}

export interface ShownQuery extends QueryChoice {
  readonly picture: Picture;
}

export interface ReportInput {
  readonly summary: Summary;
  readonly manifest: Manifest;
  /** In the order of chooseGallery; may be empty. */
  readonly gallery: readonly GalleryItem[];
  /** Where the time went, by model; absent where it was not recorded. */
  readonly times?: readonly ModelTimes[];
  /** Of all masks of images. `empty`: where a model made none at all, and why. */
  readonly sets?: {
    readonly images: readonly ShownSet[];
    readonly misses: readonly ShownMiss[];
    readonly empty: readonly string[];
  };
  /** Of phrases, the hardest of each model and benchmark first. `alarms`: by score, `misses`: by masks. */
  readonly phrases?: {
    readonly lines: readonly PhraseLine[];
    readonly alarms: readonly WrongAnswer[];
    readonly misses: readonly WrongAnswer[];
    readonly pictures: readonly ShownQuery[];
  };
  /** Of clips. `lines`: by target, the worst first; not of all where there are many. */
  readonly tracks?: { readonly strips: readonly Strip[]; readonly lines: readonly TrackLine[] };
}

/** A target that moved far, with both sides' masks, in the same window. */
export interface PicturedChange extends ChangedTarget {
  /** Name of the candidate's side. */
  readonly candidateName: string;
  readonly category?: string;
  /** The step in the pictures. Of several draws it is the first; the scores are means over all. */
  readonly at: StepAt;
  readonly pictures: { readonly base: Picture; readonly candidate: Picture };
}

/** The same of a target of a clip: the same frames of both sides. */
export interface ChangedStrip extends ChangedTarget {
  readonly candidateName: string;
  readonly category?: string;
  readonly strips: Readonly<Record<"base" | "candidate", Strip["frames"]>>;
}

/** A phrase over all images that both sides were asked it of. */
export interface PhraseChange extends Omit<PhraseLine, "model" | "values"> {
  readonly candidateName: string;
  /** The measure that ranks it. */
  readonly measure: string;
  readonly base: PhraseLine["values"];
  readonly candidate: PhraseLine["values"];
}

export interface ChangeGallery {
  /** In the order of the pairs and of their examples. */
  readonly changes: readonly PicturedChange[];
  /** Of clips. */
  readonly strips?: readonly ChangedStrip[];
  /** Of phrases: of each pair and protocol those that lost most, the worst first, then those that gained most, the best first. */
  readonly phrases?: readonly PhraseChange[];
  /** Why pictures are missing, a sentence each. */
  readonly missing: readonly string[];
}

/** What a comparison is shown with beside its numbers: never a part of these. */
export interface ComparisonExtras {
  readonly gallery?: ChangeGallery;
  /** In the order of the pairs; absent where nobody looked for times. */
  readonly times?: readonly PairTimes[];
}

export interface ParityPicture extends ParityPlace {
  readonly picture: Omit<Picture, "alt">;
}

export interface ParityInput {
  readonly summary: ParitySummary;
  readonly pictures: readonly ParityPicture[];
  /** Median milliseconds of an image and of a prompt; and the candidate's divided by the reference's, image by image. */
  readonly timing: Readonly<
    Record<"reference" | "candidate", { readonly encode: number; readonly decode: number }>
  > & {
    /** Of models of clips: by part, of a run on the same inputs. */
    readonly parts?: Readonly<Record<string, { readonly reference: number; readonly candidate: number }>>;
    readonly ratio?: Readonly<Partial<Record<CallStage, Pick<StageComparison, "ratio" | "images">>>>;
  };
  readonly rows: readonly ParityRow[];
}

/** A writer: pure, and its text ends with a newline. Pages are asynchronous: the plot library is loaded for them alone. */
interface Writer<In extends readonly unknown[]> {
  /** Name in the output folder; null: meant for the screen. */
  readonly file: string | null;
  readonly summary: string;
  readonly render: (...input: In) => string | Promise<string>;
}

export type ReportWriter = Writer<[input: ReportInput, screen?: Screen]>;
export type ComparisonWriter = Writer<[comparison: Comparison, extras?: ComparisonExtras, screen?: Screen]>;
export type ParityWriter = Writer<[input: ParityInput, screen?: Screen]>;

/** Takes a run's rows one after the other and returns the file's bytes piece by piece; undefined: nothing yet. */
export interface RowEncoder {
  readonly add: (row: Row) => string | Uint8Array | undefined;
  readonly end: () => string | Uint8Array;
}

/** A writer of rows that never holds them all. */
export interface RowWriter {
  readonly file: string;
  readonly summary: string;
  /** An encoder for one file of rows with these scores, which become columns in this order; some are measured of rows, by protocol. */
  readonly open: (
    scores: readonly string[],
    measures?: ReadonlyMap<string, readonly Measure[]>,
  ) => RowEncoder;
}
