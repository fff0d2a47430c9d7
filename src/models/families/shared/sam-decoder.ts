// Contracts whose decoder takes what the official SAM decoder takes (facebookresearch/segment-anything,
// scripts/export_onnx_model.py): ports, feeds, what is read.
import type { Prompt, Size } from "../../../core/types.ts";
import {
  type Contract,
  type ContractRequest,
  type Family,
  type Feeds,
  type Graphs,
  type PortPhrases,
  pairOf,
  phrases,
  type Signature,
} from "../../family.ts";
import { isDynamic, missingPorts, portSize } from "../../recognise/ports.ts";
import type { Graph, Tensor } from "../../runtime/graph.ts";
import { type Frame, type Frames, longSide, throughFrame } from "../../tensors/frames.ts";
import { maskTensors, pointTensors } from "../../tensors/prompt-tensors.ts";

/** What decoders of this kind are told of prompts. */
export const promptInputs = ["point_coords", "point_labels", "mask_input", "has_mask_input"];
export const pointRanks = { point_coords: 3, point_labels: 2 } as const;
const decoderInputs = ["image_embeddings", ...promptInputs];
const decoderOutputs = ["iou_predictions", "low_res_masks"];

export const samDecoder = {
  part: "decoder",
  inputs: decoderInputs,
  outputs: decoderOutputs,
  ranks: { image_embeddings: 4, mask_input: 4, has_mask_input: 1, ...pointRanks },
} as const satisfies Omit<Signature, "of">;

/** A picture in, an embedding out: what several families have, told apart by their decoders. */
export const plainEncoder: Signature = {
  part: "encoder",
  of: "the SAM family",
  inputs: ["*"],
  outputs: ["*"],
};

/** Decoders of points alone take these; what they answer differs. */
export const pointDecoder = {
  part: "decoder",
  inputs: ["image_embeddings", "point_coords", "point_labels"],
  ranks: { image_embeddings: 4, ...pointRanks },
} as const satisfies Omit<Signature, "of" | "outputs">;

export const pointsFed = {
  image_embeddings: phrases.embedding,
  point_coords: phrases.coordinates,
  point_labels: phrases.labels,
} as const satisfies PortPhrases["fed"];

export const samPhrases = {
  fed: {
    ...pointsFed,
    mask_input: "low-resolution logits of the step before, else zeros",
    has_mask_input: "1 where there are such logits, else 0",
    orig_im_size: phrases.size,
  },
  read: { iou_predictions: phrases.scores, low_res_masks: phrases.logits },
} as const satisfies PortPhrases;

/** Read by the graph's own upscaling only, whose output is not used: any small size will do. */
const unusedOutputSize = 32;

/** Why graphs do not speak the contract, one sentence each. */
export function samMismatches({ encoder, decoder }: Graphs): string[] {
  const single = (kind: "inputs" | "outputs") =>
    encoder === undefined || encoder[kind].length === 1
      ? []
      : [
          `encoder: expected one ${kind.slice(0, -1)}, got ${encoder[kind].map(({ name }) => name).join(", ")}`,
        ];
  return [
    ...single("inputs"),
    ...single("outputs"),
    ...missingPorts("decoder input", decoderInputs, decoder?.inputs),
    ...missingPorts("decoder output", decoderOutputs, decoder?.outputs),
  ];
}

interface SamRules {
  readonly decoder: Graph;
  /** Size of a mask prompt. */
  readonly low: Size;
  readonly paddingPoint: boolean;
  readonly maskInput: ((logit: number) => number) | undefined;
}

/** Everything the decoder takes beside the embedding. */
function samFeeds(
  prompts: readonly Prompt[],
  frame: Frame,
  { decoder, low, paddingPoint, maskInput }: SamRules,
): Feeds {
  const points = pointTensors(prompts, frame, paddingPoint);
  const { masks, flags } = maskTensors(prompts, frame, low, maskInput);
  return {
    point_coords: points.coords,
    point_labels: points.labels,
    mask_input: masks,
    has_mask_input: flags,
    ...outputSize(decoder, { width: unusedOutputSize, height: unusedOutputSize }),
  };
}

/** `orig_im_size` (height, width), where the graph has it. */
export function outputSize(decoder: Graph, { width, height }: Size): Feeds {
  if (!decoder.inputs.some(({ name }) => name === "orig_im_size")) return {};
  return { orig_im_size: { type: "float32", dims: [2], data: Float32Array.of(height, width) } };
}

/**
 * The low-resolution logits. Exports with extra metrics give the stability scores under their name, P x M, and the logits
 * under one that the exporter made up: the other output with the axes and the size of a mask prompt.
 */
function lowResolutionOf(outputs: Feeds, low: Size): Tensor {
  const named = outputs.low_res_masks!;
  if (named.dims.length === 4) return named;
  const fits = ({ dims }: Tensor) => dims.length === 4 && dims[2] === low.height && dims[3] === low.width;
  const other = Object.entries(outputs).find(([name, tensor]) => name !== "masks" && fits(tensor));
  return other?.[1] ?? named;
}

/** What is a family's own: which outputs of the encoder the decoder takes, and how its batch axis is known. */
export interface SamLike {
  readonly links: (encoder: Graph, decoder: Graph) => Contract["links"];
  readonly batch: Contract["batch"]["how"];
  /** Where a picture and its prompts lie in the frame; SAM's long side where it is not said. */
  readonly frames?: (size: Size, side: number) => Frames;
  /** What a logit of a mask prompt is fed as, where it is not fed as it is. */
  readonly maskInput?: (logit: number) => number;
}

export function samContract(
  family: Pick<Family, "title">,
  graphs: Graphs,
  { card, batch }: ContractRequest,
  own: SamLike,
): Contract {
  const { encoder, decoder } = pairOf(family, graphs);
  const side = card.image.size;
  const low = portSize(decoder, "mask_input");
  const { paddingPoint, box } = card.prompt;
  const { links, batch: how, frames = longSide, maskInput } = own;
  return {
    encoder,
    decoder,
    links: links(encoder, decoder),
    picture: encoder.inputs[0]!.name,
    side,
    frames: (size) => frames(size, side),
    ask: (prompts, frame) => samFeeds(prompts, frame, { decoder, low, paddingPoint, maskInput }),
    answer: (outputs) => ({ scores: outputs.iou_predictions!, masks: lowResolutionOf(outputs, low) }),
    geometry: (_low, size, threshold) => throughFrame(frames(size, side).image, threshold),
    takes: { box, maskInput: true },
    // A decoder takes several prompts at once where the first axis of its points is free.
    batch: { most: isDynamic(decoder, "point_coords", 0) ? batch : 1, how },
  };
}

/** The encoder's only output. */
export const soleOutput: SamLike["links"] = ({ outputs }) => ({ image_embeddings: [outputs[0]!.name] });
