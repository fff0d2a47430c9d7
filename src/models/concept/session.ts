// Opens the graphs of a model of concepts, tries them once, and answers prompts: a phrase's features are kept by its tokens, an
// image's with the runtime, and masks are drawn of what passes the floor alone.
import type { FullModelCard } from "../../core/defaults.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import type {
  ConceptAnswer,
  ConceptInstance,
  ConceptPrompt,
  ConceptSession,
  Embedding,
  ModelCapabilities,
  RgbImage,
  Size,
} from "../../core/types.ts";
import { maskFromLogits } from "../../masks/mask-from-logits.ts";
import { rleOf } from "../../masks/rle.ts";
import type { Feeds, ModelFiles } from "../family.ts";
import type { GraphHost, KeptTensor } from "../runtime/graph.ts";
import { type InputMaker, openInputMaker } from "../runtime/input-maker.ts";
import { linker, ofTwoModels } from "../runtime/link.ts";
import { eachGraph, openGraphs, trialRunError } from "../runtime/session.ts";
import { allFinite, castFeeds } from "../tensors/cast.ts";
import { direct } from "../tensors/frames.ts";
import { encoderInput } from "../tensors/preprocess.ts";
import { type Asked, type ConceptFamily, type RawAnswer, tokenizerPart } from "./contract.ts";

export interface OpenConceptRequest {
  readonly card: FullModelCard;
  /** Path of each graph, and of the tokenizer. */
  readonly files: ModelFiles;
  readonly host: GraphHost;
}

/** Phrases whose features are kept, the latest used: 64 MB of SAM 3's, 330 MB where a decoder takes its tokens as well. */
const KEPT_PHRASES = 2048;

interface HeldImage extends Embedding {
  readonly feeds: Readonly<Record<string, KeptTensor>>;
}

/**
 * Opens the graphs of a model on a host; rejects with a SegbenchError that names the file and what is wrong if graphs, tokenizer
 * and card do not go together. The trial run asks a black image for a phrase.
 */
export async function openConceptSession(
  family: ConceptFamily,
  { card, files, host }: OpenConceptRequest,
): Promise<ConceptSession> {
  const { [tokenizerPart]: words, ...graphFiles } = files;
  if (words === undefined)
    throw complain(
      `model ${card.name}`,
      `a ${family.title} model needs a file that turns phrases into tokens`,
      {
        code: "model",
        expected: `"${tokenizerPart}" among the files of its card`,
        got: Object.keys(files).join(", "),
      },
    );
  const tokenizer = await family.tokenizer(words, card);
  const contract = family.contract(await openGraphs(family, { files: graphFiles, host }), card);
  const { encoder, text, decoder, abilities, inputSize, imageInput, most, boxesAlone } = contract;
  const graphs = {
    ...(encoder === undefined ? {} : { encoder }),
    ...(text === undefined ? {} : { text }),
    decoder,
  };
  const embed =
    encoder === undefined
      ? async (feeds: Feeds) => ({ [imageInput]: await host.hold(feeds[imageInput]!) })
      : linker(encoder, decoder, contract.links, host);

  async function encode(image: RgbImage, make: InputMaker["make"]): Promise<HeldImage> {
    const frame = { original: image, resized: inputSize, side: Math.max(inputSize.width, inputSize.height) };
    const input = await make(image, frame, { ...card.image, padding: "none" });
    const feeds = await embed(castFeeds({ [imageInput]: input }, encoder ?? decoder));
    return { size: { width: image.width, height: image.height }, feeds };
  }

  const free = async ({ feeds }: HeldImage) => {
    for (const tensor of Object.values(feeds)) await host.free(tensor);
  };

  const kept = new Map<string, Promise<Feeds>>();

  /** Features of a phrase, by its tokens. Rejects where it has none. */
  async function features(phrase: string): Promise<Feeds> {
    const ids = tokenizer(phrase);
    const key = ids.join(" ");
    const found = kept.get(key) ?? computed(ids);
    kept.delete(key);
    kept.set(key, found);
    if (kept.size > KEPT_PHRASES) kept.delete(kept.keys().next().value!);
    return found.catch((error: unknown) => {
      if (kept.get(key) === found) kept.delete(key);
      throw error;
    });
  }

  async function computed(ids: readonly number[]): Promise<Feeds> {
    const feeds = contract.tokens(ids);
    if (text === undefined) return castFeeds(feeds, decoder);
    const all = { ...feeds, ...((await text.run(castFeeds(feeds, text))) as Feeds) };
    return contract.kept === undefined
      ? all
      : Object.fromEntries(Object.entries(all).filter(([name]) => contract.kept!.includes(name)));
  }

  async function ask(prompt: ConceptPrompt): Promise<Asked> {
    const reason = refusal(prompt, contract);
    if (reason !== undefined) throw new Error(reason);
    const { phrase = boxesAlone!, exemplars } = prompt;
    return { text: await features(phrase), exemplars };
  }

  async function decode({ feeds, size }: HeldImage, asked: readonly Asked[]): Promise<readonly RawAnswer[]> {
    const outputs = await decoder.run({ ...feeds, ...castFeeds(contract.feeds(asked, size), decoder) });
    return contract.read(outputs as Feeds, asked.length, size);
  }

  /** Of prompts that share a decoder call; what is wrong with one is its own failure. */
  async function answered(image: HeldImage, prompts: readonly ConceptPrompt[], wanted: Wanted) {
    const failed = (error: unknown): ConceptAnswer => ({ status: "failed", reason: reasonOf(error) });
    const asked: (Asked | ConceptAnswer)[] = [];
    for (const prompt of prompts) asked.push(await ask(prompt).catch(failed));
    const able = asked.filter((one) => "text" in one);
    try {
      const raw = able.length === 0 ? [] : [...(await decode(image, able))];
      return asked.map((one) => ("text" in one ? answerOf(raw.shift()!, image.size, wanted) : one));
    } catch (error) {
      return asked.map((one) => ("text" in one ? failed(error) : one));
    }
  }

  async function trialRun(): Promise<void> {
    const { width, height } = inputSize;
    const black = { width, height, data: new Uint8Array(3 * width * height) };
    const image = await encode(black, async (...given) => encoderInput(...given));
    const [answer] = await decode(image, [await ask(trialPrompt)]);
    // Shapes are checked by reading; a mask of some candidate shows those of masks.
    const { scored } = answer!;
    if ((scored.kind === "scores" ? scored.scores : scored.classes).length > 0) answer!.mask(0);
    await free(image);
  }

  await trialRun().catch((cause: unknown) => {
    const apart = encoder && ofTwoModels(encoder, decoder, contract.links);
    throw apart ?? trialRunError(Object.values(graphs), Math.max(inputSize.width, inputSize.height), cause);
  });
  const capabilities: ModelCapabilities = {
    ...{ box: false, maskInput: false, multimask: false, singleMask: false },
    ...{ batch: most, predictedIouIsIou: false },
  };
  const facts = {
    contract: family.name,
    concepts: abilities,
    ...contract.facts,
    inputSize,
    providers: await eachGraph(graphs, (graph) => graph.providersUsed()),
    ...(await eachGraph(graphs, async (graph) => ({ inputs: graph.inputs, outputs: graph.outputs }))),
  };
  const inputs = openInputMaker();
  return {
    ...{ capabilities, facts, concepts: abilities },
    encode: (image) => encode(image, inputs.make),
    async find(embedding, prompts, { floor, best = false }) {
      const image = embedding as HeldImage;
      const answers: ConceptAnswer[] = [];
      for (let at = 0; at < prompts.length; at += most)
        answers.push(...(await answered(image, prompts.slice(at, at + most), { floor, best })));
      return answers;
    },
    release: (embedding) => free(embedding as HeldImage),
    async close() {
      await Promise.all([inputs.close(), host.close()]);
    },
  };
}

