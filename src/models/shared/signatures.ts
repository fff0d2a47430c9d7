// The ports of public ONNX exports of promptable segmenters, as their exporters name them. Data only: `recognise` compares
// a file with these. A contract with `refused` is known by its ports and not spoken.
import type { Part } from "./family.ts";
import type { GraphPort } from "./graph.ts";

export interface Signature {
  readonly family: string;
  readonly part: Part;
  /** Whose export it is. */
  readonly of: string;
  /** Names that must be there; "*" stands for one picture input of any name. */
  readonly inputs: readonly string[];
  /** Inputs that may be there as well; any other is a mismatch. */
  readonly optional?: readonly string[];
  readonly outputs: readonly string[];
  /** Further outputs must be there, of any name that no other contract uses. */
  readonly moreOutputs?: boolean;
  /** Number of axes of ports, checked where the file tells it. */
  readonly ranks?: Readonly<Record<string, number>>;
  /** A last look at the ports: a sentence that speaks against the match. */
  readonly against?: (input: (name: string) => GraphPort | undefined) => string | undefined;
  /** Why this contract cannot be run. */
  readonly refused?: string;
}

const points = { point_coords: 3, point_labels: 2 };
const samInputs = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input"];
const samRanks = { image_embeddings: 4, mask_input: 4, has_mask_input: 1, ...points };
const prompted = ["point_coords", "point_labels", "mask_input", "has_mask_input"];
const cvatCorners = ["xtl", "ytl", "xbr", "ybr"];

/** A model of 256 pixels with four pixels a logit: SAM-Med2D, and possibly a small SAM. */
const isMed2d = (input: (name: string) => GraphPort | undefined) =>
  input("mask_input")?.shape.slice(-2).join() === "64,64";

