import { given } from "../../core/given.ts";
import { type Family, oneOrTwo, phrases } from "../family.ts";
import type { Tensor } from "../runtime/graph.ts";
import { type Frame, unscaled } from "../tensors/frames.ts";
import { pointContract, sameNames } from "./shared/point-contract.ts";

/**
 * EfficientSAM (yformer/EfficientSAM, export_to_onnx.py), split or in one file: images of any size as values of 0 to 1,
 * which the graph stretches and normalises; clicks in pixels of the image; masks at the image's size. A box is two
 * points. The graph pads to six points and silently drops any beyond: more are not sent.
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
  contract: (graphs, request) =>
    pointContract(oneOrTwo(graphs), request, {
      points: ["batched_point_coords", "batched_point_labels"],
      ...{ scores: "iou_predictions", masks: "output_masks", imageAxis: true, imageInput: "batched_images" },
      also: (_, frame) => (graphs.decoder === undefined ? {} : { orig_im_size: imageSize(frame) }),
      links: () => sameNames(["image_embeddings"]),
      frames: unscaled,
      direct: true,
      takes: given({ points: request.card.prompt.points }),
      probeSide: 64,
    }),
};

function imageSize({ original }: Frame): Tensor {
  return {
    type: "int64",
    dims: [2],
    data: BigInt64Array.of(BigInt(original.height), BigInt(original.width)),
  };
}