/** Words that every vocabulary has, or a word for what it does not have. */
const trialPrompt: ConceptPrompt = { phrase: "object", exemplars: [] };

/** Why a prompt cannot be asked. */
function refusal(
  { phrase, exemplars }: ConceptPrompt,
  { abilities, boxesAlone }: { readonly abilities: ConceptSession["concepts"]; readonly boxesAlone?: string },
): string | undefined {
  const most = { none: 0, one: 1, many: Number.POSITIVE_INFINITY }[abilities.exemplars];
  if (exemplars.length > most) return `the model takes ${most} boxes with a prompt; got ${exemplars.length}`;
  if (phrase !== undefined) return abilities.phrases ? undefined : "the model takes no phrases";
  if (exemplars.length === 0) return "the prompt has neither a phrase nor a box";
  return boxesAlone === undefined ? "the model takes boxes only with a phrase" : undefined;
}

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

/** Which instances are kept. */
interface Wanted {
  readonly floor: number;
  readonly best: boolean;
}

/** Scores, and the masks of what is not below the floor, or is the best. A value that cannot be makes the answer failed. */
function answerOf({ scored, boxes, mask }: RawAnswer, size: Size, { floor, best }: Wanted): ConceptAnswer {
  const values = scored.kind === "scores" ? scored.scores : scored.classes;
  const logit = scored.kind === "logits" ? scored.presence : undefined;
  if (logit !== undefined && !Number.isFinite(logit))
    return { status: "failed", reason: `the presence logit is not finite: ${logit}` };
  if (!allFinite(values))
    return {
      status: "failed",
      reason: `${scored.kind === "scores" ? "scores" : "class logits"} are not finite`,
    };
  const beyond = scored.kind === "scores" ? values.find((score) => score < 0 || score > 1) : undefined;
  if (beyond !== undefined) return { status: "failed", reason: `a score is ${beyond}, not in 0..1` };
  if (boxes !== undefined && !allFinite(boxes)) return { status: "failed", reason: "boxes are not finite" };
  const presence = logit === undefined ? undefined : sigmoid(logit);
  const instances: ConceptInstance[] = [];
  const scores = Array.from(values, (value) =>
    scored.kind === "scores" ? value : sigmoid(value) * (presence ?? 1),
  );
  const first = best ? scores.indexOf(scores.reduce((most, score) => Math.max(most, score), 0)) : -1;
  for (const [candidate, score] of scores.entries()) {
    if (score < floor && candidate !== first) continue;
    const drawn = mask(candidate);
    if ("data" in drawn && !allFinite(drawn.data))
      return { status: "failed", reason: `logits of mask ${candidate} are not finite` };
    const pixels = "data" in drawn ? maskFromLogits(drawn, direct(drawn, size, 0)) : drawn;
    if (pixels.width !== size.width || pixels.height !== size.height) {
      const [own, other] = [pixels, size].map(({ width, height }) => `${width} x ${height}`);
      return { status: "failed", reason: `mask ${candidate} is ${own}, the image ${other}` };
    }
    instances.push({ score, ...boxOf(boxes, candidate, size), mask: rleOf(pixels) });
  }
  return { status: "ok", ...(presence === undefined ? {} : { presence }), instances };
}

function boxOf(boxes: Float32Array | undefined, candidate: number, { width, height }: Size) {
  if (boxes === undefined) return {};
  const [x0, y0, x1, y1] = boxes.subarray(4 * candidate, 4 * candidate + 4) as unknown as Four;
  return { box: { x0: x0 * width, y0: y0 * height, x1: x1 * width, y1: y1 * height } };
}

type Four = readonly [number, number, number, number];
