// What statistics say about a run, computed from rows alone; every writer is made from this and nothing else.
import type { Estimate, MeasureDetail, MeasureNote } from "./measure.ts";
import type { PublishedMatch } from "./published.ts";

export type { Estimate } from "./measure.ts";

export interface Counts {
  readonly images: number;
  /** All targets: scored + dropped + failed. */
  readonly targets: number;
  readonly scored: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly failed: number;
  /** Failures by reason, most frequent first. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Values by measure id; null where no target of the bucket has a score. */
export type BucketValues = Readonly<Record<string, number | null>>;

export interface SizeBucket {
  readonly name: string;
  /** Bounds of area (pixels) for COCO's buckets, of area / image area for quartiles; low inclusive, high exclusive. */
  readonly low: number;
  readonly high: number | null;
  readonly n: number;
  /** Of the measures that are broken down. */
  readonly values: BucketValues;
}

/** Targets of one category, as rows name it. */
export interface CategoryBucket {
  /** null: all categories without a bucket of their own, together. */
  readonly name: string | null;
  /** How many categories these are: 1 where there is a name. */
  readonly categories: number;
  readonly n: number;
  readonly values: BucketValues;
}

/** One model on one benchmark under one protocol. */
export interface Cell {
  readonly model: string;
  readonly benchmark: string;
  readonly protocol: string;
  readonly counts: Counts;
  /** By measure id, in the protocol's order; without those that no target has. */
  readonly measures: Readonly<Record<string, Estimate>>;
  readonly bySize: readonly SizeBucket[];
  readonly byQuartile: readonly SizeBucket[];
  /**
   * The categories with most targets, the largest first, then the rest as one; absent where no row has a category. The same
   * ones for every model and protocol of a benchmark. Targets without a category are in none.
   */
  readonly byCategory?: readonly CategoryBucket[];
  /** By measure id: a histogram of the targets' own values in 20 equal bins of [0, 1], of the measures that are broken down. */
  readonly distributions: Readonly<Record<string, readonly number[]>>;
  /** By measure id: what a plot shows beyond the number. */
  readonly details?: Readonly<Record<string, MeasureDetail>>;
}

export interface SuiteEstimate {
  /** Unweighted mean over benchmarks; clusters resampled within each benchmark. */
  readonly macro: Estimate;
  /** Over all targets of all benchmarks; absent for measures that need a ranking. */
  readonly micro?: Estimate;
}

/** One model under one protocol over all benchmarks. */
export interface Suite {
  readonly model: string;
  readonly protocol: string;
  readonly benchmarks: number;
  readonly measures: Readonly<Record<string, SuiteEstimate>>;
}

/** One model under one protocol over the benchmarks whose cards name a domain; a benchmark may be in several. */
export interface DomainSummary extends Suite {
  readonly domain: string;
}

/** A protocol and what it measures: the first measure stands for it. */
export interface ProtocolNote {
  readonly id: string;
  readonly summary: string;
  readonly measures: readonly MeasureNote[];
}

export interface BenchmarkNote {
  readonly name: string;
  readonly title: string;
  readonly domain: readonly string[];
  readonly licence: string;
  readonly homepage: string;
  readonly description?: string;
}

export interface Summary {
  readonly format: "segbench/summary@2";
  readonly run: string;
  readonly title: string;
  /** Identity of the plan the rows belong to. */
  readonly plan: string;
  readonly complete: boolean;
  readonly models: readonly {
    readonly name: string;
    readonly title: string;
    readonly remarks: readonly string[];
  }[];
  readonly benchmarks: readonly BenchmarkNote[];
  readonly protocols: readonly ProtocolNote[];
  readonly cells: readonly Cell[];
  readonly suites: readonly Suite[];
  /** By model and protocol as the suites, of main measures alone; domains in the order in which the benchmarks first name them. */
  readonly domains: readonly DomainSummary[];
  /** Published numbers beside the run's own; absent where no model's card names any. */
  readonly published?: PublishedMatch;
}
