import { type Family, pairOf, phrases } from "../family.ts";
import { isDynamic } from "../recognise/ports.ts";
import { frameOf, longSide, throughFrame } from "../tensors/frames.ts";
import { pointTensors } from "../tensors/prompt-tensors.ts";
import { plainEncoder, pointDecoder, pointsFed } from "./shared/sam-decoder.ts";

/**
 * EdgeSAM (chongzhou96/EdgeSAM, scripts/export_onnx_model.py): points alone go in, four low-resolution masks come out; no
 * mask prompt and no padding point. Published files were exported with stability scores in place of predicted IoUs.
 */
export const edgeSam: Family = {
  name: "edge-sam",
  title: "EdgeSAM",
  summary: "image encoder + decoder of points alone (scores, masks): EdgeSAM",
  /** edge_sam/onnx/predictor_onnx.py: no padding point. */
  defaults: { prompt: { paddingPoint: false } },
  signatures: [{ ...pointDecoder, of: "chongzhou96/EdgeSAM", outputs: ["scores", "masks"] }, plainEncoder],
  ports: {
    fed: pointsFed,
    read: { scores: phrases.scores, masks: phrases.logits },
  },
  contract(graphs, { card, batch }) {
    const { encoder, decoder } = pairOf(edgeSam, graphs);
    const side = card.image.size;
    return {
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
    };
  },
};
