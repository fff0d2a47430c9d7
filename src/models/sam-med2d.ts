import type { Family } from "./shared/family.ts";
import { stretched } from "./shared/frames.ts";
import { openSam } from "./shared/open-sam.ts";
import { samMismatches } from "./shared/sam-contract.ts";

/**
 * SAM-Med2D (OpenGVLab/SAM-Med2D): SAM's ports, but pictures are stretched to the square, by nearest neighbours, and an
 * earlier mask is fed as probabilities, as it was in training (utils.py, generate_point). The reference is
 * segment_anything/predictor_sammed.py, with a padding point and the logit 0 as threshold (0.5 after the sigmoid). The
 * export's own client differs: it hands OpenCV the filter where the destination belongs and so resizes bilinearly. The
 * graph's enlarged `masks`, which keep SAM's crop, are not read.
 */
export const samMed2d: Family = {
  name: "sam-med2d",
  title: "SAM-Med2D",
  mismatches: samMismatches,
  open: (request) =>
    openSam(samMed2d, request, {
      links: (encoder) => ({ image_embeddings: [encoder.outputs[0]!.name] }),
      batch: "declared",
      frames: stretched,
      maskInput: (logit) => 1 / (1 + Math.exp(-logit)),
    }),
};
