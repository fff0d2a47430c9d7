// What a model of concepts is asked, and what it answers.
import type { Box, Rle } from "./pixels.ts";

/** What is looked for in an image: everything that a phrase names, everything like what boxes show, or both. */
export interface ConceptPrompt {
  readonly phrase?: string;
  /** Around things of the kind that is looked for (positive), or of one that is not; pixels of the original image. */
  readonly exemplars: readonly { readonly box: Box; readonly positive: boolean }[];
}

/** One of the things found. */
export interface ConceptInstance {
  /** In [0, 1]; the presence score has gone into it where the model has one. */
  readonly score: number;
  /** As the model gives it, pixels of the original image; that of the mask may differ. */
  readonly box?: Box;
  /** At the original size. */
  readonly mask: Rle;
}

/** Everything that was found for a prompt, in the model's order, or why there is no answer. */
export type ConceptAnswer =
  | {
      readonly status: "ok";
      /** Probability of there being anything; absent where the model does not say. */
      readonly presence?: number;
      readonly instances: readonly ConceptInstance[];
    }
  | { readonly status: "failed"; readonly reason: string };

export interface ConceptAbilities {
  readonly phrases: boolean;
  /** How many boxes a prompt may have. */
  readonly exemplars: "none" | "one" | "many";
  /** It has a presence score, which is in the scores. */
  readonly presence: boolean;
  /** Instances with a lower score never leave its graphs: 0 where all do. */
  readonly scoresFrom: number;
  /** "map": one mask of everything together, with 1 for its score. */
  readonly answers: "instances" | "map";
}
