import { type Family, lastOf, phrases, unitScale } from "../family.ts";
import { isDynamic } from "../recognise/ports.ts";
import { frameOf, longSide, throughFrame } from "../tensors/frames.ts";
import { perPrompt, pointTensors, withPromptAxis } from "../tensors/prompt-tensors.ts";

/**
 * SAM as Optimum exports it and Transformers.js reads it: `vision_encoder` and `prompt_encoder_mask_decoder`, or one file
 * (huggingface/optimum-onnx, SamOnnxConfig). Three masks, no box (labels 2 and 3 have no embedding there), no mask prompt;
 * the graph pads.
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
  contract(graphs, { card, batch }) {
    const { encoder } = graphs;
    const last = lastOf(graphs);
    const side = card.image.size;
    const names = ["image_embeddings", "image_positional_embeddings"];
    return {
      ...(encoder === undefined ? {} : { encoder }),
      decoder: last,
      links: Object.fromEntries(names.map((name) => [name, [name]])),
      picture: "pixel_values",
      side,
      frames: (size) => longSide(size, side),
      ask(prompts, frame) {
        const { coords, labels } = pointTensors(prompts, frame, card.prompt.paddingPoint);
        return { input_points: withPromptAxis(coords), input_labels: withPromptAxis(labels) };
      },
      answer: (outputs) => ({
        scores: perPrompt(outputs.iou_scores!),
        masks: perPrompt(outputs.pred_masks!),
      }),
      geometry: (_low, size, threshold) => throughFrame(frameOf(size, side), threshold),
      takes: { box: false, maskInput: false },
      batch: { most: isDynamic(last, "input_points", 1) ? batch : 1, how: "probe" },
    };
  },
};
