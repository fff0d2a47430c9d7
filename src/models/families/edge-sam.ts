import { type Family, pairOf, phrases } from "../family.ts";
import { longSide } from "../tensors/frames.ts";
import { plainEncoder, pointContract, pointDecoder, pointsFed } from "./shared/point-contract.ts";

/**
 * EdgeSAM (chongzhou96/EdgeSAM, scripts/export_onnx_model.py): takes points only, returns four low-resolution masks; no
 * mask prompt and no padding point. Published files were exported with stability scores in place of predicted IoUs.
 */
export const edgeSam: Family = {
  name: "edge-sam",
  title: "EdgeSAM",
  summary: "image encoder + decoder of points alone (scores, masks): EdgeSAM",
  /** edge_sam/onnx/predictor_onnx.py: no padding point. */
  defaults: { prompt: { paddingPoint: false } },
  signatures: [{ ...pointDecoder, of: "chongzhou96/EdgeSAM", outputs: ["scores", "masks"] }, plainEncoder],
  ports: { fed: pointsFed, read: { scores: phrases.scores, masks: phrases.logits } },
  contract: (graphs, request) =>
    pointContract(pairOf(edgeSam, graphs), request, {
      points: ["point_coords", "point_labels"],
      ...{ scores: "scores", masks: "masks" },
      frames: longSide,
    }),
};
