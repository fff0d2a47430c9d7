import { type Family, openPair } from "./shared/family.ts";
import { longSide } from "./shared/frames.ts";
import { portSize } from "./shared/ports.ts";
import {
  hasBatchAxis,
  lowResolutionOf,
  samFeeds,
  samMismatches,
  throughFrame,
} from "./shared/sam-contract.ts";
import { openSession } from "./shared/session.ts";

/** Any image encoder with the decoder of the official SAM export (facebookresearch/segment-anything, utils/onnx.py). */
export const sam: Family = {
  name: "sam",
  title: "SAM",
  summary:
    "image encoder + the official SAM decoder (point_coords, point_labels, mask_input, has_mask_input)",
  mismatches: samMismatches,
  async open(request) {
    const { encoder, decoder } = await openPair(sam, request);
    const { card, batch } = request;
    const side = card.image.size;
    const low = portSize(decoder, "mask_input");
    const { paddingPoint, box } = card.prompt;
    return openSession(request, {
      name: "sam",
      encoder,
      decoder,
      links: { image_embeddings: [encoder.outputs[0]!.name] },
      picture: encoder.inputs[0]!.name,
      side,
      frames: (size) => longSide(size, side),
      ask: (prompts, frame) => samFeeds(prompts, frame, { decoder, low, paddingPoint }),
      answer: (outputs) => ({ scores: outputs.iou_predictions!, masks: lowResolutionOf(outputs, low) }),
      geometry: (_low, size, threshold) => throughFrame(side, size, threshold),
      takes: { box, maskInput: true },
      batch: { most: hasBatchAxis(decoder) ? batch : 1, how: "declared" },
    });
  },
};
