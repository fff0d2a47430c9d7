import type { Comparison } from "../../core/comparison.ts";

/** A writer of a comparison: pure, and its text ends with a newline. */
export interface ComparisonWriter {
  /** Name in the output folder; null: meant for the screen. */
  readonly file: string | null;
  readonly summary: string;
  readonly render: (comparison: Comparison) => string;
}
