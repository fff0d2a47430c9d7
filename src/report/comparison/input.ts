import type { ChangedTarget, Comparison } from "../../core/comparison.ts";
import type { StepAt } from "../../core/rows.ts";
import type { Picture } from "../input.ts";

/** A target that moved far, with what both sides made of it, in the same window. */
export interface PicturedChange extends ChangedTarget {
  /** Name of the candidate's side. */
  readonly candidateName: string;
  readonly category?: string;
  /** The step in the pictures. Of several draws it is the first; the scores are means over all. */
  readonly at: StepAt;
  readonly pictures: { readonly base: Picture; readonly candidate: Picture };
}

export interface ChangeGallery {
  /** In the order of the pairs and of their examples. */
  readonly changes: readonly PicturedChange[];
  /** Why pictures are missing, a sentence each. */
  readonly missing: readonly string[];
}

/** A writer of a comparison: pure, and its text ends with a newline. */
export interface ComparisonWriter {
  /** Name in the output folder; null: meant for the screen. */
  readonly file: string | null;
  readonly summary: string;
  readonly render: (comparison: Comparison, gallery?: ChangeGallery) => string;
}
