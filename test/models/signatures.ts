// Ports of public exports as their exporters' sources name them (names, types, sizes; a word is a free size, "?" an unnamed
// one, "-" a shape that the file does not say), and the contract that each must be recognised as.
import type { GraphPort } from "../../src/models/runtime/graph.ts";

export interface Row {
  readonly of: string;
  readonly part: "encoder" | "decoder" | "model";
  readonly inputs: string;
  readonly outputs: string;
  /** Families that it could be a part of. */
  readonly families: readonly string[];
  readonly image?: object;
}

const types: Readonly<Record<string, string>> = {
  ...{ f32: "float32", f16: "float16", u8: "uint8", i16: "int16", i32: "int32", i64: "int64", bool: "bool" },
};

/** `name f32 1,256,64,64; ...` */
export function ports(text: string): GraphPort[] {
  return text.split(";").map((one) => {
    const [name = "", type = "", shape = "-"] = one.trim().split(/\s+/);
    const sizes = shape === "-" ? [] : shape.split(",");
    const size = (word: string) => (/^\d+$/.test(word) ? Number(word) : word === "?" ? "" : word);
    return { name, type: types[type] ?? type, shape: sizes.map(size) };
  });
}

const clicks = "point_coords f32 1,num_points,2; point_labels f32 1,num_points";
const mask = "mask_input f32 1,1,256,256; has_mask_input f32 1";
const meta = `image_embeddings f32 1,256,64,64; ${clicks}; ${mask}`;
const metaOut = "masks f32 Resizemasks_dim_0,?,?,?; iou_predictions f32 1,?; low_res_masks f32 1,?,256,256";
const sam2Mask =
  "point_coords f32 num_labels,num_points,2; point_labels f32 num_labels,num_points; mask_input f32 num_labels,1,256,256; has_mask_input f32 num_labels";
const anySam = ["sam", "edge-sam", "efficientvit-sam", "sam-med2d"];
const nchw = (size: number) => ({ size, layout: "nchw" });
const hwc = { layout: "hwc", normalise: "inside", padding: "none" };
const embedding = "image_embeddings f32 1,256,64,64";
const hfLevels =
  "image_embeddings.0 f32 b,32,256,256; image_embeddings.1 f32 b,64,128,128; image_embeddings.2 f32 b,256,64,64";
const hfOut = "iou_scores f32 b,n,3; pred_masks f32 b,n,3,256,256";

