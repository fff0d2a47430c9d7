import { type Family, pairOf, phrases, unitScale } from "../family.ts";
import { portSize } from "../recognise/ports.ts";
import type { Tensor } from "../runtime/graph.ts";
import { stretched } from "../tensors/frames.ts";
import { clampedTo, maskTensors } from "../tensors/prompt-tensors.ts";
import {
  outputSize,
  pointContract,
  pointRanks,
  promptInputs,
  sameNames,
  samPhrases,
} from "./shared/point-contract.ts";

/** The embedding and two further levels of features, as two kinds of exports name them. */
const featuresOf = {
  samexporter: ["image_embed", "high_res_feats_0", "high_res_feats_1"],
  samCpp: ["image_embeddings", "high_res_features1", "high_res_features2"],
} as const;

/**
 * SAM 2 and 2.1 for images: samexporter, ibaiGorordo/ONNX-SAM2 (image_embed, high_res_feats_0 and _1), and
 * ryouchinsa/sam-cpp-macos (image_embeddings, high_res_features1 and 2). Images are stretched to a square; masks go from
 * low resolution to the image in one bilinear step (facebookresearch/sam2, sam2/utils/transforms.py). The graph pads.
 */
export const sam2: Family = {
  name: "sam2",
  title: "SAM 2",
  summary: "image encoder with high-resolution features + mask decoder (SAM 2 and 2.1, images)",
  /** sam2/utils/transforms.py: a float tensor is resized, antialiased; the graphs append the padding point. */
  defaults: { image: { ...unitScale, filter: "float-bilinear" }, prompt: { paddingPoint: false } },
  signatures: [
    {
      part: "decoder",
      of: "samexporter, ibaiGorordo/ONNX-SAM2",
      inputs: [...featuresOf.samexporter, ...promptInputs],
      optional: ["orig_im_size"],
      outputs: ["masks", "iou_predictions"],
      ranks: { image_embed: 4, ...pointRanks },
    },
    {
      part: "decoder",
      of: "ryouchinsa/sam-cpp-macos, osam",
      inputs: [...featuresOf.samCpp, ...promptInputs],
      optional: ["orig_im_size"],
      outputs: ["masks", "iou_predictions"],
      ranks: { image_embeddings: 4, ...pointRanks },
    },
    {
      part: "encoder",
      of: "samexporter, ibaiGorordo/ONNX-SAM2",
      inputs: ["*"],
      outputs: featuresOf.samexporter,
    },
    { part: "encoder", of: "ryouchinsa/sam-cpp-macos, osam", inputs: ["*"], outputs: featuresOf.samCpp },
  ],
  ports: {
    fed: {
      ...samPhrases.fed,
      image_embed: phrases.embedding,
      high_res_feats_0: phrases.features,
      high_res_feats_1: phrases.features,
      high_res_features1: phrases.features,
      high_res_features2: phrases.features,
    },
    read: { ...samPhrases.read, masks: phrases.logits },
  },
  contract(graphs, request) {
    const pair = pairOf(sam2, graphs);
    const { decoder } = pair;
    const low = portSize(decoder, "mask_input");
    const features = decoder.inputs
      .map(({ name }) => name)
      .filter((name) => /^(image_embed|high_res_)/.test(name));
    const named = decoder.outputs.some(({ name }) => name === "low_res_masks");
    return pointContract(pair, request, {
      points: ["point_coords", "point_labels"],
      ...{ scores: "iou_predictions", masks: named ? "low_res_masks" : "masks" },
      also(prompts, frame) {
        const { masks, flags } = maskTensors(prompts, frame, low, clampedTo(request.card.prompt.clamp));
        // Exports that resize to a given size get the low resolution, which leaves the logits unchanged.
        return { mask_input: masks, has_mask_input: firstOf(flags), ...outputSize(decoder, low) };
      },
      links: () => sameNames(features),
      frames: stretched,
      direct: true,
      takes: { maskInput: true },
    });
  },
};

/**
 * Prompts of one call all have a mask or none does: one flag for all. Exports declare one per prompt and
 * multiply it wrongly.
 */
function firstOf({ type, data }: Tensor): Tensor {
  return { type, dims: [1], data: data.slice(0, 1) };
}
