import { type Family, lastOf, phrases } from "../family.ts";
import { isDynamic } from "../recognise/ports.ts";
import type { Tensor } from "../runtime/graph.ts";
import { direct, type Frame, unscaled } from "../tensors/frames.ts";
import { perPrompt, pointTensors, withPromptAxis } from "../tensors/prompt-tensors.ts";

/**
 * EfficientSAM (yformer/EfficientSAM, export_to_onnx.py), split or in one file: pictures of any size as values of 0 to 1,
 * which the graph stretches and normalises; clicks in pixels of the picture; masks at the picture's size. A box is two
 * points. The graph fills up to six points with padding, and drops those beyond without a word: more are not sent.
 */
export const efficientSam: Family = {
  name: "efficient-sam",
  title: "EfficientSAM",
  summary: "EfficientSAM, split or in one file: clicks in pixels of the image, at most six points",
  /** ToTensor outside, the rest inside; decoder_max_num_input_points is 6. */
  defaults: {
    image: { scale: 255, normalise: "inside", padding: "none" },
    prompt: { paddingPoint: false, points: 6 },
  },
  signatures: [
    {
      part: "decoder",
      of: "yformer/EfficientSAM",
      inputs: ["image_embeddings", "batched_point_coords", "batched_point_labels", "orig_im_size"],
      outputs: ["output_masks", "iou_predictions"],
      ranks: { image_embeddings: 4, batched_point_coords: 4, batched_point_labels: 3 },
    },
    {
      part: "encoder",
      of: "yformer/EfficientSAM",
      inputs: ["batched_images"],
      outputs: ["image_embeddings"],
      ranks: { batched_images: 4 },
    },
    {
      part: "model",
      of: "yformer/EfficientSAM",
      inputs: ["batched_images", "batched_point_coords", "batched_point_labels"],
      outputs: ["output_masks", "iou_predictions"],
      ranks: { batched_images: 4, batched_point_coords: 4, batched_point_labels: 3 },
    },
  ],
  ports: {
    fed: {
      image_embeddings: phrases.embedding,
      batched_point_coords: phrases.coordinates,
      batched_point_labels: phrases.labels,
      orig_im_size: phrases.size,
    },
    read: { iou_predictions: phrases.scores, output_masks: phrases.logits },
  },
  contract(graphs, { card, batch }) {
    const { encoder, decoder } = graphs;
    const last = lastOf(graphs);
    const { points } = card.prompt;
    return {
      ...(encoder === undefined ? {} : { encoder }),
      decoder: last,
      links: { image_embeddings: ["image_embeddings"] },
      picture: "batched_images",
      side: card.image.size,
      frames: unscaled,
      ask(prompts, frame) {
        const { coords, labels } = pointTensors(prompts, frame, card.prompt.paddingPoint);
        return {
          batched_point_coords: withPromptAxis(coords),
          batched_point_labels: withPromptAxis(labels),
          ...(decoder === undefined ? {} : { orig_im_size: imageSize(frame) }),
        };
      },
      answer: (outputs) => ({
        scores: perPrompt(outputs.iou_predictions!),
        masks: perPrompt(outputs.output_masks!),
      }),
      geometry: direct,
      takes: { box: card.prompt.box, maskInput: false, ...(points === undefined ? {} : { points }) },
      batch: { most: isDynamic(last, "batched_point_coords", 1) ? batch : 1, how: "probe" },
    };
  },
};

function imageSize({ original }: Frame): Tensor {
  return {
    type: "int64",
    dims: [2],
    data: BigInt64Array.of(BigInt(original.height), BigInt(original.width)),
  };
}
