import { type Family, pairOf, phrases, unitScale } from "../family.ts";
import { longSide } from "../tensors/frames.ts";
import { plainEncoder, pointContract, pointDecoder, pointsFed } from "./shared/point-contract.ts";

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
  ports: { fed: pointsFed, read: { iou_predictions: phrases.scores, masks: phrases.logits } },
  contract: (graphs, request) =>
    pointContract(pairOf(efficientvitSam, graphs), request, {
      points: ["point_coords", "point_labels"],
      ...{ scores: "iou_predictions", masks: "masks" },
      frames: (size, side) => longSide(size, side, promptSide),
    }),
};
