// What `parity` says of phrases: the same phrases asked of the same images by two exports.

/** One phrase asked of one image, reference against candidate; no stage is crossed. */
export interface PhraseDifference {
  /** The tokens that count are the same. */
  readonly sameTokens: boolean;
  /** Of the features of tokens that count, relative L2; absent where they cannot be compared. */
  readonly text?: number;
  /** Probability that there is anything; absent where a model does not say. */
  readonly presence?: { readonly reference: number; readonly candidate: number };
  /** Root mean square of the differences of class logits in parts of the reference's spread; absent where their numbers differ. */
  readonly classes?: number;
  /** Masks that are the answer, and pairs of them with an IoU of at least 0.5. */
  readonly kept: { readonly reference: number; readonly candidate: number; readonly pairs: number };
  /** Every number that the decoder answered is the same. */
  readonly identical: boolean;
}

/** Of a benchmark, or of all: over phrases asked of images. */
export interface ParityPhrases {
  readonly asked: number;
  /** Phrases whose tokens differ. */
  readonly otherTokens: number;
  /** Signal over noise of the features of phrases, the worst, in dB; null where nothing differs, absent where there are none or they have other shapes. */
  readonly textSnr?: number | null;
  /** Mean of the differences of class logits, in parts of their spread. */
  readonly classes: number;
  /** One says that there is something, and the other that there is nothing. */
  readonly flips: number;
  /** Answers that have a mask without a partner on the other side. */
  readonly otherMasks: number;
  readonly kept: { readonly reference: number; readonly candidate: number; readonly pairs: number };
  readonly identical: boolean;
}

/** Shares of the phrases asked, and a mean, named as a gate names them. */
export type ParityPhraseMean = "token-changes" | "presence-flips" | "mask-changes" | "class-error";