const decoders: readonly Signature[] = [
  {
    ...{
      family: "sam",
      part: "decoder",
      of: "facebookresearch/segment-anything, samexporter, MobileSAM, RepViT-SAM",
    },
    inputs: samInputs,
    optional: ["orig_im_size"],
    outputs: ["iou_predictions", "low_res_masks"],
    ranks: samRanks,
  },
  {
    ...{ family: "sam-med2d", part: "decoder", of: "OpenGVLab/SAM-Med2D" },
    inputs: [...samInputs, "orig_im_size"],
    outputs: ["masks", "iou_predictions", "low_res_masks"],
    ranks: samRanks,
    against: (input) => (isMed2d(input) ? undefined : "mask_input is not 64 x 64"),
  },
  {
    ...{ family: "sam-cvat", part: "decoder", of: "CVAT" },
    inputs: [...samInputs, "orig_im_size"],
    outputs: ["masks", "iou_predictions", "low_res_masks", ...cvatCorners],
    refused: "its masks are cropped to a box; use the export that they were made from (family sam)",
  },
  {
    ...{ family: "sam-hq", part: "decoder", of: "SysCV/sam-hq" },
    inputs: [...samInputs, "interm_embeddings"],
    optional: ["orig_im_size"],
    outputs: ["iou_predictions", "low_res_masks"],
    ranks: samRanks,
  },
  {
    ...{ family: "edge-sam", part: "decoder", of: "chongzhou96/EdgeSAM" },
    inputs: ["image_embeddings", "point_coords", "point_labels"],
    outputs: ["scores", "masks"],
    ranks: { image_embeddings: 4, ...points },
  },
  {
    ...{ family: "efficientvit-sam", part: "decoder", of: "mit-han-lab/efficientvit" },
    inputs: ["image_embeddings", "point_coords", "point_labels"],
    outputs: ["masks", "iou_predictions"],
    ranks: { image_embeddings: 4, ...points },
  },
  {
    ...{ family: "efficientvit-gazesam", part: "decoder", of: "mit-han-lab/efficientvit, gazesam" },
    inputs: ["image_embeddings", "boxes"],
    outputs: ["low_res_masks", "iou_predictions"],
    refused: "it takes boxes alone",
  },
  {
    ...{ family: "efficient-sam", part: "decoder", of: "yformer/EfficientSAM" },
    inputs: ["image_embeddings", "batched_point_coords", "batched_point_labels", "orig_im_size"],
    outputs: ["output_masks", "iou_predictions"],
    ranks: { image_embeddings: 4, batched_point_coords: 4, batched_point_labels: 3 },
  },
  {
    ...{ family: "sam2", part: "decoder", of: "samexporter, ibaiGorordo/ONNX-SAM2" },
    inputs: ["image_embed", "high_res_feats_0", "high_res_feats_1", ...prompted],
    optional: ["orig_im_size"],
    outputs: ["masks", "iou_predictions"],
    ranks: { image_embed: 4, ...points },
  },
  {
    ...{ family: "sam2", part: "decoder", of: "ryouchinsa/sam-cpp-macos, osam" },
    inputs: ["image_embeddings", "high_res_features1", "high_res_features2", ...prompted],
    optional: ["orig_im_size"],
    outputs: ["masks", "iou_predictions"],
    ranks: { image_embeddings: 4, ...points },
  },
  {
    ...{ family: "sam2-parts", part: "decoder", of: "axinc-ai/segment-anything-2" },
    inputs: ["image_embeddings", "image_pe", "sparse_prompt_embeddings", "dense_prompt_embeddings"],
    optional: ["repeat_image", "high_res_features1", "high_res_features2"],
    outputs: ["masks", "iou_pred", "sam_tokens_out", "object_score_logits"],
    refused: "its prompt encoder is a file of its own",
  },
  {
    ...{ family: "sam2-parts", part: "decoder", of: "axinc-ai/segment-anything-2, prompt encoder" },
    inputs: ["coords", "labels", "masks", "masks_enable"],
    outputs: [],
    refused: "its prompt encoder is a file of its own",
  },
  {
    ...{ family: "hf-sam", part: "decoder", of: "Optimum, Transformers.js (SAM, SlimSAM)" },
    inputs: ["image_embeddings", "image_positional_embeddings", "input_points", "input_labels"],
    outputs: ["iou_scores", "pred_masks"],
    ranks: { image_embeddings: 4, input_points: 4, input_labels: 3 },
  },
  {
    ...{ family: "hf-sam2", part: "decoder", of: "Transformers.js (SAM 2, EdgeTAM, SAM 3 tracker)" },
    inputs: [0, 1, 2].map((level) => `image_embeddings.${level}`).concat("input_points", "input_labels"),
    optional: ["input_boxes"],
    outputs: ["iou_scores", "pred_masks"],
    ranks: { input_points: 4, input_labels: 3, input_boxes: 3 },
  },
  {
    ...{ family: "sam2-video", part: "decoder", of: "square-zero-labs/sam2.1-tiny-video-onnx" },
    inputs: ["feats0", "feats1", "feats2_cond", "input_points", "input_labels"],
    outputs: ["low_res_mask", "iou"],
    refused: "it is a step of a video model",
  },
  {
    ...{ family: "sam3-detector", part: "decoder", of: "wkentaro/sam3-onnx, samexporter" },
    inputs: [
      "backbone_fpn_0",
      "backbone_fpn_1",
      "backbone_fpn_2",
      "vision_pos_enc_2",
      "language_mask",
    ].concat(...["language_features", "box_coords", "box_labels", "box_masks"]),
    optional: [
      "vision_pos_enc_0",
      "vision_pos_enc_1",
      "language_embeds",
      "original_height",
      "original_width",
    ],
    outputs: ["boxes", "scores", "masks"],
    refused:
      "it detects by text or example boxes; the SAM 3 tracker export (family hf-sam2) takes clicks and boxes",
  },
  {
    ...{ family: "medficientsam", part: "decoder", of: "hieplpvip/medficientsam" },
    inputs: ["image_embeddings", "boxes"],
    outputs: ["masks"],
    refused: "it takes one box alone",
  },
];

const picture = ["*"];

