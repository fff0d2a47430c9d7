// The ports of the official SAM export (facebookresearch/segment-anything, scripts/export_onnx_model.py).
import { complain, reasonOf } from "../../core/errors.ts";
import type { Graph, Tensor } from "./graph.ts";
import { missingPorts } from "./ports.ts";

const decoderInputs = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input"];
const decoderOutputs = ["iou_predictions", "low_res_masks"];
/** Read by the graph's own upscaling only, whose output is not used: any small size will do. */
const unusedOutputSize = 32;

/** Why graphs do not speak the contract, one sentence each. */
export function samMismatches({ encoder, decoder }: { encoder?: Graph; decoder?: Graph }): string[] {
  const single = (kind: "inputs" | "outputs") =>
    encoder === undefined || encoder[kind].length === 1
      ? []
      : [
          `encoder: expected one ${kind.slice(0, -1)}, got ${encoder[kind].map(({ name }) => name).join(", ")}`,
        ];
  const missing =
    decoder === undefined
      ? []
      : [
          ...missingPorts("decoder input", decoderInputs, decoder.inputs),
          ...missingPorts("decoder output", decoderOutputs, decoder.outputs),
        ];
  return [...single("inputs"), ...single("outputs"), ...missing];
}

export function refuseOtherContracts(encoder: Graph, decoder: Graph): void {
  const mismatches = samMismatches({ encoder, decoder });
  if (mismatches.length > 0)
    throw complain({
      where: `${encoder.file}, ${decoder.file}`,
      what: `not the SAM contract: ${mismatches.join("; ")}`,
    });
}

/** The graphs have the right names and yet do not take what the card says. */
export function trialRunError(encoder: Graph, decoder: Graph, side: number, cause: unknown) {
  return complain({
    where: `${encoder.file}, ${decoder.file}`,
    what: "a trial run failed",
    expected: `graphs that take what the card says (image size ${side})`,
    got: reasonOf(cause),
    cause,
  });
}

/** Metadata of traced decoders often does not say how many masks there are; a run does. */
export function maskCount(decoder: Graph, masks: Tensor): 1 | 3 | 4 {
  const count = masks.dims[1];
  if (masks.dims.length === 4 && (count === 1 || count === 3 || count === 4)) return count;
  throw complain({
    where: decoder.file,
    what: "low_res_masks has an unknown shape",
    expected: "P x M x h x w with 1, 3 or 4 masks",
    got: masks.dims.join(" x "),
  });
}

/** `orig_im_size`, where the graph has it. */
export function outputSize(decoder: Graph): Readonly<Record<string, Tensor>> {
  if (!decoder.inputs.some(({ name }) => name === "orig_im_size")) return {};
  const data = Float32Array.of(unusedOutputSize, unusedOutputSize);
  return { orig_im_size: { type: "float32", dims: [2], data } };
}

/** A decoder takes several prompts at once where the first axis of its points is dynamic. */
export function hasBatchAxis(decoder: Graph): boolean {
  return typeof decoder.inputs.find(({ name }) => name === "point_coords")?.shape[0] === "string";
}
