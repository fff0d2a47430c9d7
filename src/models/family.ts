// The interface of model families: one contract of public exports each, in one file of `families/`.
// `runtime/` runs their graphs.
import type { FamilyDefaults, FullModelCard } from "../core/defaults.ts";
import { complain } from "../core/errors.ts";
import type { ModelCapabilities, Prompt, Size } from "../core/types.ts";
import type { MaskGeometry } from "../masks/mask-from-logits.ts";
import type { Graph, GraphHost, GraphPort, Tensor } from "./runtime/graph.ts";
import type { Frame, Frames } from "./tensors/frames.ts";

/** Name of a graph in its family: the key of its file on a card. */
export type Part = string;

/** Default parts of a family: an image encoder and a mask decoder, or one file that does both. */
export const usualParts: readonly Part[] = ["encoder", "decoder", "model"];

/** Path of each part. */
export type ModelFiles = Readonly<Record<Part, string>>;
export type Graphs = Readonly<Record<Part, Graph>>;

/** The parts: the usual ones in their order, then others by name. */
export function partsOf(files: Readonly<Record<Part, unknown>>): readonly Part[] {
  const others = Object.keys(files).filter((part) => !usualParts.includes(part));
  return [...usualParts, ...others.sort()].filter((part) => files[part] !== undefined);
}

/** What is known of a family without opening anything. */
export interface FamilyFacts {
  readonly name: string;
  /** Name of the contract in messages. */
  readonly title: string;
  /** Of the samples that its models take; default: images. */
  readonly kind?: "clip" | "concept";
  /** A line for `segbench list families`. */
  readonly summary: string;
  /** Names of its graphs; default: the usual ones. */
  readonly parts?: readonly Part[];
  /** Of graphs that only some of its models have. */
  readonly optionalParts?: readonly Part[];
  /** Defaults of cards where the reference differs from SAM's. */
  readonly defaults?: FamilyDefaults;
  /** Ports of its files as exporters name them; several where exporters differ. */
  readonly signatures: readonly Signature[];
  readonly ports: PortPhrases;
}

/** Of models of images. Plain data except `contract`: every family is loaded to recognise contracts, and none loads a runtime. */
export interface Family extends FamilyFacts {
  /** Why these graphs do not match this contract, a sentence each; default: by the nearest signature of each part. */
  mismatches?(graphs: Graphs): readonly string[];
  /** How to feed and read these graphs; throws a SegbenchError that names the file and the port. */
  contract(graphs: Graphs, request: ContractRequest): Contract;
}

/** Ports of one file of an export, as its exporter names them. */
export interface Signature {
  readonly part: Part;
  /** The exporter. */
  readonly of: string;
  /** Required names; "*" stands for one image input of any name. */
  readonly inputs: readonly string[];
  /** Optional inputs; any other is a mismatch. */
  readonly optional?: readonly string[];
  /** Required names; "*" stands for one embedding of any name. */
  readonly outputs: readonly string[];
  /** true: further outputs are required, of any name that no other contract uses. */
  readonly moreOutputs?: boolean;
  /** Number of axes of ports, checked where the file states it. */
  readonly ranks?: Readonly<Record<string, number>>;
  /** A final check of the ports: a sentence against the match. */
  readonly against?: (input: (name: string) => GraphPort | undefined) => string | undefined;
}

/** A phrase for each port by name; the image and an encoder's outputs need none. */
export interface PortPhrases {
  readonly fed: Readonly<Record<string, string>>;
  /** Of synonyms, the first that a graph has is read. */
  readonly read: Readonly<Record<string, string>>;
}

/** Phrases that contracts share. */
export const phrases = {
  coordinates: "clicks and box corners (x, y) in pixels of the frame",
  labels: "1 object, 0 background, 2 and 3 box corners, -1 padding",
  embedding: "image embedding, kept with the runtime",
  features: "high-resolution features of the encoder, kept with the runtime",
  size: "a size (height, width)",
  scores: "predicted IoU of each mask",
  logits: "logits of each mask",
} as const;

/** ImageNet statistics on the 0..1 scale, as torchvision, sam2 and Transformers write them. */
export const unitScale = { scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

export interface ContractRequest {
  readonly card: FullModelCard;
  /** Most prompts per decoder call. */
  readonly batch: number;
}

export interface OpenRequest extends ContractRequest {
  readonly files: ModelFiles;
  readonly host: GraphHost;
}

export type Feeds = Readonly<Record<string, Tensor>>;

/** Scores (P x M) and logits (P x M x h x w) of P prompts. */
export interface Answer {
  readonly scores: Tensor;
  readonly masks: Tensor;
}

/** Decoder input -> encoder outputs: one, or several that are stacked along a new first axis. */
export type Links = Readonly<Record<string, readonly string[]>>;

/** A family's use of opened graphs; the session does the rest. */
export interface Contract {
  /** Absent where one graph does both: then the image is fed with every prompt. */
  readonly encoder?: Graph;
  readonly decoder: Graph;
  readonly links: Links;
  /** Input that takes the image. */
  readonly imageInput: string;
  /** Side of the trial image, a square; also named when the trial fails. */
  readonly side: number;
  /** Side of a smaller image that the decoder also accepts, for further trials with less work. */
  readonly probeSide?: number;
  frames(size: Size): Frames;
  /** The decoder's other inputs, new tensors each time: they are given away. */
  feeds(prompts: readonly Prompt[], frame: Frame): Feeds;
  read(outputs: Feeds, prompts: number): Answer;
  geometry(low: Size, size: Size, threshold: number): MaskGeometry;
  readonly takes: Pick<ModelCapabilities, "box" | "maskInput"> & { readonly points?: number };
  /** Prompts that one call takes: known ("declared"), or measured first ("probe"). */
  readonly batch: { readonly most: number; readonly how: "declared" | "probe" };
}

/** The two graphs of a model in two files. */
export function pairOf(
  { title }: Pick<Family, "title">,
  graphs: Graphs,
): { readonly encoder: Graph; readonly decoder: Graph } {
  const { encoder, decoder } = graphs;
  if (encoder !== undefined && decoder !== undefined) return { encoder, decoder };
  throw complain(
    Object.values(graphs)
      .map(({ file }) => file)
      .join(", "),
    `a ${title} model consists of two files`,
    { code: "model", expected: "an encoder and a decoder", got: Object.keys(graphs).join(", ") },
  );
}

/** The graphs of a model in two files or in one. */
export function oneOrTwo({ encoder, decoder, model }: Graphs) {
  const last = decoder ?? model;
  if (last !== undefined) return { encoder, decoder: last };
  throw complain(encoder?.file ?? "model", "a decoder is missing", { code: "model" });
}
