import { complain } from "../../../core/errors.ts";
import type { ConceptFamily } from "../contract.ts";
import { fixedSize, inputSizeOf, predictionStages, predictions } from "../outputs.ts";
import { conceptPhrases, sam3Defaults, threeOf } from "../sam3.ts";
import { idsAndMask, tokenizerOf } from "../tokens.ts";

const features = [0, 1, 2].map((level) => `fpn_hidden_state_${level}`).concat("fpn_position_encoding_2");
const of = "sam3-text-onnx (Transformers' names)";
const mask = "1 for a token of the phrase, 0 for padding";

/**
 * SAM 3 for images by Transformers' names, phrases alone. Public files have no presence among their decoder's outputs, and their clients take the class
 * alone for a score, so that absent things are found: such a decoder is refused unless the card says that this is meant.
 */
export const hfSam3: ConceptFamily = {
  ...{ kind: "concept", name: "hf-sam3", title: "Transformers SAM 3" },
  summary: "SAM 3 with text by Transformers' names: phrases alone, often without presence",
  parts: ["encoder", "text", "decoder", "tokenizer"],
  tokenizerFile: "tokenizer.json",
  defaults: sam3Defaults,
  signatures: [
    {
      ...{ part: "decoder", of },
      inputs: [...features, "text_features", "attention_mask"],
      outputs: ["pred_masks", "pred_boxes", "pred_logits"],
      ranks: { text_features: 3, attention_mask: 2 },
    },
    { ...{ part: "encoder", of, inputs: ["pixel_values"], outputs: features }, ranks: { pixel_values: 4 } },
    {
      ...{ part: "text", of, inputs: ["input_ids", "attention_mask"], outputs: ["text_features"] },
      ranks: { input_ids: 2, attention_mask: 2 },
    },
  ],
  ports: {
    fed: {
      ...Object.fromEntries(features.map((name) => [name, conceptPhrases.features])),
      ...{ input_ids: conceptPhrases.tokens, attention_mask: mask, text_features: conceptPhrases.text },
    },
    read: { ...conceptPhrases.answers, text_features: conceptPhrases.text },
  },
  tokenizer: tokenizerOf,
  contract(graphs, card) {
    const { encoder, text, decoder } = threeOf(hfSam3, graphs);
    const presence = decoder.outputs.some(({ name }) => name === "presence_logits");
    if (!presence && card.concept?.presence !== "none")
      throw complain(
        decoder.file,
        'has no "presence_logits": what is not in an image cannot be told, and will be found',
        {
          code: "model",
          expected: "a decoder with that output, or `concept: {presence: none}` on the card if this is meant",
          got: decoder.outputs.map(({ name }) => name).join(", "),
        },
      );
    const context = fixedSize(text, "input_ids", 1) ?? 32;
    return {
      ...{ encoder, text, decoder, imageInput: "pixel_values", most: 1 },
      links: Object.fromEntries(features.map((name) => [name, [name]])),
      inputSize: inputSizeOf(encoder, "pixel_values", card.image.size),
      abilities: { phrases: true, exemplars: "none", presence, scoresFrom: 0, answers: "instances" },
      facts: { cls: "never", context, text: card.concept?.text },
      tokens: (ids) => idsAndMask(ids, context),
      feeds: ([asked]) => ({
        text_features: asked!.text.text_features!,
        attention_mask: asked!.text.attention_mask!,
      }),
      read: (outputs, prompts) => predictions(outputs, decoder, prompts, presence),
      stages: {
        tokens: { graph: text, port: "input_ids" },
        text: { graph: text, port: "text_features" },
        ...predictionStages(decoder, presence),
      },
    };
  },
};