export const documented: readonly Row[] = [
  {
    of: "segment-anything",
    part: "decoder",
    inputs: `${meta}; orig_im_size f32 2`,
    outputs: metaOut,
    families: ["sam"],
  },
  {
    of: "segment-anything, extra metrics",
    part: "decoder",
    inputs: `${meta}; orig_im_size f32 2`,
    outputs:
      "masks f32 -; iou_predictions f32 1,?; low_res_masks f32 1,?; 3049 f32 1,?; 3050 f32 1,?,256,256",
    families: ["sam"],
  },
  {
    of: "NanoSAM",
    part: "decoder",
    inputs: meta,
    outputs: "iou_predictions f32 1,4; low_res_masks f32 1,4,256,256",
    families: ["sam"],
  },
  {
    of: "SAM-Med2D",
    part: "decoder",
    inputs: `image_embeddings f32 1,256,16,16; ${clicks}; mask_input f32 1,1,64,64; has_mask_input f32 1; orig_im_size f32 2`,
    outputs: metaOut,
    families: ["sam", "sam-med2d"],
  },
  {
    of: "SAM-HQ",
    part: "decoder",
    inputs: `image_embeddings f32 1,256,64,64; interm_embeddings f32 4,1,64,64,768; ${clicks}; ${mask}; orig_im_size f32 2`,
    outputs: metaOut,
    families: ["sam-hq"],
  },
  {
    of: "EdgeSAM",
    part: "decoder",
    inputs: `${embedding}; ${clicks}`,
    outputs: "scores f32 1,4; masks f32 1,4,256,256",
    families: ["edge-sam"],
  },
  {
    of: "EfficientViT-SAM",
    part: "decoder",
    inputs:
      "image_embeddings f32 1,256,64,64; point_coords f32 batch_size,num_points,2; point_labels f32 batch_size,num_points",
    outputs: "masks f32 batch_size,?,256,256; iou_predictions f32 batch_size,?",
    families: ["efficientvit-sam"],
  },
  {
    of: "GazeSAM",
    part: "decoder",
    inputs: `${embedding}; boxes f32 n,4`,
    outputs: "low_res_masks f32 -; iou_predictions f32 -",
    families: ["efficientvit-gazesam"],
  },
  {
    of: "EfficientSAM",
    part: "decoder",
    inputs: `${embedding}; batched_point_coords f32 1,1,num_points,2; batched_point_labels f32 1,1,num_points; orig_im_size i64 2`,
    outputs: "output_masks f32 ?,?,?,?,?; iou_predictions f32 ?,?,?; onnx::Shape_2892 f32 ?,?,?,?",
    families: ["efficient-sam"],
  },
  {
    of: "EfficientSAM in one",
    part: "model",
    inputs:
      "batched_images f32 batch,3,height,width; batched_point_coords f32 batch,num_queries,num_points,2; batched_point_labels f32 batch,num_queries,num_points",
    outputs: "output_masks f32 -; iou_predictions f32 -; x f32 -",
    families: ["efficient-sam"],
    image: { layout: "nchw" },
  },
  {
    of: "samexporter SAM 2",
    part: "decoder",
    inputs: `image_embed f32 1,256,64,64; high_res_feats_0 f32 1,32,256,256; high_res_feats_1 f32 1,64,128,128; ${sam2Mask}`,
    outputs: "masks f32 num_labels,?,?,?; iou_predictions f32 num_labels,?",
    families: ["sam2"],
  },
  {
    of: "ibaiGorordo SAM 2",
    part: "decoder",
    inputs: `image_embed f32 1,256,64,64; high_res_feats_0 f32 1,32,256,256; high_res_feats_1 f32 1,64,128,128; ${sam2Mask}; orig_im_size i32 2`,
    outputs: "masks f32 -; iou_predictions f32 -",
    families: ["sam2"],
  },
  {
    of: "sam-cpp-macos SAM 2.1",
    part: "decoder",
    inputs: `${embedding}; high_res_features1 f32 1,32,256,256; high_res_features2 f32 1,64,128,128; ${clicks}; ${mask}; orig_im_size i64 2`,
    outputs: "masks f32 -; iou_predictions f32 1,4; low_res_masks f32 1,4,256,256",
    families: ["sam2"],
  },
  {
    of: "ailia SAM 2, mask decoder",
    part: "decoder",
    inputs:
      "image_embeddings f32 1,256,64,64; image_pe f32 1,256,64,64; sparse_prompt_embeddings f32 1,n,256; dense_prompt_embeddings f32 1,256,64,64; high_res_features1 f32 1,32,256,256; high_res_features2 f32 1,64,128,128",
    outputs: "masks f32 -; iou_pred f32 -; sam_tokens_out f32 -; object_score_logits f32 -",
    families: ["sam2-parts"],
  },
  {
    of: "ailia SAM 2, prompt encoder",
    part: "decoder",
    inputs: "coords f32 b,n,2; labels i32 b,n; masks f32 b,h,w; masks_enable i32 1",
    outputs: "sparse_embeddings f32 -; dense_embeddings f32 -; dense_pe f32 -",
    families: ["sam2-parts"],
  },
  {
    of: "Optimum SAM",
    part: "decoder",
    inputs:
      "input_points f32 b,p,n,2; input_labels i64 b,p,n; image_embeddings f32 b,256,64,64; image_positional_embeddings f32 b,256,64,64",
    outputs: "iou_scores f32 b,p,3; pred_masks f32 b,p,3,256,256",
    families: ["hf-sam"],
  },
  {
    of: "Optimum SAM in one",
    part: "model",
    inputs: "pixel_values f32 b,3,1024,1024; input_points f32 b,p,n,2; input_labels i64 b,p,n",
    outputs: "iou_scores f32 b,p,3; pred_masks f32 b,p,3,256,256",
    families: ["hf-sam"],
    image: nchw(1024),
  },
  {
    of: "Transformers.js SAM 2",
    part: "decoder",
    inputs: `${hfLevels}; input_points f32 b,n,p,2; input_labels i64 b,n,p; input_boxes f32 b,n,4`,
    outputs: `${hfOut}; object_score_logits f32 b,n,1`,
    families: ["hf-sam2"],
  },
  {
    of: "SAM 3 tracker",
    part: "decoder",
    inputs:
      "image_embeddings.0 f32 b,32,288,288; image_embeddings.1 f32 b,64,144,144; image_embeddings.2 f32 b,256,72,72; input_points f32 b,n,p,2; input_labels i64 b,n,p; input_boxes f32 b,n,4",
    outputs: `${hfOut}; object_score_logits f32 b,n,1`,
    families: ["hf-sam2"],
  },
  {
    of: "SAM 3 detector",
    part: "decoder",
    inputs:
      "backbone_fpn_0 f32 -; backbone_fpn_1 f32 -; backbone_fpn_2 f32 -; vision_pos_enc_2 f32 -; language_mask bool 1,32; language_features f32 32,1,256; language_embeds f32 32,1,1024; box_coords f32 1,1,4; box_labels i64 1,1; box_masks bool 1,1; original_height i64 1; original_width i64 1",
    outputs: "boxes f32 n,4; scores f32 n; masks bool n,1,h,w",
    families: ["sam3-detector"],
  },
  {
    of: "medficientsam",
    part: "decoder",
    inputs: `image_embeddings f32 1,256,64,64; boxes f32 4`,
    outputs: "masks f32 1,1,512,512",
    families: ["medficientsam"],
  },
  {
    of: "CVAT",
    part: "decoder",
    inputs: `${meta}; orig_im_size f32 2`,
    outputs:
      "masks u8 -; iou_predictions f32 -; low_res_masks f32 -; xtl i64 -; ytl i64 -; xbr i64 -; ybr i64 -",
    families: ["sam-cvat"],
  },
  {
    of: "SAM 2 video step",
    part: "decoder",
    inputs: "feats0 f32 -; feats1 f32 -; feats2_cond f32 -; input_points f32 1,n,2; input_labels i32 1,n",
    outputs:
      "low_res_mask f32 -; high_res_mask f32 -; iou f32 -; object_score_logits f32 -; object_pointer f32 -",
    families: ["sam2-video"],
  },
  {
    of: "RITM",
    part: "model",
    inputs: "image f32 1,3,height,width; points f32 1,rows,3; prev_mask f32 1,1,height,width",
    outputs: "logits f32 1,1,height,width",
    families: ["ritm"],
    image: { layout: "nchw" },
  },
  {
    of: "FastSAM",
    part: "model",
    inputs: "images f32 1,3,1024,1024",
    outputs: "output0 f32 1,37,21504; output1 f32 1,32,256,256",
    families: ["fastsam"],
    image: nchw(1024),
  },
  {
    of: "samexporter, preprocessing inside",
    part: "encoder",
    inputs: "input_image f32 image_height,image_width,3",
    outputs: embedding,
    families: anySam,
    image: hwc,
  },
  {
    of: "samexporter, bytes",
    part: "encoder",
    inputs: "input_image u8 image_height,image_width,3",
    outputs: embedding,
    families: anySam,
    image: { ...hwc, dtype: "uint8" },
  },
  {
    of: "samexporter",
    part: "encoder",
    inputs: "input_image f32 1,3,1024,1024",
    outputs: embedding,
    families: anySam,
    image: nchw(1024),
  },
  {
    of: "EfficientViT-SAM l0",
    part: "encoder",
    inputs: "input_image f32 batch_size,3,512,512",
    outputs: "image_embeddings f32 batch_size,256,64,64",
    families: anySam,
    image: nchw(512),
  },
  {
    of: "EdgeSAM, RepViT-SAM, NanoSAM",
    part: "encoder",
    inputs: "image f32 1,3,1024,1024",
    outputs: embedding,
    families: anySam,
    image: nchw(1024),
  },
  {
    of: "labelme, osam",
    part: "encoder",
    inputs: "x f32 batch,3,1024,1024",
    outputs: "image_embeddings f32 batch,256,64,64",
    families: anySam,
    image: nchw(1024),
  },
  {
    of: "AndreyGermanov",
    part: "encoder",
    inputs: "images f32 1,3,1024,1024",
    outputs: "embeddings f32 1,256,64,64",
    families: anySam,
    image: nchw(1024),
  },
  {
    of: "SAM-HQ",
    part: "encoder",
    inputs: "input_image f32 1,3,1024,1024",
    outputs: `${embedding}; interm_embeddings f32 4,1,64,64,768`,
    families: ["sam-hq"],
    image: nchw(1024),
  },
  {
    of: "EfficientSAM",
    part: "encoder",
    inputs: "batched_images f32 batch,3,height,width",
    outputs: "image_embeddings f32 batch,256,64,64",
    families: ["efficient-sam", ...anySam],
    image: { layout: "nchw" },
  },
  {
    of: "samexporter SAM 2",
    part: "encoder",
    inputs: "image f32 1,3,1024,1024",
    outputs:
      "high_res_feats_0 f32 1,32,256,256; high_res_feats_1 f32 1,64,128,128; image_embed f32 1,256,64,64",
    families: ["sam2"],
    image: nchw(1024),
  },
  {
    of: "sam-cpp-macos SAM 2.1",
    part: "encoder",
    inputs: "input f32 1,3,1024,1024",
    outputs: `${embedding}; high_res_features1 f32 1,32,256,256; high_res_features2 f32 1,64,128,128`,
    families: ["sam2"],
    image: nchw(1024),
  },
  {
    of: "ailia SAM 2",
    part: "encoder",
    inputs: "input_image f32 1,3,1024,1024",
    outputs:
      "vision_features f32 -; vision_pos_enc_0 f32 -; vision_pos_enc_1 f32 -; vision_pos_enc_2 f32 -; backbone_fpn_0 f32 -; backbone_fpn_1 f32 -; backbone_fpn_2 f32 -",
    families: ["sam2-parts"],
    image: nchw(1024),
  },
  {
    of: "Optimum SAM",
    part: "encoder",
    inputs: "pixel_values f32 b,3,1024,1024",
    outputs: "image_embeddings f32 b,256,64,64; image_positional_embeddings f32 b,256,64,64",
    families: ["hf-sam"],
    image: nchw(1024),
  },
  {
    of: "Transformers.js SAM 2",
    part: "encoder",
    inputs: "pixel_values f32 b,3,1024,1024",
    outputs: hfLevels,
    families: ["hf-sam2"],
    image: nchw(1024),
  },
  {
    of: "SAM 3 tracker",
    part: "encoder",
    inputs: "pixel_values f16 b,3,1008,1008",
    outputs: hfLevels,
    families: ["hf-sam2"],
    image: nchw(1008),
  },
  {
    of: "SAM 3 detector",
    part: "encoder",
    inputs: "image u8 3,1008,1008",
    outputs:
      "vision_pos_enc_0 f32 -; vision_pos_enc_1 f32 -; vision_pos_enc_2 f32 -; backbone_fpn_0 f32 -; backbone_fpn_1 f32 -; backbone_fpn_2 f32 -",
    families: ["sam3-detector"],
    image: { size: 1008, layout: "chw", dtype: "uint8", normalise: "inside" },
  },
  {
    of: "CLIPSeg",
    part: "model",
    inputs: "pixel_values f32 b,3,352,352; input_ids i64 p,n; attention_mask i64 p,n",
    outputs: "logits f32 p,352,352",
    families: ["clipseg"],
  },
  {
    of: "SAM 3 language encoder",
    part: "encoder",
    inputs: "tokens i64 1,32",
    outputs: "text_attention_mask bool 1,32; text_memory f32 32,1,256; text_embeds f32 32,1,1024",
    families: ["sam3-detector"],
  },
  {
    of: "medficientsam",
    part: "encoder",
    inputs: "image u8 image_height,image_width,3; original_size i16 2",
    outputs: embedding,
    families: ["medficientsam"],
    image: { ...hwc, dtype: "uint8" },
  },
  {
    of: "SAM 2 video step",
    part: "encoder",
    inputs: "image f32 1,3,1024,1024",
    outputs: "feats0 f32 -; feats1 f32 -; feats2 f32 -; feats2_no_mem f32 -; vision_pos_embed f32 -",
    families: ["sam2-video"],
    image: nchw(1024),
  },
];
