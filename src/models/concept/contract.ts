// The interface of families of models of concepts: how their graphs are fed and read. What is done with what they answer is
// `session.ts`, alike for all: presence and class become a score, what is below the floor goes, and only then a mask is drawn.
import type { ConceptAbilities, ConceptPrompt } from "../../core/concepts.ts";
import type { FullModelCard } from "../../core/defaults.ts";
import type { BitMask, Logits, Size } from "../../core/types.ts";
import type { FamilyFacts, Feeds, Graphs, Links, Part } from "../family.ts";
import type { Graph } from "../runtime/graph.ts";

export interface ConceptFamily extends FamilyFacts {
  readonly kind: "concept";
  /** Names of its files: graphs ("encoder", "text", "decoder", or "model"), and "tokenizer". */
  readonly parts: readonly Part[];
  /** What exporters call the file of words or word pieces. */
  readonly tokenizerFile: string;
  /** Why these graphs do not match this contract, a sentence each; default: by the nearest signature of each part. */
  mismatches?(graphs: Graphs): readonly string[];
  /** Reads it; rejects with a SegbenchError that names it. */
  tokenizer(file: string, card: FullModelCard): Promise<Tokenizer>;
  contract(graphs: Graphs, card: FullModelCard): ConceptContract;
}

/** The part of a model's files that is no graph. */
export const tokenizerPart: Part = "tokenizer";

/** The ids of a phrase, special ones among them, uncut and unpadded; throws a SegbenchError that says why there are none. */
export type Tokenizer = (phrase: string) => readonly number[];

/** Where a graph is fed or read: what can be compared between two exports. */
export interface Stage {
  readonly graph: Graph;
  readonly port: string;
}

/** tokens: fed, whole numbers; text: features of the phrase; presence, classes: logits; masks: as `read` has them from. */
export type ConceptStage = "tokens" | "text" | "presence" | "classes" | "boxes" | "masks";

export interface ConceptContract {
  /** Absent where one graph does everything: then the image is fed with every prompt. */
  readonly encoder?: Graph;
  /** Absent where the decoder takes the phrase itself. */
  readonly text?: Graph;
  readonly decoder: Graph;
  /** Of the encoder and the decoder. */
  readonly links: Links;
  /** Input that takes the image. */
  readonly imageInput: string;
  /** What images are stretched to. */
  readonly inputSize: Size;
  readonly abilities: ConceptAbilities;
  /** What a report says of the family or the file: whether text alone goes with a CLS token, where the threshold is. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Most prompts of one decoder call. */
  readonly most: number;
  /** Stands for the phrase where a prompt has boxes alone. */
  readonly boxesAlone?: string;
  /** Ids of a phrase -> what the graph that reads phrases is fed, cut and padded. One phrase: so its features never hang on others. */
  tokens(ids: readonly number[]): Feeds;
  /** Of `tokens` and the text graph's outputs, what `feeds` needs and is kept for a phrase; absent: all. */
  readonly kept?: readonly string[];
  /** The decoder's inputs besides the image's; `size` is the image's. New tensors or those of `text`. */
  feeds(asked: readonly Asked[], size: Size): Feeds;
  /** One answer per prompt; throws where the shapes are not those of the contract. */
  read(outputs: Feeds, prompts: number, size: Size): readonly RawAnswer[];
  readonly stages: Partial<Readonly<Record<ConceptStage, Stage>>>;
}

export interface Asked {
  /** What `tokens` made of the phrase, and the text graph's outputs for it where there is such a graph. */
  readonly text: Feeds;
  readonly exemplars: ConceptPrompt["exemplars"];
}

/** What the graphs say of one prompt: candidates by their number, none of them filtered here. */
export interface RawAnswer {
  /** Logits: of there being anything, and of each candidate; or scores, where the graph has made them. */
  readonly scored:
    | { readonly kind: "logits"; readonly presence?: number; readonly classes: Float32Array }
    | { readonly kind: "scores"; readonly scores: Float32Array };
  /** x0 y0 x1 y1 of each candidate, as shares of the image. */
  readonly boxes?: Float32Array;
  /** A candidate's logits, above 0 inside, for the whole image; or its pixels, where the graph has drawn them at the image's size. */
  mask(candidate: number): Logits | BitMask;
}
