// Nouns only. Nothing here has behaviour, so everything may import it.
import type { ConceptAbilities, ConceptAnswer, ConceptPrompt } from "./concepts.ts";
import type { CostListener } from "./cost.ts";
import type { BitMask, Box, Click, Logits, RgbImage, Rle, Size } from "./pixels.ts";

export type { ConceptAbilities, ConceptAnswer, ConceptInstance, ConceptPrompt } from "./concepts.ts";
export type {
  BitMask,
  Box,
  Click,
  LabelMap,
  Logits,
  PixelValues,
  Point,
  RgbImage,
  Rle,
  Size,
} from "./pixels.ts";

/**
 * One ground-truth mask at the image's original size. `ignore` pixels leave intersection, union and error regions. Targets
 * of a benchmark's card make their masks whenever they are read: `{ ...target }` keeps them.
 */
export interface Target {
  readonly status: "ok";
  readonly id: string;
  readonly mask: BitMask;
  readonly ignore?: BitMask;
  readonly category?: string;
  /** Pixels as its annotation states them, if it does; sizes are told by it. */
  readonly area?: number;
}

/** A target that is not scored: `dropped` by a rule of the protocol or the card, `failed` because it cannot be read. */
export interface Unscored {
  readonly status: "dropped" | "failed";
  readonly id: string;
  /** dropped: one of "empty", "ignored", "crowd", "ignore", "excluded"; failed: one sentence (what, expected, got). */
  readonly reason: string;
  readonly category?: string;
  readonly area?: number;
  /** Draws a crowd: masks of everything may lie on it. Throws where it cannot be read. */
  crowd?(): BitMask;
}

export type TargetEntry = Target | Unscored;

/** An image and its targets. */
export interface ImageSample {
  readonly kind: "image";
  readonly image: RgbImage;
  /** In the benchmark's own order, ids unique within the image. */
  readonly targets: readonly TargetEntry[];
}

/** Frames in order, references that are decoded one at a time (`size` decodes nothing), and tracks; `exclusive`: a pixel belongs to one at most. */
export interface Clip {
  readonly kind: "clip";
  readonly frames: readonly { readonly id: string; load(): Promise<RgbImage>; size?(): Promise<Size> }[];
  readonly tracks: readonly Track[];
  readonly exclusive?: boolean;
}

/** One target through a clip. */
export interface Track {
  readonly id: string;
  readonly category?: string;
  /** Ids of the frames in which it is labelled, as present or absent, in the clip's order: those that can be scored. */
  readonly labelled: readonly string[];
  /** Its mask in a labelled frame; undefined where it is not visible. */
  mask(frame: string): Promise<BitMask | undefined>;
}

/** An image and the phrases that are asked of it. */
export interface ConceptSample {
  readonly kind: "concept";
  readonly size: Size;
  /** Decodes the image, which scoring does not need. */
  image(): Promise<RgbImage>;
  /** In the benchmark's own order, ids unique within the image. */
  readonly queries: readonly ConceptQuery[];
}

/** A phrase asked of an image; the phrase is its category. Of one without masks the right answer is nothing. */
export type ConceptQuery =
  | {
      readonly status: "ok";
      readonly id: string;
      readonly category: string;
      /** Of each annotator in turn. */
      readonly annotators: readonly AnnotatedMasks[];
    }
  | Unscored;

/** Everything that a phrase names, as one annotator sees it. */
export interface AnnotatedMasks {
  /** At the image's size. */
  readonly masks: readonly (BitMask | Rle)[];
  /** Crowds, which are left out. */
  readonly crowds: number;
}

export type Sample = ImageSample | Clip | ConceptSample;

/** How an annotation file in COCO's format names an image and its categories: what results made for that file refer to. */
export interface CocoNames {
  readonly image: number | string;
  readonly categories: ReadonlyMap<number | string, string>;
}

