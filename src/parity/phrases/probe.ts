// One image in both models: what each graph is fed and answers, and the candidate's graphs on what the reference's were fed.
import { reasonOf } from "../../core/errors.ts";
import type { ParityDiagnosis } from "../../core/parity.ts";
import type { ConceptPrompt, RgbImage, Size } from "../../core/types.ts";
import type { RawAnswer } from "../../models/concept/contract.ts";
import type { Graph, TensorType } from "../../models/runtime/graph.ts";
import type { GraphCall, Tensors } from "../../models/runtime/tap.ts";
import { castFeeds, castTo, floatsOf } from "../../models/tensors/cast.ts";
import type { ProbeCase } from "../diagnose/hypothesis.ts";
import { answersAgree } from "./agreement.ts";
import { type FedPhrase, pictureMistakes } from "./fed.ts";
import type { AnswerPair } from "./hypotheses.ts";
import { asText, type PhraseModel, type PhrasePair, type PhraseText, wordsOf } from "./pair.ts";

export interface ProbedImage {
  readonly image: RgbImage;
  readonly prompts: readonly ConceptPrompt[];
}

export type Part = "encoder" | "text" | "decoder";

/** What was seen of a part of both models. */
export interface Seen {
  readonly cases: ProbeCase[];
  /** Agreement of answers with this alone of the candidate's. */
  readonly alone: number[];
  problem?: string;
}

interface Prompted {
  readonly raw: RawAnswer;
  readonly call: GraphCall;
  readonly outputs: Tensors;
}

/** Runs the prompts in both, adds to what was seen, and returns what is wrong with the candidate's picture. */
export async function probeImage(
  number: number,
  { image, prompts }: ProbedImage,
  pair: PhrasePair,
  seen: Readonly<Record<Part, Seen>>,
  phrases: Map<string, FedPhrase>,
  answers: AnswerPair[],
): Promise<ParityDiagnosis[]> {
  const { reference, candidate } = pair;
  const size = { width: image.width, height: image.height };
  const [own, other] = [await playedBy(reference, image, prompts), await playedBy(candidate, image, prompts)];
  const echoed = own.encoded && (await echo("encoder", number, own.encoded, candidate, seen));
  for (const [i, prompt] of prompts.entries()) {
    const first = own.prompted[i];
    if (first === undefined) continue;
    const [text, theirs] = await Promise.all(
      [reference, candidate].map((model) => textFor(model, prompt).catch(() => undefined)),
    );
    const heard = text && (await echoText(number, text, theirs, pair, seen));
    if (text !== undefined && theirs !== undefined) {
      const phrase = wordsOf(prompt, reference.contract);
      phrases.set(phrase, { phrase, reference: text.fed, candidate: theirs.fed });
    }
    const decoded = await echo("decoder", number, first, candidate, seen);
    const crossed = decoded && readBy(candidate, decoded, size);
    const second = crossed ?? other.prompted[i]?.raw;
    if (second !== undefined) answers.push({ size, reference: first.raw, candidate: second });
    if (crossed !== undefined) seen.decoder.alone.push(answersAgree(first.raw, crossed, size));
    // The reference's decoder, with one stage before it exchanged.
    const again = async (part: Part, feeds: Tensors | undefined) => {
      const raw = feeds && (await rerun(reference, first, feeds, size));
      if (raw !== undefined) seen[part].alone.push(answersAgree(first.raw, raw, size));
    };
    await again("encoder", echoed && linked(reference, echoed));
    if (heard !== undefined && text !== undefined)
      await again("text", feedsOf(reference, { fed: text.fed, outputs: heard }, prompt, size));
  }
  const picture = other.encoded?.call.feeds[candidate.contract.imageInput];
  return picture === undefined ? [] : pictureMistakes(image, picture, reference, candidate);
}

/** An image and its prompts, one after the other, as the session plays them; undefined where there is no answer. */
async function playedBy(
  { session, host, contract }: PhraseModel,
  image: RgbImage,
  prompts: readonly ConceptPrompt[],
) {
  const size = { width: image.width, height: image.height };
  const prompted: (Prompted | undefined)[] = [];
  const watch = async <T>(graph: Graph | undefined, work: () => Promise<T>) => {
    let last: Omit<Prompted, "raw"> | undefined;
    const after = (call: GraphCall, outputs: Tensors) => {
      if (call.graph.file === graph?.file) last = { call, outputs };
    };
    const result = await host.during({ after }, work);
    return { result, last };
  };
  const { result: embedding, last: encoded } = await watch(contract.encoder, () => session.encode(image));
  for (const prompt of prompts) {
    const played = await watch(contract.decoder, () => session.find(embedding, [prompt], { floor: 1 }));
    prompted.push(played.last && { ...played.last, raw: contract.read(played.last.outputs, 1, size)[0]! });
  }
  await session.release(embedding);
  return { encoded, prompted };
}

