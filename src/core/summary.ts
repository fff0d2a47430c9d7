// What statistics say about a run, computed from rows alone; every writer is made from this and nothing else.
import type { PublishedMatch } from "./published.ts";

/** A mean with its 95 % percentile-bootstrap interval over clusters; no interval below two clusters. */
export interface Estimate {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** Scored masks behind it. */
  readonly n: number;
  readonly clusters: number;
}

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

/** Means over the targets at one number of clicks. */
export interface RoundSummary {
  readonly clicks: number;
  readonly miou: Estimate;
  readonly oracle?: Estimate;
  readonly dice: Estimate;
  readonly boundary: Estimate;
}

export interface SizeBucket {
  readonly name: string;
  /** Bounds of area (pixels) for COCO's buckets, of area / image area for quartiles; low inclusive, high exclusive. */
  readonly low: number;
  readonly high: number | null;
  readonly n: number;
  /** mIoU by number of clicks, for the protocol's reported rounds; null without targets. */
  readonly rounds: readonly { readonly clicks: number; readonly miou: number | null }[];
}

/** Targets of one category, as rows name it. */
export interface CategoryBucket {
  /** null: all categories without a bucket of their own, together. */
  readonly name: string | null;
  /** How many categories these are: 1 where there is a name. */
  readonly categories: number;
  readonly n: number;
  /** As of a size bucket. */
  readonly rounds: SizeBucket["rounds"];
}

export interface Calibration {
  /** Ten equal bins of the predicted IoU. */
  readonly bins: readonly {
    readonly low: number;
    readonly high: number;
    readonly n: number;
    readonly predicted: number | null;
    readonly actual: number | null;
  }[];
  readonly n: number;
  /** Expected calibration error, mean bias (predicted - actual), Spearman's rank correlation (null where undefined). */
  readonly ece: number;
  readonly bias: number;
  readonly spearman: number | null;
}

export interface ClicksToQuality {
  /** IoU threshold: 0.8, 0.85, 0.9, 0.95. */
  readonly iou: number;
  readonly mean: Estimate;
  /** Targets that never reached it; they count with the most clicks. */
  readonly unreached: number;
  readonly maxClicks: number;
}

/** Spread over the draws of one target (box-jitter): averages over targets of the mean, standard deviation and worst draw. */
export interface DrawSummary {
  readonly draws: number;
  readonly mean: Estimate;
  readonly spread: Estimate;
  readonly worst: Estimate;
}

/** One model on one benchmark under one protocol. */
export interface Cell {
  readonly model: string;
  readonly benchmark: string;
  readonly protocol: string;
  readonly counts: Counts;
  /** Reported rounds in order of clicks; empty when nothing was scored. */
  readonly rounds: readonly RoundSummary[];
  /** Oracle minus selected in the round that has an oracle. */
  readonly ambiguityGap?: Estimate;
  /** Share of targets whose selected mask is the best one. */
  readonly selectionAccuracy?: Estimate;
  readonly clicksToQuality?: readonly ClicksToQuality[];
  readonly draws?: DrawSummary;
  readonly bySize: readonly SizeBucket[];
  readonly byQuartile: readonly SizeBucket[];
  /**
   * The categories with most targets, the largest first, then the rest as one; absent where no row has a category. The same
   * ones for every model and protocol of a benchmark. Targets without a category are in none.
   */
  readonly byCategory?: readonly CategoryBucket[];
  readonly calibration?: Calibration;
  /** Histogram of IoU in 20 equal bins [0, 1] per reported round. */
  readonly distribution: readonly { readonly clicks: number; readonly counts: readonly number[] }[];
}

/** One model under one protocol over all benchmarks. */
export interface Suite {
  readonly model: string;
  readonly protocol: string;
  readonly benchmarks: number;
  readonly rounds: readonly {
    readonly clicks: number;
    /** Unweighted mean over benchmarks; clusters resampled within each benchmark. */
    readonly macro: Estimate;
    /** Mean over all masks. */
    readonly micro: Estimate;
    readonly oracleMacro?: Estimate;
    readonly oracleMicro?: Estimate;
  }[];
}

/** One model under one protocol over the benchmarks whose cards name a domain; a benchmark may be in several. */
export interface DomainSummary extends Suite {
  readonly domain: string;
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
  readonly format: "segbench/summary@1";
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
  readonly protocols: readonly {
    readonly id: string;
    readonly summary: string;
    readonly reported: readonly number[];
  }[];
  readonly cells: readonly Cell[];
  readonly suites: readonly Suite[];
  /** By model and protocol as the suites; domains in the order in which the benchmarks first name them. */
  readonly domains: readonly DomainSummary[];
  /** Published numbers beside the run's own; absent where no model's card names any. */
  readonly published?: PublishedMatch;
}
