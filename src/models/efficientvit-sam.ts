import { type Family, openPair } from "./shared/family.ts";
import { longSide } from "./shared/frames.ts";
import { mismatchesOf } from "./shared/mismatches.ts";
import { pointTensors } from "./shared/point-tensors.ts";
import { frameOf } from "./shared/preprocess.ts";
import { isDynamic, throughFrame } from "./shared/sam-contract.ts";
import { openSession } from "./shared/session.ts";

/** `image_size` of all published models is (1024, 512) or (1024, 1024): prompts and masks live in the first. */
const promptSide = 1024;

/**
 * EfficientViT-SAM (mit-han-lab/efficientvit, applications/efficientvit_sam/deployment/onnx): points are counted in a frame
 * of 1024 whatever the encoder's size, and masks go through that frame too. No mask prompt, no padding point.
 */
export const efficientvitSam: Family = {
  name: "efficientvit-sam",
  title: "EfficientViT-SAM",
  mismatches: (graphs) => mismatchesOf("efficientvit-sam", graphs),
  async open(request) {
    const { encoder, decoder } = await openPair(efficientvitSam, request);
    const { card, batch } = request;
    return openSession(request, {
      name: "efficientvit-sam",
      encoder,
      decoder,
      links: { image_embeddings: [encoder.outputs[0]!.name] },
      picture: encoder.inputs[0]!.name,
      side: card.image.size,
      frames: (size) => longSide(size, card.image.size, promptSide),
      ask(prompts, frame) {
        const { coords, labels } = pointTensors(prompts, frame, card.prompt.paddingPoint);
        return { point_coords: coords, point_labels: labels };
      },
      answer: ({ iou_predictions, masks }) => ({ scores: iou_predictions!, masks: masks! }),
      geometry: (_low, size, threshold) => throughFrame(frameOf(size, promptSide), threshold),
      takes: { box: card.prompt.box, maskInput: false },
      batch: { most: isDynamic(decoder, "point_coords", 0) ? batch : 1, how: "probe" },
    });
  },
};
