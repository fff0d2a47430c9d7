// What `parity` says of all masks of an image, made by two exports: each mask's partner on the other side, and what became of those without one.
import type { Fate } from "./mask-sets.ts";
import type { RowKey } from "./rows.ts";

export type ParitySideName = "reference" | "candidate";

/** IoUs at which two masks can be partners; one without a partner has none at the second. */
export const partnerIous = [0.5, 0.75, 0.9] as const;

/** Numbers of a candidate by the same click and place in the answer, the candidate's less the reference's. */
export interface ScoreShift {
  /** Candidates that both have a number for. */
  readonly n: number;
  readonly sum: number;
  /** Sum of the absolute differences. */
  readonly absolute: number;
  readonly max: number;
  /** Candidates with a higher and with a lower number. */
  readonly up: number;
  readonly down: number;
}

/** A mask without a partner. */
export interface AloneMask {
  /** Its click's place in the order of crops and points, times the masks of an answer, plus its place in the answer. */
  readonly candidate: number;
  /** What became of the same candidate on the other side; "kept": its mask there is another one, or another mask's partner. */
  readonly fate: Fate;
  /** The candidate's less the reference's; absent where a side has no number. */
  readonly predicted?: number;
  readonly stability?: number;
}

/** Where the filters get their numbers from; `outlines`: all that comes of the logits, stability and masks. */
export const filterInputs = ["predicted", "stability", "masks", "outlines"] as const;
export type FilterInput = (typeof filterInputs)[number];

/** What is compared of an image, or of several added up. */
export interface SetComparison {
  readonly masks: Readonly<Record<ParitySideName, number>>;
  /** Candidates of each side, of which so many have a predicted IoU, and a stability, within 0.01 of its threshold. */
  readonly candidates: number;
  readonly near: Readonly<Record<ParitySideName, readonly number[]>>;
  /** Pairs at each of `partnerIous`. */
  readonly partners: readonly number[];
  /** Sum of the agreements of all pairs, at least the first of `partnerIous`. */
  readonly agreement: number;
  readonly shifts: Readonly<Record<"predicted" | "stability" | "area", ScoreShift>>;
  /** Candidates kept by one side alone; and how many are left with one input of the candidate's filters taken from the reference. */
  readonly apart: Readonly<Record<"all" | FilterInput, number>>;
  /** Every number of every candidate and every mask is the same. */
  readonly identical: boolean;
}

/** All masks of an image under a protocol. */
export interface ParitySetRow extends Omit<RowKey, "model" | "target"> {
  readonly kind: "set";
  readonly compared?: SetComparison & {
    readonly alone: Readonly<Record<ParitySideName, readonly AloneMask[]>>;
  };
  /** Why the candidate has no masks. */
  readonly failed?: { readonly candidate: string };
}

/** Masks of one side without a partner, by what became of the same candidate on the other side. */
export interface ParityFate {
  readonly fate: Fate;
  readonly masks: Readonly<Record<ParitySideName, number>>;
  /** Mean differences there, the candidate's less the reference's; null where none has both numbers. */
  readonly predicted: Readonly<Record<ParitySideName, number | null>>;
  readonly stability: Readonly<Record<ParitySideName, number | null>>;
}

/** Of a benchmark, or of all: counts are added up. */
export interface ParitySets extends SetComparison {
  readonly fates: readonly ParityFate[];
}

/** Means and shares over images, named as a gate names them. */
export type ParitySetMean =
  | `partners-${"50" | "75" | "90"}`
  | `partners-back-${"50" | "75" | "90"}`
  | "partner-iou"
  | "count-change"
  | "near-predicted"
  | "near-stability"
  | "stability-error";
