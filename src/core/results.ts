// The results of statistics, which every writer reads: summaries of runs and comparisons of models, typed by their schemas; and
// what they are computed from. Scores are fractions, differences are candidate minus base.
import type { Row, RowKey } from "./rows.ts";
import type { BenchmarkMeasure, PublishedScore } from "./schema-types.ts";

export type {
  BenchmarkMeasure,
  BenchmarkNote,
  BucketValues,
  CategoryBucket,
  Cell,
  Changed,
  ChangedTarget,
  ComparedCell,
  ComparedGroup,
  ComparedPair,
  ComparedSide,
  Comparison,
  DomainSummary,
  Estimate,
  GateCheck,
  GateResult,
  GroupMeasure,
  MissingSuite,
  Pairing,
  ProtocolNote,
  PublishedDifference,
  PublishedMatch,
  PublishedModel,
  PublishedScore,
  SizeBucket,
  Suite,
  SuiteEstimate,
  Summary,
  Tally,
  TargetCounts as Counts,
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

// ---------------------------------------------------------------------------------------------------- published numbers

/** Where a number comes from and what it means, as far as its publication says. */
type PublishedOrigin = Pick<
  PublishedScore,
  "source" | "url" | "kind" | "error" | "stated" | "split" | "masks"
>;

/** What a number is the mean of: one benchmark, or every benchmark of a suite, equally weighted. */
export type PublishedPlace =
  | { readonly kind: "benchmark"; readonly name: string }
  | { readonly kind: "suite"; readonly name: string; readonly benchmarks: readonly string[] };

/** One published number. */
export interface PublishedNumber extends PublishedOrigin {
  readonly model: string;
  readonly on: PublishedPlace;
  /** Id of our measure that means the same: "iou@1", "iou@box". */
  readonly measure: string;
  /** A score, or with `minus` a difference: the score minus that model's first measure at the same place. */
  readonly value: number;
  readonly minus?: string;
  /** Our protocol that means the same. */
  readonly protocol?: string;
  /** Our protocols that differ little, and how. */
  readonly near: readonly string[];
  readonly differs?: string;
}

export interface PublishedNumbers {
  /** Title of each model key. */
  readonly models: Readonly<Record<string, string>>;
  readonly numbers: readonly PublishedNumber[];
}

/** What our interval says of a published value. */
export type PublishedVerdict = PublishedScore["verdict"];
