import type { Prompt } from "../../core/types.ts";
import { type Family, pairOf, phrases, unitScale } from "../family.ts";
import type { Tensor } from "../runtime/graph.ts";
import { type Frame, stretched } from "../tensors/frames.ts";
import { pointTensors } from "../tensors/prompt-tensors.ts";
import { pointContract, sameNames } from "./shared/point-contract.ts";

const levels = [0, 1, 2].map((level) => `image_embeddings.${level}`);

/**
 * SAM 2, EdgeTAM and the tracker of SAM 3 as Transformers.js reads them: three levels of features, boxes as an input of
 * their own, where a prompt that is not given is a tensor without elements. Three masks, no mask prompt; the graph pads.
 * Exports without `input_boxes` take no box.
 */
export const hfSam2: Family = {
  name: "hf-sam2",
  title: "Transformers.js SAM 2",
  summary: "SAM 2, EdgeTAM and SAM 3's tracker in the layout of Transformers.js: clicks and boxes",
  /** Sam2ImageProcessor: 8-bit images. */
  defaults: { image: unitScale, prompt: { paddingPoint: false } },
  signatures: [
    {
      part: "decoder",
      of: "Transformers.js (SAM 2, EdgeTAM, SAM 3 tracker)",
      inputs: [...levels, "input_points", "input_labels"],
      optional: ["input_boxes"],
      outputs: ["iou_scores", "pred_masks"],
      ranks: { input_points: 4, input_labels: 3, input_boxes: 3 },
    },
    {
      part: "encoder",
      of: "Transformers.js (SAM 2, EdgeTAM, SAM 3 tracker)",
      inputs: ["pixel_values"],
      outputs: levels,
      ranks: { pixel_values: 4 },
    },
  ],
  ports: {
    fed: {
      "image_embeddings.0": phrases.features,
      "image_embeddings.1": phrases.features,
      "image_embeddings.2": phrases.embedding,
      input_points: phrases.coordinates,
      input_labels: phrases.labels,
      input_boxes: "boxes (x0, y0, x1, y1) in pixels of the frame",
    },
    read: { iou_scores: phrases.scores, pred_masks: phrases.logits },
  },
  contract(graphs, request) {
    const pair = pairOf(hfSam2, graphs);
    const boxes = pair.decoder.inputs.some(({ name }) => name === "input_boxes");
    return pointContract(pair, request, {
      points: ["input_points", "input_labels"],
      ...{ scores: "iou_scores", masks: "pred_masks", imageAxis: true, boxesAside: true },
      also: (prompts, frame) => (boxes ? { input_boxes: boxTensor(prompts, frame) } : {}),
      links: () => sameNames(levels),
      frames: stretched,
      direct: true,
      takes: { box: boxes && request.card.prompt.box },
    });
  },
};

/** 1 x P x 4 corners in the frame, 1 x 0 x 4 for prompts without a box. */
function boxTensor(prompts: readonly Prompt[], frame: Frame): Tensor {
  const corners = prompts.flatMap(({ box, multimask }) =>
    box === undefined ? [] : [{ clicks: [], box, multimask }],
  );
  const data = corners.length === 0 ? new Float32Array(0) : pointTensors(corners, frame, false).coords.data;
  return { type: "float32", dims: [1, corners.length, 4], data };
}
