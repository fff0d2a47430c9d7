// Known contracts of public exports that cannot be run, and why. Data only.
import { samDecoder } from "../families/shared/point-contract.ts";
import type { Signature } from "../family.ts";

/** Ports of a contract that no family supports. */
export interface Refused extends Signature {
  readonly family: string;
  readonly refused: string;
}

const threeFiles = "its prompt encoder is a file of its own";
const videoStep = "it is a step of a video model";
const detector =
  "it is one of three graphs of a model that takes phrases (families sam3-osam, sam3-anylabeling): name the folder that holds them and their tokenizer.json; the SAM 3 tracker export (family hf-sam2) takes clicks and boxes";

export const refused: readonly Refused[] = [
  {
    family: "sam-cvat",
    part: "decoder",
    of: "CVAT",
    inputs: [...samDecoder.inputs, "orig_im_size"],
    outputs: ["masks", ...samDecoder.outputs, "xtl", "ytl", "xbr", "ybr"],
    refused: "its masks are cropped to a box; use the export that they were made from (family sam)",
  },
  {
    family: "efficientvit-gazesam",
    part: "decoder",
    of: "mit-han-lab/efficientvit, gazesam",
    inputs: ["image_embeddings", "boxes"],
    outputs: ["low_res_masks", "iou_predictions"],
    refused: "it takes only boxes",
  },
  {
    family: "sam2-parts",
    part: "decoder",
    of: "axinc-ai/segment-anything-2",
    inputs: ["image_embeddings", "image_pe", "sparse_prompt_embeddings", "dense_prompt_embeddings"],
    optional: ["repeat_image", "high_res_features1", "high_res_features2"],
    outputs: ["masks", "iou_pred", "sam_tokens_out", "object_score_logits"],
    refused: threeFiles,
  },
  {
    family: "sam2-parts",
    part: "decoder",
    of: "axinc-ai/segment-anything-2, prompt encoder",
    inputs: ["coords", "labels", "masks", "masks_enable"],
    outputs: [],
    refused: threeFiles,
  },
  {
    family: "sam2-video",
    part: "decoder",
    of: "square-zero-labs/sam2.1-tiny-video-onnx",
    inputs: ["feats0", "feats1", "feats2_cond", "input_points", "input_labels"],
    outputs: ["low_res_mask", "iou"],
    refused: videoStep,
  },
  {
    family: "sam3-detector",
    part: "decoder",
    of: "wkentaro/sam3-onnx, samexporter",
    inputs: [
      "backbone_fpn_0",
      "backbone_fpn_1",
      "backbone_fpn_2",
      "vision_pos_enc_2",
      "language_mask",
      "language_features",
      "box_coords",
      "box_labels",
      "box_masks",
    ],
    optional: [
      "vision_pos_enc_0",
      "vision_pos_enc_1",
      "language_embeds",
      "original_height",
      "original_width",
    ],
    outputs: ["boxes", "scores", "masks"],
    refused: detector,
  },
  {
    family: "medficientsam",
    part: "decoder",
    of: "hieplpvip/medficientsam",
    inputs: ["image_embeddings", "boxes"],
    outputs: ["masks"],
    refused: "it takes only one box",
  },
  {
    family: "sam2-parts",
    part: "encoder",
    of: "axinc-ai/segment-anything-2",
    inputs: ["*"],
    outputs: ["vision_features", "backbone_fpn_0", "backbone_fpn_1", "backbone_fpn_2"],
    refused: threeFiles,
  },
  {
    family: "sam2-video",
    part: "encoder",
    of: "square-zero-labs/sam2.1-tiny-video-onnx",
    inputs: ["*"],
    outputs: ["feats0", "feats1", "feats2"],
    refused: videoStep,
  },
  {
    family: "sam3-detector",
    part: "encoder",
    of: "wkentaro/sam3-onnx, samexporter",
    inputs: ["image"],
    outputs: ["vision_pos_enc_2", "backbone_fpn_0", "backbone_fpn_1", "backbone_fpn_2"],
    ranks: { image: 3 },
    refused: detector,
  },
  {
    family: "sam3-detector",
    part: "encoder",
    of: "wkentaro/sam3-onnx, language encoder",
    inputs: ["tokens"],
    outputs: ["text_attention_mask", "text_memory", "text_embeds"],
    refused: detector,
  },
  {
    family: "medficientsam",
    part: "encoder",
    of: "hieplpvip/medficientsam",
    inputs: ["image", "original_size"],
    outputs: ["image_embeddings"],
    refused: "its decoder takes only one box",
  },
  {
    family: "fastsam",
    part: "model",
    of: "ultralytics FastSAM",
    inputs: ["images"],
    outputs: ["output0", "output1"],
    ranks: { images: 4, output0: 3, output1: 4 },
    refused:
      "it takes no prompt: it segments everything, and a prompt only chooses among the results afterwards",
  },
];
