// Shared by families: decoders take points (clicks and box corners) and return scores and masks; those like
// the official SAM decoder (facebookresearch/segment-anything, scripts/export_onnx_model.py) take mask
// prompts as well.
import { given } from "../../../core/given.ts";
import type { Prompt, Size } from "../../../core/types.ts";
import {
  type Contract,
  type ContractRequest,
  type Family,
  type Feeds,
  type Graphs,
  type Links,
  type PortPhrases,
  pairOf,
  phrases,
  type Signature,
} from "../../family.ts";
import { isDynamic, missingPorts, portSize } from "../../recognise/ports.ts";
import type { Graph, Tensor } from "../../runtime/graph.ts";
import { direct, type Frame, type Frames, longSide, throughFrame } from "../../tensors/frames.ts";
import {
  clampedTo,
  maskTensors,
  perPrompt,
  pointTensors,
  withPromptAxis,
} from "../../tensors/prompt-tensors.ts";

/** How a family's point decoder differs. */
export interface PointRules {
  /** Inputs that take coordinates and labels. */
  readonly points: readonly [coords: string, labels: string];
  /** Output of the scores. */
  readonly scores: string;
  /** Output of the logits, or how it is found. */
  readonly masks: string | ((outputs: Feeds) => Tensor);
  /** true: an axis for the image precedes that of the prompts. */
  readonly imageAxis?: true;
  /** true: boxes are not points but an input of their own. */
  readonly boxesAside?: true;
  /** Inputs of the decoder besides points and embedding. */
  readonly also?: (prompts: readonly Prompt[], frame: Frame) => Feeds;
  /** Where an image and its prompts lie. */
  readonly frames: (size: Size, side: number) => Frames;
  /** true: from logits to the image in one step; otherwise by way of the frame of the prompts. */
  readonly direct?: true;
  /** Default: the encoder's first output is the decoder's `image_embeddings`. */
  readonly links?: (encoder: Graph, decoder: Graph) => Links;
  /** Default: the encoder's first input. */
  readonly imageInput?: string;
  readonly takes?: Partial<Contract["takes"]>;
  /** Prompts that a call takes, if the axis for prompts is free; default: measured by a trial. */
  readonly batch?: Contract["batch"]["how"];
  readonly probeSide?: number;
}

export function pointContract(
  { encoder, decoder }: { readonly encoder?: Graph | undefined; readonly decoder: Graph },
  { card, batch }: ContractRequest,
  rules: PointRules,
): Contract {
  const {
    points,
    scores,
    masks,
    imageAxis = false,
    boxesAside = false,
    also,
    frames,
    links = firstOutput,
  } = rules;
  const { paddingPoint, box } = card.prompt;
  const side = card.image.size;
  const [fed, read] = imageAxis ? [withPromptAxis, perPrompt] : [asIs, asIs];
  return given({
    encoder,
    decoder,
    links: encoder === undefined ? {} : links(encoder, decoder),
    imageInput: rules.imageInput ?? encoder!.inputs[0]!.name,
    side,
    probeSide: rules.probeSide,
    frames: (size: Size) => frames(size, side),
    feeds(prompts: readonly Prompt[], frame: Frame) {
      const shown = boxesAside ? prompts.map(({ box: _, ...others }) => others) : prompts;
      const { coords, labels } = pointTensors(shown, frame, paddingPoint);
      return { [points[0]]: fed(coords), [points[1]]: fed(labels), ...also?.(prompts, frame) };
    },
    read: (outputs: Feeds) => ({
      scores: read(outputs[scores]!),
      masks: read(typeof masks === "string" ? outputs[masks]! : masks(outputs)),
    }),
    geometry: (low: Size, size: Size, threshold: number) =>
      rules.direct ? direct(low, size, threshold) : throughFrame(frames(size, side).prompt, threshold),
    takes: { box, maskInput: false, ...rules.takes },
    batch: {
      most: isDynamic(decoder, points[0], imageAxis ? 1 : 0) ? batch : 1,
      how: rules.batch ?? "probe",
    },
  });
}

const asIs = (tensor: Tensor): Tensor => tensor;

function firstOutput({ outputs }: Graph): Links {
  return { image_embeddings: [outputs[0]!.name] };
}

/** Inputs of the decoder that have the names of outputs of the encoder. */
export function sameNames(names: readonly string[]): Links {
  return Object.fromEntries(names.map((name) => [name, [name]]));
}

/** SAM's decoder inputs for prompts. */
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

/** An image encoder that several families share, which differ in their decoders. */
export const plainEncoder: Signature = {
  part: "encoder",
  of: "the SAM family",
  inputs: ["*"],
  outputs: ["*"],
};

/** Inputs of point-only decoders, whose outputs differ. */
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
    mask_input: "low-resolution logits of the previous step, else zeros",
    has_mask_input: "1 where there are such logits, else 0",
    orig_im_size: phrases.size,
  },
  read: { iou_predictions: phrases.scores, low_res_masks: phrases.logits },
} as const satisfies PortPhrases;

/** Why graphs do not match the contract, one sentence each. */
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

/** Used only by the graph's own upscaling, whose output is not read: any small size will do. */
const unusedOutputSize = { width: 32, height: 32 };

/** `maskInput`: converts a mask prompt's logit before it is fed. */
export function samContract(
  family: Pick<Family, "title">,
  graphs: Graphs,
  request: ContractRequest,
  { maskInput, ...own }: Partial<PointRules> & { readonly maskInput?: (logit: number) => number },
): Contract {
  const pair = pairOf(family, graphs);
  const low = portSize(pair.decoder, "mask_input");
  const fedAs = maskInput ?? clampedTo(request.card.prompt.clamp);
  return pointContract(pair, request, {
    points: ["point_coords", "point_labels"],
    scores: "iou_predictions",
    masks: (outputs) => lowResolutionOf(outputs, low),
    also(prompts, frame) {
      const { masks, flags } = maskTensors(prompts, frame, low, fedAs);
      return { mask_input: masks, has_mask_input: flags, ...outputSize(pair.decoder, unusedOutputSize) };
    },
    frames: longSide,
    takes: { maskInput: true },
    batch: "declared",
    ...own,
  });
}

/** `orig_im_size` (height, width), if the graph has it. */
export function outputSize(decoder: Graph, { width, height }: Size): Feeds {
  if (!decoder.inputs.some(({ name }) => name === "orig_im_size")) return {};
  return { orig_im_size: { type: "float32", dims: [2], data: Float32Array.of(height, width) } };
}

/**
 * The low-resolution logits. Exports with extra metrics give the stability scores under their name, P x M, and the logits
 * under an arbitrary one: the other output with the axes and the size of a mask prompt.
 */
function lowResolutionOf(outputs: Feeds, low: Size): Tensor {
  const named = outputs.low_res_masks!;
  if (named.dims.length === 4) return named;
  const fits = ({ dims }: Tensor) => dims.length === 4 && dims[2] === low.height && dims[3] === low.width;
  const other = Object.entries(outputs).find(([name, tensor]) => name !== "masks" && fits(tensor));
  return other?.[1] ?? named;
}
