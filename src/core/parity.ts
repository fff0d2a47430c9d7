// What `parity` writes: two exports on the same samples and prompts. Plain data; shares are fractions.

import type { ParityPhraseMean, ParityPhrases, PhraseDifference } from "./parity-phrases.ts";
import type { ParitySetMean, ParitySetRow, ParitySets } from "./parity-sets.ts";
import type { FileFact } from "./plan.ts";
import type { Estimate, GateResult, PairedMeasure, ProtocolNote } from "./results.ts";
import type { RowKey, StepAt } from "./rows.ts";

/**
 * Which graphs an answer went through: both of the candidate, the candidate's decoder on the reference's embedding, or the
 * reference's decoder on the candidate's embedding.
 */
export type ParityPath = "candidate" | "decoder" | "encoder";

/** How far a tensor is from its reference. */
export interface TensorError {
  /** Every bit the same. */
  readonly identical: boolean;
  readonly cosine: number;
  /** |candidate - reference| / |reference|, Euclidean. */
  readonly relativeL2: number;
  /** Largest absolute difference. */
  readonly max: number;
  /** Signal-to-noise ratio in dB, 20 log10(1 / relativeL2); null where nothing differs. */
  readonly snr: number | null;
  /** The channel with the largest relative L2 (its own difference over its own norm). */
  readonly worstChannel: { readonly index: number; readonly relativeL2: number };
  /** Values of the candidate that are NaN or infinite. */
  readonly notFinite: number;
}

/** One output of the image encoder, reference against candidate. */
export interface EmbeddingError extends TensorError {
  readonly name: string;
  readonly dims: readonly number[];
}

export interface ParitySampleRow extends Pick<RowKey, "benchmark" | "sample" | "cluster"> {
  readonly kind: "sample";
  readonly embeddings: readonly EmbeddingError[];
  /** Why the candidate has no embedding, or why the stages cannot be crossed. */
  readonly problem?: string;
}

export interface LogitError {
  readonly max: number;
  readonly mean: number;
  /** Share of the low-resolution logits that lie on the other side of 0. */
  readonly signs: number;
}

/** One answer of a model. */
export interface AnswerScores {
  /** Against the target, by score name as in a row's step. */
  readonly scores: Readonly<Record<string, number>>;
  /** Candidate chosen, from 0. */
  readonly chosen: number;
}

/** One answer to one of the reference's prompts. */
export interface PathStep extends AnswerScores {
  /** Intersection over union of the chosen mask and the reference's chosen mask. */
  readonly agreement: number;
  /** Over all candidates, index by index; absent where their numbers differ. */
  readonly logits?: LogitError;
  readonly predicted?: {
    /** Largest absolute difference of a predicted quality. */
    readonly max: number;
    /** The candidates' order by predicted quality differs; absent of clips, whose models answer with one mask. */
    readonly reordered?: boolean;
  };
  /** Of a phrase: then the agreement is of all masks of its answer, logits are those of classes, and scores are predicted. */
  readonly phrase?: PhraseDifference;
}

export interface ParityStep {
  readonly at: StepAt;
  /** Of a clip: the frame's id. Steps are in the order of frames, from the first prompted one on. */
  readonly frame?: string;
  readonly reference: AnswerScores;
  readonly paths: Readonly<Partial<Record<ParityPath, PathStep>>>;
}

export interface ParityTargetRow extends Omit<RowKey, "model"> {
  readonly kind: "target";
  /** What was asked, of phrases. */
  readonly phrase?: string;
  readonly steps: readonly ParityStep[];
  /** Why a path gave no answer. */
  readonly failed?: Readonly<Partial<Record<ParityPath, string>>>;
}

export type ParityRow = ParitySampleRow | ParityTargetRow | ParitySetRow;

/** Means and shares over the steps, named as a gate names them. */
export type ParityMean =
  | "agreement"
  | "agreement-below-90"
  | "sign-changes"
  | "logits-mean"
  | "predicted-error"
  | "rank-changes"
  | "other-mask"
  | ParitySetMean
  | ParityPhraseMean;

/** Numbers of a benchmark, or of all: then means and shares are unweighted means over benchmarks, extremes are over all. */
export interface ParityCell {
  /** "overall" or the benchmark. */
  readonly name: string;
  readonly title: string;
  readonly images: number;
  readonly targets: number;
  readonly steps: number;
  /** Targets that the reference answered and the candidate did not. */
  readonly failures: number;
  /** The worst of each number over all samples; absent where no embedding could be compared. */
  readonly embedding?: Omit<TensorError, "notFinite">;
  readonly logits?: LogitError;
  readonly predicted?: {
    readonly mean: number;
    readonly max: number;
    /** Shares of the steps. */
    readonly reordered: number;
    readonly otherMask: number;
  };
  readonly agreement?: {
    readonly mean: number;
    /** 5th percentile and smallest over all steps. */
    readonly low: number;
    readonly min: number;
    /** Share of steps below 0.9. */
    readonly below90: number;
    /** Counts in 20 equal bins of [0, 1]. */
    readonly bins: readonly number[];
  };
  /** How much of the disagreement (1 - agreement) each stage explains: Shapley values of the two stages. */
  readonly blame?: ParityBlame;
  /** Of all masks of an image. */
  readonly sets?: ParitySets;
  /** Of phrases. */
  readonly phrases?: ParityPhrases;
  /** The same means and shares with their intervals over images; of all benchmarks as docs/parity.md says. */
  readonly estimates: Readonly<Partial<Record<ParityMean, Estimate>>>;
}

