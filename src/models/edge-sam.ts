import { type Family, openPair } from "./shared/family.ts";
import { longSide } from "./shared/frames.ts";
import { mismatchesOf } from "./shared/mismatches.ts";
import { pointTensors } from "./shared/point-tensors.ts";
import { frameOf } from "./shared/preprocess.ts";
import { isDynamic, throughFrame } from "./shared/sam-contract.ts";
import { openSession } from "./shared/session.ts";

/**
 * EdgeSAM (chongzhou96/EdgeSAM, scripts/export_onnx_model.py): points alone go in, four low-resolution masks come out; no
 * mask prompt and no padding point. Published files were exported with stability scores in place of predicted IoUs.
 */
export const edgeSam: Family = {
  name: "edge-sam",
  title: "EdgeSAM",
  mismatches: (graphs) => mismatchesOf("edge-sam", graphs),
  async open(request) {
    const { encoder, decoder } = await openPair(edgeSam, request);
    const { card, batch } = request;
    const side = card.image.size;
    return openSession(request, {
      name: "edge-sam",
      encoder,
      decoder,
      links: { image_embeddings: [encoder.outputs[0]!.name] },
      picture: encoder.inputs[0]!.name,
      side,
      frames: (size) => longSide(size, side),
      ask(prompts, frame) {
        const { coords, labels } = pointTensors(prompts, frame, card.prompt.paddingPoint);
        return { point_coords: coords, point_labels: labels };
      },
      answer: ({ scores, masks }) => ({ scores: scores!, masks: masks! }),
      geometry: (_low, size, threshold) => throughFrame(frameOf(size, side), threshold),
      takes: { box: card.prompt.box, maskInput: false },
      batch: { most: isDynamic(decoder, "point_coords", 0) ? batch : 1, how: "probe" },
    });
  },
};
