// Two models on the same targets with the same prompts: what comparing says, and what it is computed from. Plain data.
// Scores are fractions, differences are candidate minus base.
import type { PublishedDifference } from "./published.ts";
import type { Estimate, ProtocolNote } from "./summary.ts";

/**
 * What a target gives to one measure: added-up parts, or the items of a ranking one after the other (key, then parts); null
 * where it does not count.
 */
export type TargetParts = readonly number[] | readonly (readonly number[])[] | null;

/** One target of one model under one protocol, boiled down to what a comparison needs: also a line of a baseline file. */
export interface TargetScore {
  readonly benchmark: string;
  readonly protocol: string;
  readonly sample: string;
  readonly cluster: string;
  /** "*": all targets of a sample. */
  readonly target: string;
  readonly status: "ok" | "dropped" | "failed";
  /** One per measure of the protocol; empty unless scored. */
  readonly parts: readonly TargetParts[];
}

/** One model of one run, or a baseline. */
export interface ComparedSide {
  /** Unique among the sides of a comparison: the model's name, with its run where names repeat. */
  readonly name: string;
  readonly title: string;
  readonly run: string;
  readonly model: string;
  /** Plan hash. */
  readonly plan: string;
}

/** Which targets could be compared: a difference needs a score on both sides. */
export interface Pairing {
  readonly pairs: number;
  /** Targets that both sides left out by the same rule: nothing is missing. */
  readonly dropped: number;
  /** Why targets have no partner: "failed in base", "only in candidate", ... */
  readonly unpaired: Readonly<Record<string, number>>;
  /** Failed rows of each side, whether the other side scored the target or not. */
  readonly failed: { readonly base: number; readonly candidate: number };
}

/** Targets, or benchmarks, on which the candidate is better, the same (exactly), or worse. */
export interface Tally {
  readonly better: number;
  readonly same: number;
  readonly worse: number;
}

/** Targets whose score moved by more than `by` (in the measure's own values: fractions, clicks). */
export interface Changed {
  readonly by: number;
  readonly better: number;
  readonly worse: number;
}

/** One measure of base and candidate over the pairs that have it. */
export interface PairedMeasure {
  readonly measure: string;
  readonly base: number;
  readonly candidate: number;
  /** Candidate minus base with its interval; n: pairs. */
  readonly difference: Estimate;
  /** Two-sided p-value of the sign-flip permutation test by cluster. */
  readonly p: number;
  /** true: every flip was enumerated; false: Monte Carlo. */
  readonly exact: boolean;
  /** Smallest difference that would have been detected with 80 % power at the 5 % level; absent below two clusters. */
  readonly detectable?: number;
  /** Absent for measures that no target has a value of its own for. */
  readonly targets?: Tally;
  readonly changed?: readonly Changed[];
}

export interface BenchmarkMeasure extends PairedMeasure {
  /** p after Holm's correction over the benchmarks of its protocol and measure. */
  readonly holm: number;
}

/** One benchmark under one protocol. */
export interface ComparedCell {
  readonly benchmark: string;
  readonly protocol: string;
  readonly pairing: Pairing;
  /** Without the measures that no pair has. */
  readonly measures: readonly BenchmarkMeasure[];
}

export interface GroupMeasure extends PairedMeasure {
  /** Benchmarks behind the unweighted mean. */
  readonly benchmarks: Tally;
  /** Benchmarks that are better or worse with p below 5 % after Holm's correction. */
  readonly clear: { readonly better: number; readonly worse: number };
}

/** Unweighted mean over benchmarks: of all, or of a domain. */
export interface ComparedGroup {
  readonly kind: "overall" | "domain";
  /** "overall", or the domain. */
  readonly name: string;
  readonly protocol: string;
  readonly pairing: Pairing;
  readonly measures: readonly GroupMeasure[];
}

/** A target whose score moved far. */
export interface ChangedTarget {
  readonly protocol: string;
  readonly measure: string;
  readonly benchmark: string;
  readonly sample: string;
  readonly target: string;
  readonly base: number;
  readonly candidate: number;
}

/** One limit at one place. */
export interface GateCheck {
  /** "sam1-d1@1 iou@1 on trashcan". */
  readonly where: string;
  /** "difference". */
  readonly what: string;
  /** "at least -0.5 points". */
  readonly limit: string;
  /** "-1.3 points (71.2 -> 69.9)". */
  readonly got: string;
  readonly passed: boolean;
}

/** What a gate found. The limits themselves are a file: schemas/gate.schema.json. */
export interface GateResult {
  readonly name: string;
  readonly passed: boolean;
  readonly checks: readonly GateCheck[];
}

/** One candidate against the base. */
export interface ComparedPair {
  readonly candidate: string;
  readonly groups: readonly ComparedGroup[];
  readonly cells: readonly ComparedCell[];
  /** Of each protocol's first measure: the most worsened first, then the most improved. */
  readonly mostChanged: readonly ChangedTarget[];
  /** The same with at most a few per benchmark: what a page shows pictures of. */
  readonly examples: readonly ChangedTarget[];
  /** Differences of the plans that a comparison allows: "batch: 16 in base, 8 in candidate". */
  readonly differences: readonly string[];
  /** Differences that make the numbers incomparable; not empty only when forced. */
  readonly refused: readonly string[];
  readonly gate?: GateResult;
  /** Published differences beside ours; absent unless the cards of both sides name published numbers. */
  readonly published?: readonly PublishedDifference[];
}

export interface Comparison {
  readonly format: "segbench/comparison@2";
  /** true: somebody insisted on comparing what should not be compared. */
  readonly forced: boolean;
  readonly base: ComparedSide;
  readonly candidates: readonly ComparedSide[];
  readonly benchmarks: readonly {
    readonly name: string;
    readonly title: string;
    readonly domain: readonly string[];
  }[];
  readonly protocols: readonly ProtocolNote[];
  readonly pairs: readonly ComparedPair[];
}
