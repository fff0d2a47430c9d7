// The part of `defaults.ts` that belongs to models: what a card need not say, and what a family has otherwise.
import type { ImageContract, MaskContract, PromptContract } from "./schema-types.ts";

/** Model card: SAM's own pre- and post-processing (facebookresearch/segment-anything: build_sam.py, transforms.py, sam.py). */
export const modelCardDefaults = {
  image: {
    filter: "bilinear",
    /** ImageNet statistics on the 0..255 scale: pixel_mean and pixel_std in build_sam.py. */
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
    scale: 1,
    normalise: "outside",
    padding: "bottom-right",
    channels: "rgb",
    layout: "nchw",
    dtype: "float32",
  },
  prompt: { paddingPoint: true, box: true },
  /** mask_threshold in sam.py: foreground is logit > 0. */
  mask: { threshold: 0, predictedIou: "iou", multimask: true },
} as const;

/** ImageNet statistics on the 0..1 scale, as torchvision, sam2 and Transformers write them. */
const unitScale = { scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** What a family's reference does otherwise than SAM's; laid over the above, under what a card says. */
export const familyDefaults: Readonly<Record<string, FamilyDefaults>> = {
  /** segment_anything/predictor_sammed.py: albumentations' Resize with cv2.INTER_NEAREST to the whole square. */
  "sam-med2d": { image: { filter: "nearest" } },
  /** edge_sam/onnx/predictor_onnx.py: no padding point. */
  "edge-sam": { prompt: { paddingPoint: false } },
  /** run_efficientvit_sam_onnx.py: torchvision's ToTensor and Normalize; no padding point. */
  "efficientvit-sam": { image: unitScale, prompt: { paddingPoint: false } },
  /** EfficientSAM: ToTensor outside, the rest inside; decoder_max_num_input_points is 6. */
  "efficient-sam": {
    image: { scale: 255, normalise: "inside", padding: "none" },
    prompt: { paddingPoint: false, points: 6 },
  },
  /** sam2/utils/transforms.py: a float tensor is resized, antialiased; the graphs append the padding point. */
  sam2: { image: { ...unitScale, filter: "float-bilinear" }, prompt: { paddingPoint: false } },
  /** SamImageProcessor; labels 2 and 3 have no embedding in Transformers' SAM, so there is no box. */
  "hf-sam": { image: unitScale, prompt: { paddingPoint: false, box: false } },
  /** Sam2ImageProcessor: 8-bit pictures. */
  "hf-sam2": { image: unitScale, prompt: { paddingPoint: false } },
  /** isegm/inference/predictors/base.py, and scripts/evaluate_model.py: --thresh 0.49, here as a logit. */
  ritm: {
    image: { scale: 255, normalise: "inside", padding: "none" },
    prompt: { paddingPoint: false, box: false },
    mask: { threshold: Math.log(0.49 / 0.51), predictedIou: "stability", multimask: false },
  },
};

/** Side of the frame where neither the card nor the encoder's input says it: SAM's, and that of its descendants. */
export const frameSide = 1024;

interface FamilyDefaults {
  readonly image?: Readonly<Partial<Omit<ImageContract, "mean" | "std">>> & {
    readonly mean?: readonly [number, number, number];
    readonly std?: readonly [number, number, number];
  };
  readonly prompt?: Readonly<PromptContract>;
  readonly mask?: Readonly<MaskContract>;
}
