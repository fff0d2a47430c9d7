import type { Size } from "../core/types.ts";
import { type Family, openPair } from "./shared/family.ts";
import { direct, stretched } from "./shared/frames.ts";
import type { Tensor } from "./shared/graph.ts";
import { maskTensors } from "./shared/mask-tensors.ts";
import { mismatchesOf } from "./shared/mismatches.ts";
import { pointTensors } from "./shared/point-tensors.ts";
import { portSize } from "./shared/ports.ts";
import { isDynamic, outputSize } from "./shared/sam-contract.ts";
import { openSession } from "./shared/session.ts";

/**
 * SAM 2 and 2.1 for images: samexporter, ibaiGorordo/ONNX-SAM2 (image_embed, high_res_feats_0 and _1), and
 * ryouchinsa/sam-cpp-macos (image_embeddings, high_res_features1 and 2). Pictures are stretched to a square; masks go from
 * low resolution to the image in one bilinear step (facebookresearch/sam2, sam2/utils/transforms.py). The graph pads.
 */
export const sam2: Family = {
  name: "sam2",
  title: "SAM 2",
  mismatches: (graphs) => mismatchesOf("sam2", graphs),
  async open(request) {
    const { encoder, decoder } = await openPair(sam2, request);
    const { card, batch } = request;
    const side = card.image.size;
    const low = portSize(decoder, "mask_input");
    const features = decoder.inputs
      .map(({ name }) => name)
      .filter((name) => /^(image_embed|high_res_)/.test(name));
    const masksPort = decoder.outputs.some(({ name }) => name === "low_res_masks")
      ? "low_res_masks"
      : "masks";
    return openSession(request, {
      name: "sam2",
      encoder,
      decoder,
      links: Object.fromEntries(features.map((name) => [name, [name]])),
      picture: encoder.inputs[0]!.name,
      side,
      frames: (size) => stretched(size, side),
      ask(prompts, frame) {
        const { coords, labels } = pointTensors(prompts, frame, card.prompt.paddingPoint);
        const { masks, flags } = maskTensors(prompts, frame, low);
        return {
          point_coords: coords,
          point_labels: labels,
          mask_input: masks,
          has_mask_input: firstOf(flags),
          ...enlargedNot(low),
        };
      },
      answer: (outputs) => ({ scores: outputs.iou_predictions!, masks: outputs[masksPort]! }),
      geometry: direct,
      takes: { box: card.prompt.box, maskInput: true },
      batch: { most: isDynamic(decoder, "point_coords", 0) ? batch : 1, how: "probe" },
    });

    /** Exports that enlarge to `orig_im_size` are asked for the low resolution, which leaves the logits as they are. */
    function enlargedNot(size: Size) {
      return outputSize(decoder, size);
    }
  },
};

/** Prompts of one call all have a mask or none has: one flag stands for all. Exports declare one for each prompt and multiply it wrongly. */
function firstOf({ type, data }: Tensor): Tensor {
  return { type, dims: [1], data: data.slice(0, 1) };
}
