import type { Family } from "../family.ts";
import { stretched } from "../tensors/frames.ts";
import { plainEncoder, samContract, samDecoder, samMismatches, samPhrases } from "./shared/point-contract.ts";

/**
 * SAM-Med2D (OpenGVLab/SAM-Med2D): SAM's ports, but images are stretched to the square, by nearest neighbours, and an
 * earlier mask is fed as probabilities, as it was in training (utils.py, generate_point). The reference is
 * segment_anything/predictor_sammed.py, with a padding point and the logit 0 as threshold (0.5 after the sigmoid). The
 * export's own client differs: it passes the filter to OpenCV in place of the destination and so resizes bilinearly. The
 * graph's enlarged `masks`, which keep SAM's crop, are not read.
 */
export const samMed2d: Family = {
  name: "sam-med2d",
  title: "SAM-Med2D",
  summary: "SAM's contract with images stretched to 256 x 256 and mask prompts as probabilities (SAM-Med2D)",
  /** segment_anything/predictor_sammed.py: albumentations' Resize with cv2.INTER_NEAREST to the whole square. */
  defaults: { image: { filter: "nearest" } },
  signatures: [
    {
      ...samDecoder,
      of: "OpenGVLab/SAM-Med2D",
      inputs: [...samDecoder.inputs, "orig_im_size"],
      outputs: ["masks", ...samDecoder.outputs],
      // A model of 256 pixels with four pixels a logit: possibly a small SAM as well.
      against: (input) =>
        input("mask_input")?.shape.slice(-2).join() === "64,64" ? undefined : "mask_input is not 64 x 64",
    },
    plainEncoder,
  ],
  ports: samPhrases,
  mismatches: samMismatches,
  contract: (graphs, request) =>
    samContract(samMed2d, graphs, request, {
      frames: stretched,
      maskInput: (logit) => 1 / (1 + Math.exp(-logit)),
    }),
};
