import type { Family } from "./shared/family.ts";
import { openSam } from "./shared/open-sam.ts";
import { samMismatches } from "./shared/sam-contract.ts";

/** Any image encoder with the decoder of the official SAM export (facebookresearch/segment-anything, utils/onnx.py). */
export const sam: Family = {
  name: "sam",
  title: "SAM",
  mismatches: samMismatches,
  open: (request) =>
    openSam(sam, request, {
      links: (encoder) => ({ image_embeddings: [encoder.outputs[0]!.name] }),
      batch: "declared",
    }),
};