/** Listing is cheap, loading is not: a run is counted, sharded and resumed without decoding an image. */
export interface SampleRef<S extends Sample = ImageSample> {
  /** An image's file stem, with folders where stems repeat; unique in the benchmark. */
  readonly id: string;
  /** What is resampled for intervals: the sample's own id, or the id of its video or camera, as the card says. */
  readonly cluster: string;
  /** From headers or annotations, where that is cheap. */
  readonly size?: Size;
  /** Targets that are evaluated; absent: all. */
  readonly only?: ReadonlySet<string>;
  /** Masks this sample contributes, dropped ones not counted, where known without decoding it; of a clip, its tracks and its frames. */
  readonly masks?: number;
  readonly frames?: number;
  readonly coco?: CocoNames;
  /** Ids of the phrases that are asked of it. */
  readonly queries?: readonly string[];
  /** The phrase of each. */
  readonly phrases?: readonly string[];
  /** Reads and decodes the sample. Rejects with a SegbenchError that names the file. */
  load(): Promise<S>;
}

export interface Dataset<S extends Sample = ImageSample> {
  /** Every sample of the split, sorted by id (code-unit order). Rejects when a root, an annotation file or a pattern is wrong. */
  list(): Promise<readonly SampleRef<S>[]>;
}

/** What a protocol sends. The model never receives ground truth: there is no field through which it could. */
export interface Prompt {
  /** In order; coordinates are pixels of the original image. */
  readonly clicks: readonly Click[];
  readonly box?: Box;
  readonly mask?: MaskPrompt;
  /** true: the ambiguity-aware masks; false: the single-mask output, where the export has one. */
  readonly multimask: boolean;
}

export type MaskPrompt =
  /** Low-resolution logits of an earlier prediction, fed back unclamped. */
  | { readonly kind: "logits"; readonly logits: Logits }
  /** A drawn shape at the image's size: +magnitude inside, -magnitude outside, area-averaged to the low-resolution frame. */
  | { readonly kind: "shape"; readonly shape: BitMask; readonly magnitude: number };

/** One mask that a model proposes. */
export interface Candidate {
  /** The model's own estimate of this mask's IoU, as it came. */
  readonly predictedIou: number;
  /** What is fed back as the next mask prompt. */
  readonly lowResolution: Logits;
}

/** A mask's pixels above its threshold (`area`), above threshold + offset and - offset, and the box of the first; undefined: it is empty. */
export interface MaskMeasure extends Readonly<Record<"area" | "inside" | "outside", number>> {
  readonly box: Box | undefined;
}

/** What came back for one prompt: candidates in the export's order, or why there are none ("predicted IoU is not finite"). */
export type Prediction =
  | { readonly status: "ok"; readonly candidates: readonly Candidate[] }
  | { readonly status: "failed"; readonly reason: string };

/** What a model can do, known once it is open; a protocol that needs more is refused before the first image. */
export interface ModelCapabilities {
  readonly box: boolean;
  readonly maskInput: boolean;
  /** Ambiguity-aware masks come back for a multimask prompt (so an oracle exists). */
  readonly multimask: boolean;
  /** A single-mask output exists; otherwise the highest predicted IoU counts in every step. */
  readonly singleMask: boolean;
  /** Prompts of equal length that one decoder call takes: 1, or what the plan allows. */
  readonly batch: number;
  /** Most points of a prompt, a box counting two; undefined where there is no limit. */
  readonly points?: number;
  /** false when the export reports a stability score under this name: left out of calibration. */
  readonly predictedIouIsIou: boolean;
}

/** An encoded image. Opaque outside the family that made it; `size` is the original image's. */
export interface Embedding {
  readonly size: Size;
}

