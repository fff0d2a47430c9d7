import type { Prompt } from "../core/types.ts";
import { type Family, openPair } from "./shared/family.ts";
import { direct, stretched } from "./shared/frames.ts";
import type { Tensor } from "./shared/graph.ts";
import { mismatchesOf } from "./shared/mismatches.ts";
import { pointTensors } from "./shared/point-tensors.ts";
import type { Frame } from "./shared/preprocess.ts";
import { perPrompt, withPromptAxis } from "./shared/prompt-axis.ts";
import { isDynamic } from "./shared/sam-contract.ts";
import { openSession } from "./shared/session.ts";

const levels = [0, 1, 2].map((level) => `image_embeddings.${level}`);

/**
 * SAM 2, EdgeTAM and the tracker of SAM 3 as Transformers.js reads them: three levels of features, boxes as an input of
 * their own, where a prompt that is not given is a tensor without elements. Three masks, no mask prompt; the graph pads.
 * Exports without `input_boxes` take no box.
 */
export const hfSam2: Family = {
  name: "hf-sam2",
  title: "Transformers.js SAM 2",
  mismatches: (graphs) => mismatchesOf("hf-sam2", graphs),
  async open(request) {
    const { encoder, decoder } = await openPair(hfSam2, request);
    const { card, batch } = request;
    const side = card.image.size;
    const boxes = decoder.inputs.some(({ name }) => name === "input_boxes");
    return openSession(request, {
      name: "hf-sam2",
      encoder,
      decoder,
      links: Object.fromEntries(levels.map((name) => [name, [name]])),
      picture: "pixel_values",
      side,
      frames: (size) => stretched(size, side),
      ask(prompts, frame) {
        const clicks = prompts.map(({ clicks, multimask }): Prompt => ({ clicks, multimask }));
        const { coords, labels } = pointTensors(clicks, frame, card.prompt.paddingPoint);
        return {
          input_points: withPromptAxis(coords),
          input_labels: withPromptAxis(labels),
          ...(boxes ? { input_boxes: boxTensor(prompts, frame) } : {}),
        };
      },
      answer: (outputs) => ({
        scores: perPrompt(outputs.iou_scores!),
        masks: perPrompt(outputs.pred_masks!),
      }),
      geometry: direct,
      takes: { box: boxes && card.prompt.box, maskInput: false },
      batch: { most: isDynamic(decoder, "input_points", 1) ? batch : 1, how: "probe" },
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
