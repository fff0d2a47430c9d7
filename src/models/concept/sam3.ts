// What the contracts of SAM 3's exports share.
import type { FamilyDefaults } from "../../core/defaults.ts";
import { complain } from "../../core/errors.ts";
import type { Graphs } from "../family.ts";
import type { Graph } from "../runtime/graph.ts";
import type { ConceptFamily } from "./contract.ts";

/** Pillow's bilinear filter, (x / 255 - 0.5) / 0.5: facebookresearch/sam3, sam3/train/transforms/basic_for_api.py. */
export const sam3Defaults: FamilyDefaults = {
  image: { size: 1008, scale: 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], padding: "none" },
  concept: { text: "meta" },
};

/** The graphs of a model in three files. */
export function threeOf(
  { title }: Pick<ConceptFamily, "title">,
  { encoder, text, decoder, ...others }: Graphs,
): { readonly encoder: Graph; readonly text: Graph; readonly decoder: Graph } {
  if (encoder !== undefined && text !== undefined && decoder !== undefined) return { encoder, text, decoder };
  const given = Object.entries({ encoder, text, decoder, ...others }).filter(
    ([, graph]) => graph !== undefined,
  );
  throw complain(
    given.map(([, graph]) => graph!.file).join(", "),
    `a ${title} model consists of three graphs`,
    { code: "model", expected: "encoder, text and decoder", got: given.map(([part]) => part).join(", ") },
  );
}

/** Phrases for ports that families of concepts share. */
export const conceptPhrases = {
  features: "features of the image, kept with the runtime",
  tokens: "tokens of the phrase",
  text: "features of the phrase, a row for each token",
  boxes: "boxes around examples: centre, width and height as shares of the image",
  answers: {
    pred_masks: "logits of each candidate's mask",
    pred_boxes: "each candidate's box (x0, y0, x1, y1) as shares of the image",
    pred_logits: "logit of each candidate being what is looked for",
    presence_logits: "logit of there being anything",
  },
} as const;
