import { oneOrTwo, unitScale } from "../../family.ts";
import type { Asked, ConceptFamily } from "../contract.ts";
import { fixedSize, inputSizeOf, maskAt, outputOf } from "../outputs.ts";
import { conceptPhrases } from "../sam3.ts";
import { padded, tokenizerOf, whole } from "../tokens.ts";

/** Positions of CLIP's text encoder. */
const CONTEXT = 77;
/** Most phrases of a call, with which the image is encoded once. */
const TOGETHER = 16;

/**
 * CLIPSeg as Transformers.js has it: one graph, an image and phrases in, a map for each phrase out. There are no instances and no presence: the map above 0 is the
 * one answer.
 */
export const clipseg: ConceptFamily = {
  ...{ kind: "concept", name: "clipseg", title: "Transformers.js CLIPSeg" },
  summary: "CLIPSeg in one file: phrases, one map each, no instances and no scores",
  ...{ parts: ["model", "tokenizer"], tokenizerFile: "tokenizer.json" },
  /** CLIPSegProcessor: bytes stretched to 352 x 352, ImageNet's mean and deviation; phrases as they are. */
  defaults: { image: { ...unitScale, size: 352, padding: "none" }, concept: { text: "none" } },
  signatures: [
    {
      ...{ part: "model", of: "Transformers.js (CLIPSeg)" },
      inputs: ["pixel_values", "input_ids", "attention_mask"],
      outputs: ["logits"],
      ranks: { pixel_values: 4, input_ids: 2, attention_mask: 2 },
    },
  ],
  ports: {
    fed: { input_ids: conceptPhrases.tokens, attention_mask: "1 for a token of the phrase, 0 for padding" },
    read: { logits: "logits of each phrase's map" },
  },
  tokenizer: tokenizerOf,
  contract(graphs, card) {
    const { decoder } = oneOrTwo(graphs);
    const length = fixedSize(decoder, "input_ids", 1);
    return {
      ...{ decoder, links: {}, imageInput: "pixel_values" },
      inputSize: inputSizeOf(decoder, "pixel_values", card.image.size),
      abilities: { phrases: true, exemplars: "none", presence: false, scoresFrom: 0, answers: "map" },
      facts: { context: length ?? CONTEXT, text: card.concept?.text },
      most: fixedSize(decoder, "input_ids", 0) ?? Math.min(card.batch, TOGETHER),
      tokens: (ids) => ({ input_ids: whole([1, ids.length], ids) }),
      feeds: (asked) => together(asked, length),
      read(outputs, prompts) {
        const flat = prompts === 1 && outputs.logits?.dims.length === 2;
        const sizes = [...(flat ? [] : [prompts]), undefined, undefined];
        const maps = outputOf(outputs, decoder, "logits", sizes);
        return Array.from({ length: prompts }, (_, at) => ({
          scored: { kind: "scores", scores: Float32Array.of(1) },
          mask: () => maskAt(maps, at),
        }));
      },
      stages: { tokens: { graph: decoder, port: "input_ids" }, masks: { graph: decoder, port: "logits" } },
    };
  },
};

/** Phrases as rows of one length, filled with the end token. */
function together(asked: readonly Asked[], length: number | undefined) {
  const rows = asked.map(({ text }) => Array.from(text.input_ids!.data as BigInt64Array, Number));
  const most = length ?? Math.min(CONTEXT, Math.max(...rows.map((ids) => ids.length)));
  const valid = rows.flatMap((ids) => Array.from({ length: most }, (_, i) => Number(i < ids.length)));
  const filled = rows.flatMap((ids) => padded(ids, most, ids.at(-1)!));
  const dims = [rows.length, most];
  return { input_ids: whole(dims, filled), attention_mask: whole(dims, valid) };
}
