// Masks made elsewhere: what a reader of prediction files gives, and what scoring takes.
import type { FileFact } from "./plan.ts";
import type { Rle, RowFact, StepAt } from "./rows.ts";
import type { BitMask, Size, TargetEntry } from "./types.ts";

/** One proposed mask, decoded on demand. */
export interface PredictedMask {
  /** The file it is in, and where. */
  readonly name: string;
  /** The maker's own estimate; the highest one's mask counts. */
  readonly score?: number;
  /** Rejects with a sentence that names the file; `size` is the image's, for segmentations that have none. */
  read(size: Size): Promise<BitMask>;
}

/** Which step a mask belongs to; what is left out is the protocol's first. */
export type StepName = Partial<StepAt>;

export interface PredictedStep extends StepName {
  /** In the order of the file. */
  readonly candidates: readonly PredictedMask[];
  /** What the row says of where they came from. */
  readonly facts?: Readonly<Record<string, RowFact>>;
}

/** What was predicted for an image: steps by target id, and the names that belong to none of its targets. */
export interface PredictedImage {
  readonly steps: ReadonlyMap<string, readonly PredictedStep[]>;
  readonly unknown: readonly string[];
  /** A sentence for each mask that cannot be used; targets do without it. */
  readonly problems?: readonly string[];
}

interface MadeElsewhere {
  /** As it is named in messages. */
  readonly name: string;
  readonly files: readonly FileFact[];
  /** Ids of the images that something was predicted for, in the order of the files. */
  readonly images: readonly string[];
  /** Every step that any target has, each once. */
  readonly steps: readonly StepName[];
  /** Candidates have scores of their own. */
  readonly scored: boolean;
}

/** Masks made elsewhere, for one benchmark under one protocol: found by the names of image and target. */
export interface Predictions extends MadeElsewhere {
  of(image: string, targets: readonly string[]): PredictedImage;
}

/** The same as scoring takes them: whatever a target's masks are found by. */
export interface PredictedTargets extends MadeElsewhere {
  of(image: string, targets: readonly TargetEntry[], size: Size): Promise<PredictedImage>;
}

/** A mask that names no target. */
export interface Detection extends PredictedMask {
  /** Its place in the file. */
  readonly index: number;
  readonly score: number;
  /** By name; absent where none is stated or the benchmark does not say what the stated one is. */
  readonly category?: string;
  /** As it is in the file, where it is a compressed RLE. */
  readonly rle?: Rle;
}

/** What was detected in the images of a benchmark. */
export interface Detections extends Pick<MadeElsewhere, "name" | "files" | "images"> {
  /** In the order of the file. */
  read(image: string): Promise<readonly Detection[]>;
}