export interface ParityBlame {
  /** Disagreement of the whole candidate, and with one stage swapped. */
  readonly candidate: number;
  readonly encoderOnly: number;
  readonly decoderOnly: number;
  /** They add up to `candidate`. */
  readonly encoder: number;
  readonly decoder: number;
}

/** What is held against the reference: the candidate running freely, on the reference's prompts, and its stages. */
export type ParityCompared = "free" | "trajectory" | "encoder" | "decoder";

/** Loss or gain on one measure: with the candidate running freely, on the reference's prompts, and by stage, whose parts add up to that on the prompts. */
export interface ParityChange extends Readonly<Partial<Record<ParityCompared, PairedMeasure>>> {
  readonly protocol: string;
  readonly measure: string;
  /** "overall" or a benchmark. */
  readonly where: string;
}

/** A named cause. */
export interface ParityDiagnosis {
  readonly id: string;
  /** "encoder" or "decoder"; of a model of clips also "memory attention" and the like, and "host choice" for constants and the card. */
  readonly stage: string;
  /** Something is wrong, however little it costs here; false: other weights or lower precision, which may be intended. */
  readonly mistake: boolean;
  /** "Channel order: the encoder expects BGR". */
  readonly title: string;
  /** Sentences with the numbers before and after. */
  readonly evidence: readonly string[];
  /** Share of the stage's error that the correction removes; absent where nothing was corrected. */
  readonly removed?: number;
  readonly advice: string;
}

/** A step of a target, and how far apart the models are there. */
export interface ParityPlace extends Omit<RowKey, "model" | "cluster"> {
  readonly at: StepAt;
  readonly frame?: string;
  readonly phrase?: string;
  readonly agreement: number;
}

/** Beside it both scores against the target, of the measure that stands for the protocol. */
export interface ParityWorst extends ParityPlace {
  readonly reference: number;
  readonly candidate: number;
}

export interface ParitySide {
  readonly name: string;
  readonly title: string;
  readonly files: readonly FileFact[];
  /** Nodes, opset, weights by precision of each file, where it could be read. */
  readonly graphs: readonly GraphFacts[];
}

export interface GraphFacts {
  readonly file: string;
  readonly opset: number;
  readonly nodes: number;
  /** Operator -> number. */
  readonly operators: Readonly<Record<string, number>>;
  /** Data type -> values held as weights. */
  readonly weights: Readonly<Record<string, number>>;
  /** Share of the float32 weights that are exactly 0. */
  readonly zeros: number;
}

export interface ParitySummary {
  readonly format: "segbench/parity@2";
  readonly reference: ParitySide;
  readonly candidate: ParitySide;
  /** Nothing differs in any bit of any embedding, logit, predicted quality and mask. */
  readonly identical: boolean;
  /** With the measures whose changes are reported; the first stands for the protocol. */
  readonly protocols: readonly ProtocolNote[];
  /** Overall first. */
  readonly cells: readonly ParityCell[];
  readonly changes: readonly ParityChange[];
  readonly diagnoses: readonly ParityDiagnosis[];
  /** Why the stages could not be crossed, or diagnosing was not possible. */
  readonly remarks: readonly string[];
  readonly worst: readonly ParityWorst[];
  /** Of models of clips. */
  readonly clips?: ParityClips;
  /** Of models of phrases. */
  readonly phrases?: ParityPhraseStages;
  readonly gate?: GateResult;
}

/** What is told of models of phrases alone: stage by stage on a few images; what is done between graphs last. */
export interface ParityPhraseStages {
  readonly stages: readonly ParityStage[];
}

/** What is told of models of clips alone. */
export interface ParityClips {
  /** In the order of the work, the host's choices last. */
  readonly stages: readonly ParityStage[];
  /** Agreement of masks in parity's own play of the whole candidate; absent where it was not played because nothing differs. */
  readonly play?: number;
  /** Mean agreement in each tenth of the frames from the first prompt on; null where a clip is too short to have some. */
  readonly overTime: readonly (number | null)[];
}

/** One graph of the candidate on what the reference's graph was fed, run by run; or what is done between graphs. */
export interface ParityStage {
  /** As diagnoses name it. */
  readonly stage: string;
  /** The file of the card; "constants, card" for what is done between graphs. */
  readonly part: string;
  /** Runs that were compared. */
  readonly runs: number;
  /** Of the output that is farthest off, over all runs; null where values are not finite. Absent where nothing was compared. */
  readonly error?: { readonly output: string; readonly relativeL2: number | null; readonly max: number };
  /** Constants and settings that differ. */
  readonly differences?: number;
  /** Agreement of masks in parity's own play, with this alone of the candidate's; absent where it does not differ. */
  readonly alone?: number;
  /** Why it was not compared. */
  readonly problem?: string;
}

/** Milliseconds of the runtime alone, both models side by side on one machine. */
export interface ParityTiming {
  readonly encode: readonly number[];
  readonly decode: readonly number[];
}
