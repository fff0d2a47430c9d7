// SAM 3 exported from Meta's own code: sequences come first, true is padding, boxes are always an input, and only what scores more than 0.5 comes out
// of the graph, so that how much that is depends on the image.
import type { ConceptAbilities } from "../../core/concepts.ts";
import { complain } from "../../core/errors.ts";
import type { BitMask, Logits, Size } from "../../core/types.ts";
import { fromBytes } from "../../masks/bit-mask.ts";
import type { Feeds, Graphs, PortPhrases, Signature } from "../family.ts";
import type { Graph, Tensor } from "../runtime/graph.ts";
import { floatsOf } from "../tensors/cast.ts";
import type { Asked, ConceptContract, ConceptFamily, RawAnswer } from "./contract.ts";
import { centred, fixedSize, inputSizeOf, maskAt, outputOf } from "./outputs.ts";
import { conceptPhrases, sam3Defaults, threeOf } from "./sam3.ts";
import { padded, tokenizerOf, whole } from "./tokens.ts";

const levels = ["backbone_fpn_0", "backbone_fpn_1", "backbone_fpn_2"];
const codes = ["vision_pos_enc_0", "vision_pos_enc_1", "vision_pos_enc_2"];
/** Score above which the graphs give candidates: `confidence_threshold` of Sam3Processor, frozen when they were exported. */
const SCORES_FROM = 0.5;

const fed: PortPhrases["fed"] = {
  ...Object.fromEntries([...levels, ...codes].map((name) => [name, conceptPhrases.features])),
  tokens: conceptPhrases.tokens,
  language_mask: "false for a token of the phrase, true for padding",
  language_features: conceptPhrases.text,
  language_embeds: "tokens before the text encoder",
  box_coords: conceptPhrases.boxes,
  box_labels: "1 a box around what is looked for, 0 around what is not",
  box_masks: "true where there is no box",
  original_height: "the image's height",
  original_width: "the image's width",
};

/** What the two contracts share; `drawn`: masks come as pixels of the image, boxes in its pixels, and the decoder takes its size. */
export function frozenSam3(
  facts: Pick<ConceptFamily, "name" | "title" | "summary">,
  of: string,
  drawn: boolean,
): ConceptFamily {
  const sizes = drawn ? ["original_height", "original_width"] : [];
  const decoder: Signature = {
    ...{ part: "decoder", of, outputs: ["boxes", "scores", "masks"] },
    inputs: [
      ...levels,
      codes[2]!,
      "language_mask",
      "language_features",
      "box_coords",
      "box_labels",
      "box_masks",
      ...sizes,
    ],
    optional: [codes[0]!, codes[1]!, "language_embeds"],
    ranks: { language_features: 3, box_coords: 3, box_masks: 2 },
  };
  return {
    ...{ ...facts, kind: "concept" },
    parts: ["encoder", "text", "decoder", "tokenizer"],
    tokenizerFile: "tokenizer.json",
    defaults: {
      ...sam3Defaults,
      image: {
        size: sam3Defaults.image!.size!,
        layout: "chw",
        dtype: "uint8",
        normalise: "inside",
        padding: "none",
      },
    },
    signatures: [
      decoder,
      { ...{ part: "encoder", of, inputs: ["image"], outputs: [...codes, ...levels] }, ranks: { image: 3 } },
      {
        ...{ part: "text", of, inputs: ["tokens"] },
        ...{ outputs: ["text_attention_mask", "text_memory", "text_embeds"], ranks: { tokens: 2 } },
      },
    ],
    ports: {
      fed,
      read: {
        text_attention_mask: fed.language_mask!,
        text_memory: conceptPhrases.text,
        text_embeds: fed.language_embeds!,
        scores: `score of each candidate above ${SCORES_FROM}`,
        boxes: `each candidate's box (x0, y0, x1, y1)${drawn ? " in pixels of the image" : " as shares of the image"}`,
        masks: drawn ? "each candidate's pixels in the image" : "probability of each candidate's mask",
      },
    },
    tokenizer: tokenizerOf,
    contract: (graphs, card) => contractOf(facts, graphs, drawn, card.image.size, card.concept?.text),
  };
}

