// Two models on the same targets with the same prompts: what comparing says (typed by schemas/comparison.schema.json), and what it
// is computed from. Scores are fractions, differences are candidate minus base.
import type { Row, RowKey } from "./rows.ts";
import type { BenchmarkMeasure } from "./schema-types.ts";

export type {
  BenchmarkMeasure,
  Changed,
  ChangedTarget,
  ComparedCell,
  ComparedGroup,
  ComparedPair,
  ComparedSide,
  Comparison,
  GateCheck,
  GateResult,
  GroupMeasure,
  Pairing,
  Tally,
} from "./schema-types.ts";

/** One measure of base and candidate over the pairs that have it. */
export type PairedMeasure = Omit<BenchmarkMeasure, "holm">;

/**
 * What a target gives to one measure: added-up parts, or the items of a ranking one after the other (key, then parts); null
 * where it does not count.
 */
export type TargetParts = readonly number[] | readonly (readonly number[])[] | null;

/** One target of one model under one protocol, boiled down to what a comparison needs: also a line of a baseline file. */
export interface TargetScore extends Omit<RowKey, "model"> {
  readonly status: Row["status"];
  /** One per measure of the protocol; empty unless scored. */
  readonly parts: readonly TargetParts[];
}
