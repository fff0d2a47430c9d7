import type { ConceptFamily } from "../contract.ts";
import { centred, fixedSize, inputSizeOf, predictionStages, predictions } from "../outputs.ts";
import { conceptPhrases, sam3Defaults, threeOf } from "../sam3.ts";
import { idsAndMask, tokenizerOf, whole } from "../tokens.ts";

const features = ["fpn_feat_0", "fpn_feat_1", "fpn_feat_2", "fpn_pos_2"];
const of = "usls (export_v2.py)";
/** The label of a box that is none. */
const NO_BOX = -10;

/**
 * SAM 3 for images as usls exports Transformers' model, also with the text encoders of SAM3-LiteText: presence, classes, boxes and mask logits of all
 * queries come out, and any number of boxes goes in. With text alone the geometry encoder's CLS token is masked, as in Transformers; Meta's own
 * model always has it.
 */
export const sam3: ConceptFamily = {
  kind: "concept",
  name: "sam3",
  title: "usls SAM 3",
  summary: "SAM 3 with text as usls exports it: phrases and boxes, every score",
  parts: ["encoder", "text", "decoder", "tokenizer"],
  tokenizerFile: "tokenizer.json",
  defaults: sam3Defaults,
  signatures: [
    {
      ...{ part: "decoder", of },
      inputs: [...features, "text_features", "text_mask", "input_boxes", "input_boxes_labels"],
      outputs: ["pred_masks", "pred_boxes", "pred_logits", "presence_logits"],
      ranks: { text_features: 3, text_mask: 2, input_boxes: 3, input_boxes_labels: 2 },
    },
    { ...{ part: "encoder", of }, inputs: ["images"], outputs: features, ranks: { images: 4 } },
    {
      ...{ part: "text", of },
      inputs: ["input_ids", "attention_mask"],
      outputs: ["text_features", "text_mask"],
      ranks: { input_ids: 2, attention_mask: 2 },
    },
  ],
  ports: {
    fed: {
      ...Object.fromEntries(features.map((name) => [name, conceptPhrases.features])),
      input_ids: conceptPhrases.tokens,
      attention_mask: "1 for a token of the phrase, 0 for padding",
      text_features: conceptPhrases.text,
      text_mask: "true for a token of the phrase, false for padding",
      input_boxes: conceptPhrases.boxes,
      input_boxes_labels: `1 a box around what is looked for, 0 around what is not, ${NO_BOX} none`,
    },
    read: {
      ...conceptPhrases.answers,
      text_features: conceptPhrases.text,
      text_mask: "true for a token of the phrase, false for padding",
    },
  },
  tokenizer: tokenizerOf,
  contract(graphs, card) {
    const { encoder, text, decoder } = threeOf(sam3, graphs);
    const context = fixedSize(text, "input_ids", 1) ?? 32;
    return {
      ...{ encoder, text, decoder, imageInput: "images" },
      links: Object.fromEntries(features.map((name) => [name, [name]])),
      inputSize: inputSizeOf(encoder, "images", card.image.size),
      abilities: { phrases: true, exemplars: "many", presence: true, scoresFrom: 0, answers: "instances" },
      facts: { cls: "with boxes only", context, text: card.concept?.text },
      most: 1,
      boxesAlone: "visual",
      tokens: (ids) => idsAndMask(ids, context),
      feeds([asked], size) {
        const { text, exemplars } = asked!;
        const boxes =
          exemplars.length === 0 ? [0, 0, 0, 0] : exemplars.flatMap(({ box }) => centred(box, size));
        const labels = exemplars.length === 0 ? [NO_BOX] : exemplars.map(({ positive }) => Number(positive));
        return {
          ...{ text_features: text.text_features!, text_mask: text.text_mask! },
          input_boxes: { type: "float32", dims: [1, labels.length, 4], data: Float32Array.from(boxes) },
          input_boxes_labels: whole([1, labels.length], labels),
        };
      },
      read: (outputs, prompts) => predictions(outputs, decoder, prompts, true),
      stages: {
        tokens: { graph: text, port: "input_ids" },
        text: { graph: text, port: "text_features" },
        ...predictionStages(decoder, true),
      },
    };
  },
};
