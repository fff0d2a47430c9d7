import { complain } from "../core/errors.ts";
import { type Family, openGraphs } from "./shared/family.ts";
import { longSide } from "./shared/frames.ts";
import { mismatchesOf } from "./shared/mismatches.ts";
import { pointTensors } from "./shared/point-tensors.ts";
import { frameOf } from "./shared/preprocess.ts";
import { perPrompt, withPromptAxis } from "./shared/prompt-axis.ts";
import { isDynamic, throughFrame } from "./shared/sam-contract.ts";
import { openSession } from "./shared/session.ts";

/**
 * SAM as Optimum exports it and Transformers.js reads it: `vision_encoder` and `prompt_encoder_mask_decoder`, or one file
 * (huggingface/optimum-onnx, SamOnnxConfig). Three masks, no box (labels 2 and 3 have no embedding there), no mask prompt;
 * the graph pads.
 */
export const hfSam: Family = {
  name: "hf-sam",
  title: "Transformers.js SAM",
  mismatches: (graphs) => mismatchesOf("hf-sam", graphs),
  async open(request) {
    const { encoder, decoder, model } = await openGraphs(hfSam, request);
    const last = decoder ?? model;
    if (last === undefined) throw complain({ where: encoder?.file ?? "model", what: "a decoder is missing" });
    const { card, batch } = request;
    const side = card.image.size;
    const names = ["image_embeddings", "image_positional_embeddings"];
    return openSession(request, {
      name: "hf-sam",
      ...(encoder === undefined ? {} : { encoder }),
      decoder: last,
      links: Object.fromEntries(names.map((name) => [name, [name]])),
      picture: "pixel_values",
      side,
      frames: (size) => longSide(size, side),
      ask(prompts, frame) {
        const { coords, labels } = pointTensors(prompts, frame, card.prompt.paddingPoint);
        return { input_points: withPromptAxis(coords), input_labels: withPromptAxis(labels) };
      },
      answer: (outputs) => ({
        scores: perPrompt(outputs.iou_scores!),
        masks: perPrompt(outputs.pred_masks!),
      }),
      geometry: (_low, size, threshold) => throughFrame(frameOf(size, side), threshold),
      takes: { box: false, maskInput: false },
      batch: { most: isDynamic(last, "input_points", 1) ? batch : 1, how: "probe" },
    });
  },
};
