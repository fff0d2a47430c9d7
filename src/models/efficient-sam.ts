import { complain } from "../core/errors.ts";
import { type Family, openGraphs } from "./shared/family.ts";
import { direct, unscaled } from "./shared/frames.ts";
import type { Tensor } from "./shared/graph.ts";
import { mismatchesOf } from "./shared/mismatches.ts";
import { pointTensors } from "./shared/point-tensors.ts";
import type { Frame } from "./shared/preprocess.ts";
import { perPrompt, withPromptAxis } from "./shared/prompt-axis.ts";
import { isDynamic } from "./shared/sam-contract.ts";
import { openSession } from "./shared/session.ts";

/**
 * EfficientSAM (yformer/EfficientSAM, export_to_onnx.py), split or in one file: pictures of any size as values of 0 to 1,
 * which the graph stretches and normalises; clicks in pixels of the picture; masks at the picture's size. A box is two
 * points. The graph fills up to six points with padding, and drops those beyond without a word: more are not sent.
 */
export const efficientSam: Family = {
  name: "efficient-sam",
  title: "EfficientSAM",
  mismatches: (graphs) => mismatchesOf("efficient-sam", graphs),
  async open(request) {
    const { encoder, decoder, model } = await openGraphs(efficientSam, request);
    const last = decoder ?? model;
    if (last === undefined) throw complain({ where: encoder?.file ?? "model", what: "a decoder is missing" });
    const { card, batch } = request;
    const { points } = card.prompt;
    return openSession(request, {
      name: "efficient-sam",
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
    });
  },
};

function imageSize({ original }: Frame): Tensor {
  return {
    type: "int64",
    dims: [2],
    data: BigInt64Array.of(BigInt(original.height), BigInt(original.width)),
  };
}
