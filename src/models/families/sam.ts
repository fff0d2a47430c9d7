import type { Family } from "../family.ts";
import { plainEncoder, samContract, samDecoder, samMismatches, samPhrases } from "./shared/point-contract.ts";

/** Any image encoder with the decoder of the official SAM export (facebookresearch/segment-anything, utils/onnx.py). */
export const sam: Family = {
  name: "sam",
  title: "SAM",
  summary:
    "image encoder + the official SAM decoder (point_coords, point_labels, mask_input, has_mask_input)",
  signatures: [
    {
      ...samDecoder,
      of: "facebookresearch/segment-anything, samexporter, MobileSAM, RepViT-SAM",
      optional: ["orig_im_size"],
    },
    plainEncoder,
  ],
  ports: samPhrases,
  mismatches: samMismatches,
  contract: (graphs, request) => samContract(sam, graphs, request, {}),
};