const textFor = (model: PhraseModel, prompt: ConceptPrompt) => model.text(wordsOf(prompt, model.contract));

/** The candidate's graph on what the reference's was fed; undefined, and a problem, where it does not take that. */
async function echo(
  part: Part,
  image: number,
  { call, outputs: own }: Omit<Prompted, "raw">,
  { contract }: PhraseModel,
  seen: Readonly<Record<Part, Seen>>,
): Promise<Tensors | undefined> {
  const graph = contract[part];
  if (graph === undefined) return undefined;
  try {
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name, type }) => {
        const tensor = call.feeds[name];
        if (tensor === undefined)
          throw new Error(`it has an input "${name}", which the reference does not have`);
        return [name, castTo(tensor, type as TensorType)];
      }),
    );
    const outputs = (await graph.run(feeds)) as Tensors;
    seen[part].cases.push({
      image,
      reference: { graph: call.graph, feeds: call.feeds, outputs: own },
      candidate: { graph, feeds, outputs },
    });
    return outputs;
  } catch (error) {
    seen[part].problem ??= reasonOf(error);
    return undefined;
  }
}

async function echoText(
  image: number,
  { fed, outputs }: PhraseText,
  theirs: PhraseText | undefined,
  { reference, candidate }: PhrasePair,
  seen: Readonly<Record<Part, Seen>>,
): Promise<Tensors | undefined> {
  const graph = reference.contract.text;
  if (graph === undefined || outputs === undefined) return undefined;
  // The same phrase on another image is no news, and a graph that is fed the same has answered already.
  const known = seen.text.cases.find((one) => one.reference.feeds === fed);
  if (known !== undefined) return known.candidate.outputs;
  const call = { graph, number: 0, feeds: fed };
  if (theirs?.outputs === undefined || !sameFeeds(fed, theirs.fed))
    return echo("text", image, { call, outputs }, candidate, seen);
  seen.text.cases.push({
    image,
    reference: { graph, feeds: fed, outputs },
    candidate: { graph: candidate.contract.text!, feeds: theirs.fed, outputs: theirs.outputs },
  });
  return theirs.outputs;
}

function sameFeeds(a: Tensors, b: Tensors): boolean {
  return Object.entries(a).every(
    ([name, tensor]) =>
      b[name]?.dims.join() === tensor.dims.join() && floatsOf(tensor).join() === floatsOf(b[name]!).join(),
  );
}

/** undefined where the graph's outputs cannot be read. */
export function readBy({ contract }: PhraseModel, outputs: Tensors, size: Size): RawAnswer | undefined {
  try {
    return contract.read(outputs, 1, size)[0];
  } catch {
    return undefined;
  }
}

/** The reference's decoder with other feeds in the place of some. */
async function rerun(model: PhraseModel, { call }: Prompted, feeds: Tensors, size: Size) {
  try {
    return readBy(model, (await call.graph.run({ ...call.feeds, ...feeds })) as Tensors, size);
  } catch {
    return undefined;
  }
}

/** An encoder's outputs by the decoder's inputs; undefined where a family does more than hand them on. */
function linked({ contract: { links, decoder } }: PhraseModel, outputs: Tensors): Tensors | undefined {
  const entries = Object.entries(links).map(([input, [name, ...more]]) => [
    input,
    more.length === 0 ? outputs[name!] : undefined,
  ]);
  if (entries.some(([, tensor]) => tensor === undefined)) return undefined;
  return castFeeds(Object.fromEntries(entries), decoder) as Tensors;
}

function feedsOf(
  { contract }: PhraseModel,
  text: PhraseText,
  { exemplars }: ConceptPrompt,
  size: Size,
): Tensors | undefined {
  try {
    return castFeeds(contract.feeds([{ text: asText(text), exemplars }], size), contract.decoder) as Tensors;
  } catch {
    return undefined;
  }
}