/** An open model of any kind. */
export interface OpenModel {
  readonly capabilities: ModelCapabilities;
  /** Free-form facts for the manifest: providers actually used, contract, input and output signatures. */
  readonly facts: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** A model of images: prompts are answered from an embedding, and there is no hidden current image. */
export interface ImageSession extends OpenModel {
  encode(image: RgbImage, cost?: CostListener): Promise<Embedding>;
  /** One prediction per prompt, in order. All prompts have the same number of clicks, and all or none a box / a mask. */
  decode(
    embedding: Embedding,
    prompts: readonly Prompt[],
    cost?: CostListener,
  ): Promise<readonly Prediction[]>;
  /** A candidate's binary mask at the original size: upsampled and thresholded as the family's reference does. */
  mask(candidate: Candidate, size: Size): BitMask;
  /** The mask's size at the original size, undrawn; `offset` in logits. */
  measure(candidate: Candidate, size: Size, offset: number): MaskMeasure;
  release(embedding: Embedding): Promise<void>;
}

/** What a model of clips sees: frames in order, never the tracks. */
export type ClipFrames = Pick<Clip, "frames">;

/** A model of clips: what was prompted in one frame is tracked through the others. */
export interface VideoSession extends OpenModel {
  /** Frames are decoded late, one at a time, the next while one is worked on. */
  open(clip: ClipFrames, options?: TrackOptions): Promise<TrackSession>;
}

export interface TrackOptions {
  readonly cost?: CostListener;
  /** Of overlapping masks, a pixel belongs to the one with the largest logit: in answers, not in what is remembered. A function: in each group. */
  readonly exclusive?: boolean | ((target: string) => string);
  /** Any frame may be corrected later, and a pass begin anywhere: what is kept grows with the clip. Otherwise that is refused. */
  readonly revisits?: boolean;
  /** A target in a pass before its first prompted frame has no answer ("none", the default) or is tracked, from frames to come. */
  readonly beforePrompt?: "none" | "tracked";
}

/** A clip under way in a model, with as many targets as were prompted. Frames are named by their place in the clip, from 0. */
export interface TrackSession {
  /** Of the clip's frames, all of one size. */
  readonly size: Size;
  /**
   * Answers a prompt in a frame, and remembers it as that frame's: clicks are all clicks so far of this target there. What was propagated before
   * may be asked for again, corrected.
   */
  prompt(frame: number, target: string, prompt: Prompt): Promise<FramePrediction>;
  /**
   * Every target through the clip: from `from` (default: the first prompted frame) on to the end, or with `reverse` back to the first frame;
   * `from` itself is included. A frame that cannot be read fails for each target, and the rest goes on.
   */
  propagate(options?: {
    readonly from?: number;
    readonly reverse?: boolean;
  }): AsyncIterable<{ readonly frame: number; readonly answers: ReadonlyMap<string, FramePrediction> }>;
  close(): Promise<void>;
}

/** What a model says of one target in one frame, or why it says nothing. */
export type FramePrediction =
  | {
      readonly status: "ok";
      /** At the original size; empty where the model says that the target is not there. */
      readonly mask: BitMask;
      /** Logit of the target being there: above 0 it is. Undefined where the model has none. */
      readonly objectScore?: number;
      /** The model's own estimate of the mask's IoU. */
      readonly predictedIou?: number;
      /** Of that mask, before enlarging. */
      readonly lowResolution: Logits;
    }
  | { readonly status: "failed"; readonly reason: string };

/** A model of concepts: it finds everything in an image that a prompt asks for. */
export interface ConceptSession extends OpenModel {
  readonly concepts: ConceptAbilities;
  encode(image: RgbImage, cost?: CostListener): Promise<Embedding>;
  /**
   * An answer for each prompt, in order; masks of instances with a score below `floor` are not drawn and those instances left out. `best`: the one with
   * the highest score, the first of equals, is kept whatever it is.
   */
  find(
    embedding: Embedding,
    prompts: readonly ConceptPrompt[],
    options: { readonly floor: number; readonly best?: boolean; readonly cost?: CostListener },
  ): Promise<readonly ConceptAnswer[]>;
  release(embedding: Embedding): Promise<void>;
}

/** A protocol that needs more than the model has is refused by name before the first sample. */
export type Session = ImageSession | VideoSession | ConceptSession;