function contractOf(
  family: Pick<ConceptFamily, "title">,
  graphs: Graphs,
  drawn: boolean,
  side: number,
  text: string | undefined,
): ConceptContract {
  const three = threeOf(family, graphs);
  const context = fixedSize(three.text, "tokens", 1) ?? 32;
  const has = (name: string) => three.decoder.inputs.some((port) => port.name === name);
  const boxes = fixedSize(three.decoder, "box_coords", 0) ?? 1;
  const abilities: ConceptAbilities = {
    ...{ phrases: true, exemplars: boxes === 1 ? "one" : "many", presence: true },
    ...{ scoresFrom: SCORES_FROM, answers: "instances" },
  };
  return {
    ...{ ...three, abilities, imageInput: "image", most: 1, boxesAlone: "visual" },
    links: Object.fromEntries([...levels, ...codes].filter(has).map((name) => [name, [name]])),
    inputSize: inputSizeOf(three.encoder, "image", side),
    facts: { cls: "always", context, text, boxes, threshold: "in the graph" },
    tokens: (ids) => ({ tokens: whole([1, context], padded(ids, context, 0)) }),
    kept: ["text_attention_mask", "text_memory", ...(has("language_embeds") ? ["text_embeds"] : [])],
    feeds([asked], size) {
      const { text } = asked!;
      return {
        ...{ language_mask: text.text_attention_mask!, language_features: text.text_memory! },
        ...(has("language_embeds") ? { language_embeds: text.text_embeds! } : {}),
        ...boxFeeds(asked!, boxes, size),
        ...(drawn
          ? { original_height: whole([], [size.height]), original_width: whole([], [size.width]) }
          : {}),
      };
    },
    read: (outputs, _, size) => [answerOf(outputs, three.decoder, drawn, size)],
    stages: {
      tokens: { graph: three.text, port: "tokens" },
      text: { graph: three.text, port: "text_memory" },
      boxes: { graph: three.decoder, port: "boxes" },
      masks: { graph: three.decoder, port: "masks" },
    },
  };
}

/** As many boxes as the graph takes, those that are not given marked as none. */
function boxFeeds({ exemplars }: Asked, slots: number, size: Size): Feeds {
  if (exemplars.length > slots)
    throw complain("prompt", "has too many boxes", {
      expected: `at most ${slots}`,
      got: `${exemplars.length}`,
    });
  const coords = new Float32Array(4 * slots);
  const labels = Array.from({ length: slots }, (_, i) => Number(exemplars[i]?.positive ?? true));
  for (const [i, { box }] of exemplars.entries()) coords.set(centred(box, size), 4 * i);
  return {
    box_coords: { type: "float32", dims: [slots, 1, 4], data: coords },
    box_labels: whole([slots, 1], labels),
    box_masks: {
      type: "bool",
      dims: [1, slots],
      data: Uint8Array.from(labels, (_, i) => Number(i >= exemplars.length)),
    },
  };
}

function answerOf(outputs: Feeds, decoder: Graph, drawn: boolean, { width, height }: Size): RawAnswer {
  const scores = floatsOf(outputOf(outputs, decoder, "scores", [undefined]));
  const own = drawn ? [height, width] : [undefined, undefined];
  const masks = outputOf(outputs, decoder, "masks", [scores.length, 1, ...own]);
  const boxes = floatsOf(outputOf(outputs, decoder, "boxes", [scores.length, 4]));
  const scale = [width, height, width, height];
  return {
    scored: { kind: "scores", scores },
    boxes: drawn ? boxes.map((value, i) => value / scale[i % 4]!) : boxes,
    mask: (at) => (drawn ? pixelsAt(masks, at) : logitsAt(masks, at)),
  };
}

/** Logits again, so that a mask is enlarged as all are. A probability that has become 0 or 1 stands for the last that has not. */
function logitsAt(masks: Tensor, at: number): Logits {
  const { width, height, data } = maskAt(masks, at);
  const least = 2 ** -24;
  const logit = (value: number) => {
    const inside = Math.min(Math.max(value, least), 1 - least);
    return Math.log(inside / (1 - inside));
  };
  return { width, height, data: data.map(logit) };
}

function pixelsAt({ dims, data }: Tensor, at: number): BitMask {
  const [height, width] = dims.slice(-2) as [number, number];
  const own = (data as Uint8Array).subarray(at * width * height, (at + 1) * width * height);
  return fromBytes(own, width, height);
}
