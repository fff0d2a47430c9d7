import { type Family, pairOf, phrases, unitScale } from "../family.ts";
import { isDynamic } from "../recognise/ports.ts";
import { frameOf, longSide, throughFrame } from "../tensors/frames.ts";
import { pointTensors } from "../tensors/prompt-tensors.ts";
import { plainEncoder, pointDecoder, pointsFed } from "./shared/sam-decoder.ts";

/** `image_size` of all published models is (1024, 512) or (1024, 1024): prompts and masks live in the first. */
const promptSide = 1024;

/**
 * EfficientViT-SAM (mit-han-lab/efficientvit, applications/efficientvit_sam/deployment/onnx): points are counted in a frame
 * of 1024 whatever the encoder's size, and masks go through that frame too. No mask prompt, no padding point.
 */
export const efficientvitSam: Family = {
  name: "efficientvit-sam",
  title: "EfficientViT-SAM",
  summary:
    "image encoder + decoder of points alone (masks, iou_predictions), clicks in a frame of 1024: EfficientViT-SAM",
  /** run_efficientvit_sam_onnx.py: torchvision's ToTensor and Normalize; no padding point. */
  defaults: { image: unitScale, prompt: { paddingPoint: false } },
  signatures: [
    { ...pointDecoder, of: "mit-han-lab/efficientvit", outputs: ["masks", "iou_predictions"] },
    plainEncoder,
  ],
  ports: {
    fed: pointsFed,
    read: { iou_predictions: phrases.scores, masks: phrases.logits },
  },
  contract(graphs, { card, batch }) {
    const { encoder, decoder } = pairOf(efficientvitSam, graphs);
    return {
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
    };
  },
};
