import { basename, dirname } from "node:path";
import { complain } from "../../../core/errors.ts";
import { readJson } from "../../../formats/json-file.ts";
import { type Feeds, phrases, unitScale } from "../../family.ts";
import { floatsOf } from "../../tensors/cast.ts";
import type { Asked, ConceptFamily } from "../contract.ts";
import { inputSizeOf, predictionStages, predictions } from "../outputs.ts";
import { whole } from "../tokens.ts";

/** What the text encoder gives and the decoder takes. */
const wordPorts = { text_features: "a vector for each word", text_mask: "true where there is a word" };

/**
 * The bundled tiny concept model: the image encoder of the bundled model, words with a vector each in any order, and a decoder that
 * finds instances without words and then asks every word about each (scripts/tiny-concept). The graph suppresses doubles.
 */
export const tinyConcept: ConceptFamily = {
  ...{ name: "tiny-concept", kind: "concept" },
  title: "tiny concept",
  summary: "image encoder, text encoder, decoder and a list of words (the bundled model of drawn shapes)",
  parts: ["encoder", "text", "decoder", "tokenizer"],
  tokenizerFile: "vocabulary.json",
  defaults: { image: unitScale },
  signatures: [
    {
      ...{ part: "encoder", of: "segbench" },
      ...{ inputs: ["images"], outputs: ["image_embeddings"], ranks: { images: 4 } },
    },
    {
      ...{ part: "text", of: "segbench", inputs: ["tokens"], outputs: ["text_features", "text_mask"] },
      ranks: { tokens: 2, text_features: 3, text_mask: 2 },
    },
    {
      ...{ part: "decoder", of: "segbench" },
      inputs: ["image_embeddings", "text_features", "text_mask"],
      outputs: ["pred_masks", "pred_boxes", "pred_logits", "presence_logits"],
      ranks: { image_embeddings: 4, text_features: 3, text_mask: 2, pred_masks: 4, presence_logits: 2 },
    },
  ],
  ports: {
    fed: {
      tokens: "numbers of the phrase's words, 1 for a word that it does not know",
      image_embeddings: phrases.embedding,
      ...wordPorts,
    },
    read: {
      ...wordPorts,
      pred_masks: "logits of each candidate's mask, the same for every phrase",
      pred_boxes: "x0 y0 x1 y1 of each candidate, shares of the image",
      pred_logits: "logit of each candidate being what the phrase says",
      presence_logits: "logit of there being anything",
    },
  },
  async tokenizer(file) {
    const words = await wordsOf(file);
    return (phrase) => {
      const said = phrase.toLowerCase().split(" ").filter(Boolean);
      if (said.length === 0) throw complain("phrase", "it has no words");
      return said.map((word) => words.get(word) ?? UNKNOWN);
    };
  },
  contract({ encoder, text, decoder }, card) {
    return {
      ...{ encoder: encoder!, text: text!, decoder: decoder! },
      links: { image_embeddings: ["image_embeddings"] },
      ...{ imageInput: "images", inputSize: inputSizeOf(encoder!, "images", card.image.size), most: 32 },
      abilities: { phrases: true, exemplars: "none", presence: true, scoresFrom: 0, answers: "instances" },
      tokens: (ids) => ({ tokens: whole([1, ids.length], ids) }),
      feeds: textOf,
      read: (outputs, prompts) => predictions(outputs, decoder!, prompts, true),
      stages: {
        tokens: { graph: text!, port: "tokens" },
        text: { graph: text!, port: "text_features" },
        ...predictionStages(decoder!, true),
      },
    };
  },
};

/** What stands for a word that the list does not have. */
const UNKNOWN = 1;

/** Words by their place in the list; the first two stand for padding and for what is not known. */
async function wordsOf(file: string): Promise<ReadonlyMap<string, number>> {
  const vocabulary = await readJson({ root: dirname(file), name: basename(file) }, file);
  const words = (vocabulary as { readonly words?: unknown } | null)?.words;
  if (Array.isArray(words) && words.every((word) => typeof word === "string"))
    return new Map(words.slice(2).map((word, i) => [word, i + 2]));
  const expected = '{"words": [text, ...]}';
  throw complain(file, "it is not a list of words", { code: "model", expected });
}

/** Features of the phrases' words as rows of one length, with false in the mask where a phrase has fewer. */
function textOf(asked: readonly Asked[]): Feeds {
  const features = asked.map(({ text }) => text.text_features!);
  const [most, numbers] = [Math.max(...features.map(({ dims }) => dims[1]!)), features[0]!.dims[2]!];
  const data = new Float32Array(asked.length * most * numbers);
  const mask = new Uint8Array(asked.length * most);
  for (const [i, { text }] of asked.entries()) {
    data.set(floatsOf(text.text_features!), i * most * numbers);
    mask.set(text.text_mask!.data as Uint8Array, i * most);
  }
  return {
    text_features: { type: "float32", dims: [asked.length, most, numbers], data },
    text_mask: { type: "bool", dims: [asked.length, most], data: mask },
  };
}
