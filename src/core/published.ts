// Published numbers: as they are known, and as they stand beside a run's own. Scores are fractions, as everywhere.
import type { Estimate } from "./measure.ts";

/** Where a number comes from and what it means, as far as its publication says. */
export interface PublishedOrigin {
  /** "Segment Anything, figure 9(a)". */
  readonly source: string;
  readonly url: string;
  readonly kind: "printed" | "digitised";
  /** How far a digitised value may be off. */
  readonly error?: number;
  /** The protocol in the publication's terms. */
  readonly stated: string;
  readonly split?: string;
  /** Masks behind it, where stated. */
  readonly masks?: number;
}

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

/**
 * inside: our interval holds the published value. error: it holds none, but reaches into the digitising error. outside: neither.
 * open: we have no interval. other: the protocols differ, so nothing is judged.
 */
export type PublishedVerdict = "inside" | "error" | "outside" | "open" | "other";

/** A published number beside ours. */
export interface PublishedScore extends PublishedOrigin {
  /** Ours, under which it stands. */
  readonly protocol: string;
  readonly on: "benchmark" | "suite";
  /** The run's name of the benchmark, or the suite's. */
  readonly name: string;
  /** Id of ours, under the protocol. */
  readonly measure: string;
  readonly value: number;
  /** How its protocol differs from the one under which it stands. */
  readonly differs?: string;
  readonly ours: Estimate;
  /** Ours minus the published value. */
  readonly difference: number;
  readonly verdict: PublishedVerdict;
}

/** A published difference of two models beside that of the run's two. */
export interface PublishedDifference extends PublishedScore {
  /** The run's models: `ours` is the first one's score minus the second one's. */
  readonly model: string;
  readonly minus: string;
}

/** A suite whose published means cannot be compared, because the run lacks benchmarks. */
export interface MissingSuite {
  readonly suite: string;
  readonly protocol: string;
  readonly benchmarks: number;
  readonly missing: readonly string[];
}

export interface PublishedModel {
  readonly model: string;
  /** Its card's `published`. */
  readonly key: string;
  readonly scores: readonly PublishedScore[];
  readonly missing: readonly MissingSuite[];
  /** Benchmarks of the run for which nothing is published, by protocol; those without any score are left out. */
  readonly nothing: readonly { readonly protocol: string; readonly benchmarks: readonly string[] }[];
}

/** All published numbers that a run can be held against. */
export interface PublishedMatch {
  /** Models whose card names a key. */
  readonly models: readonly PublishedModel[];
  readonly differences: readonly PublishedDifference[];
}
