// The ports of the official SAM export (facebookresearch/segment-anything, scripts/export_onnx_model.py).
import type { Prompt, Size } from "../../core/types.ts";
import type { MaskGeometry } from "../../masks/mask-from-logits.ts";
import type { Graphs } from "./family.ts";
import type { Graph, Tensor } from "./graph.ts";
import { maskTensors } from "./mask-tensors.ts";
import { pointTensors } from "./point-tensors.ts";
import { missingPorts } from "./ports.ts";
import type { Frame } from "./preprocess.ts";
import type { Feeds } from "./session.ts";

const decoderInputs = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input"];
const decoderOutputs = ["iou_predictions", "low_res_masks"];
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
    ...(decoder === undefined ? [] : samDecoderMismatches(decoder)),
  ];
}

export function samDecoderMismatches(decoder: Graph): string[] {
  return [
    ...missingPorts("decoder input", decoderInputs, decoder.inputs),
    ...missingPorts("decoder output", decoderOutputs, decoder.outputs),
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
export function samFeeds(
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
export function lowResolutionOf(outputs: Feeds, low: Size): Tensor {
  const named = outputs.low_res_masks!;
  if (named.dims.length === 4) return named;
  const fits = ({ dims }: Tensor) => dims.length === 4 && dims[2] === low.height && dims[3] === low.width;
  const other = Object.entries(outputs).find(([name, tensor]) => name !== "masks" && fits(tensor));
  return other?.[1] ?? named;
}

/** Up to the padded frame, the padding cut off, on to the image: `Sam.postprocess_masks`. */
export function throughFrame({ side, resized, original }: Frame, threshold: number): MaskGeometry {
  return { frame: side, resized, original, threshold };
}

/** A decoder takes several prompts at once where the first axis of its points is dynamic. */
export function hasBatchAxis(decoder: Graph): boolean {
  return isDynamic(decoder, "point_coords", 0);
}

export function isDynamic({ inputs }: Graph, name: string, axis: number): boolean {
  return typeof inputs.find((port) => port.name === name)?.shape[axis] === "string";
}
