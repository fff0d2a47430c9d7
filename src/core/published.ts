// Published numbers: as they are known, and (typed by schemas/summary.schema.json) as they stand beside a run's own. Scores are
// fractions, as everywhere.
import type { PublishedScore } from "./schema-types.ts";

export type {
  MissingSuite,
  PublishedDifference,
  PublishedMatch,
  PublishedModel,
  PublishedScore,
} from "./schema-types.ts";

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
  /** Id of the measure that says the same: "iou@1", "iou@box". */
  readonly measure: string;
  /** A score, or with `minus` a difference: the score minus that model's first measure at the same place. */
  readonly value: number;
  readonly minus?: string;
  /** Our protocol that says the same. */
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