const encoders: readonly Signature[] = [
  ...(["sam", "edge-sam", "efficientvit-sam", "sam-med2d"] as const).map(
    (family): Signature => ({
      family,
      part: "encoder",
      of: "the SAM family",
      inputs: picture,
      outputs: ["*"],
    }),
  ),
  {
    ...{ family: "sam-hq", part: "encoder", of: "X-AnyLabeling, usls" },
    inputs: picture,
    outputs: ["image_embeddings", "interm_embeddings"],
  },
  {
    ...{ family: "sam-hq", part: "encoder", of: "X-AnyLabeling, features one by one" },
    inputs: picture,
    outputs: ["image_embeddings"],
    moreOutputs: true,
  },
  {
    ...{ family: "efficient-sam", part: "encoder", of: "yformer/EfficientSAM" },
    inputs: ["batched_images"],
    outputs: ["image_embeddings"],
    ranks: { batched_images: 4 },
  },
  {
    ...{ family: "sam2", part: "encoder", of: "samexporter, ibaiGorordo/ONNX-SAM2" },
    inputs: picture,
    outputs: ["image_embed", "high_res_feats_0", "high_res_feats_1"],
  },
  {
    ...{ family: "sam2", part: "encoder", of: "ryouchinsa/sam-cpp-macos, osam" },
    inputs: picture,
    outputs: ["image_embeddings", "high_res_features1", "high_res_features2"],
  },
  {
    ...{ family: "sam2-parts", part: "encoder", of: "axinc-ai/segment-anything-2" },
    inputs: picture,
    outputs: ["vision_features", "backbone_fpn_0", "backbone_fpn_1", "backbone_fpn_2"],
    refused: "its prompt encoder is a file of its own",
  },
  {
    ...{ family: "hf-sam", part: "encoder", of: "Optimum, Transformers.js (SAM, SlimSAM)" },
    inputs: ["pixel_values"],
    outputs: ["image_embeddings", "image_positional_embeddings"],
    ranks: { pixel_values: 4 },
  },
  {
    ...{ family: "hf-sam2", part: "encoder", of: "Transformers.js (SAM 2, EdgeTAM, SAM 3 tracker)" },
    inputs: ["pixel_values"],
    outputs: ["image_embeddings.0", "image_embeddings.1", "image_embeddings.2"],
    ranks: { pixel_values: 4 },
  },
  {
    ...{ family: "sam2-video", part: "encoder", of: "square-zero-labs/sam2.1-tiny-video-onnx" },
    inputs: picture,
    outputs: ["feats0", "feats1", "feats2"],
    refused: "it is a step of a video model",
  },
  {
    ...{ family: "sam3-detector", part: "encoder", of: "wkentaro/sam3-onnx, samexporter" },
    inputs: ["image"],
    outputs: ["vision_pos_enc_2", "backbone_fpn_0", "backbone_fpn_1", "backbone_fpn_2"],
    ranks: { image: 3 },
    refused:
      "it detects by text or example boxes; the SAM 3 tracker export (family hf-sam2) takes clicks and boxes",
  },
  {
    ...{ family: "sam3-detector", part: "encoder", of: "wkentaro/sam3-onnx, language encoder" },
    inputs: ["tokens"],
    outputs: ["text_attention_mask", "text_memory", "text_embeds"],
    refused: "it reads text",
  },
  {
    ...{ family: "medficientsam", part: "encoder", of: "hieplpvip/medficientsam" },
    inputs: ["image", "original_size"],
    outputs: ["image_embeddings"],
    refused: "its decoder takes one box alone",
  },
];

const whole: readonly Signature[] = [
  {
    ...{ family: "hf-sam", part: "model", of: "Optimum (SAM in one file)" },
    inputs: ["pixel_values", "input_points", "input_labels"],
    outputs: ["iou_scores", "pred_masks"],
    ranks: { pixel_values: 4, input_points: 4, input_labels: 3 },
  },
  {
    ...{ family: "efficient-sam", part: "model", of: "yformer/EfficientSAM" },
    inputs: ["batched_images", "batched_point_coords", "batched_point_labels"],
    outputs: ["output_masks", "iou_predictions"],
    ranks: { batched_images: 4, batched_point_coords: 4, batched_point_labels: 3 },
  },
  {
    ...{ family: "ritm", part: "model", of: "click networks (RITM, FocalClick, SimpleClick)" },
    inputs: ["image", "points"],
    optional: ["prev_mask"],
    outputs: ["logits"],
    ranks: { image: 4, points: 3, prev_mask: 4, logits: 4 },
  },
  {
    ...{ family: "fastsam", part: "model", of: "ultralytics FastSAM" },
    inputs: ["images"],
    outputs: ["output0", "output1"],
    ranks: { images: 4, output0: 3, output1: 4 },
    refused:
      "it takes no prompt: it segments everything, and a prompt only chooses among the results afterwards",
  },
];

export const signatures: readonly Signature[] = [...decoders, ...encoders, ...whole];
