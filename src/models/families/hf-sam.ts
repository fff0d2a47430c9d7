import { type Family, oneOrTwo, phrases, unitScale } from "../family.ts";
import { longSide } from "../tensors/frames.ts";
import { pointContract, sameNames } from "./shared/point-contract.ts";

/**
 * SAM as Optimum exports it and Transformers.js reads it: `vision_encoder` and `prompt_encoder_mask_decoder`,
 * or one file (huggingface/optimum-onnx, SamOnnxConfig). Three masks, no box (labels 2 and 3 have no
 * embedding there), no mask prompt; the graph pads.
 */
export const hfSam: Family = {
  name: "hf-sam",
  title: "Transformers.js SAM",
  summary: "SAM in the layout of Optimum and Transformers.js: clicks only (SAM, SlimSAM)",
  /** SamImageProcessor; labels 2 and 3 have no embedding in Transformers' SAM, so there is no box. */
  defaults: { image: unitScale, prompt: { paddingPoint: false, box: false } },
  signatures: [
    {
      part: "decoder",
      of: "Optimum, Transformers.js (SAM, SlimSAM)",
      inputs: ["image_embeddings", "image_positional_embeddings", "input_points", "input_labels"],
      outputs: ["iou_scores", "pred_masks"],
      ranks: { image_embeddings: 4, input_points: 4, input_labels: 3 },
    },
    {
      part: "encoder",
      of: "Optimum, Transformers.js (SAM, SlimSAM)",
      inputs: ["pixel_values"],
      outputs: ["image_embeddings", "image_positional_embeddings"],
      ranks: { pixel_values: 4 },
    },
    {
      part: "model",
      of: "Optimum (SAM in one file)",
      inputs: ["pixel_values", "input_points", "input_labels"],
      outputs: ["iou_scores", "pred_masks"],
      ranks: { pixel_values: 4, input_points: 4, input_labels: 3 },
    },
  ],
  ports: {
    fed: {
      image_embeddings: phrases.embedding,
      image_positional_embeddings: "positions of the encoder, kept with the runtime",
      input_points: phrases.coordinates,
      input_labels: phrases.labels,
    },
    read: { iou_scores: phrases.scores, pred_masks: phrases.logits },
  },
  contract: (graphs, request) =>
    pointContract(oneOrTwo(graphs), request, {
      points: ["input_points", "input_labels"],
      ...{ scores: "iou_scores", masks: "pred_masks", imageAxis: true, imageInput: "pixel_values" },
      links: () => sameNames(["image_embeddings", "image_positional_embeddings"]),
      frames: longSide,
      takes: { box: false },
    }),
};
