// Stage by stage on a few images: the candidate's graphs on what the reference's were fed, what differs alone, and what it is called.
import { parityDefaults } from "../../core/defaults.ts";
import { reasonOf } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { mean } from "../../core/numbers.ts";
import type { ParityDiagnosis, ParityStage } from "../../core/parity.ts";
import type { ConceptPrompt, RgbImage, Size } from "../../core/types.ts";
import type { RawAnswer } from "../../models/concept/contract.ts";
import type { Graph, TensorType } from "../../models/runtime/graph.ts";
import type { GraphCall, Tensors } from "../../models/runtime/tap.ts";
import { castFeeds, castTo, floatsOf } from "../../models/tensors/cast.ts";
import { tensorError } from "../crossing.ts";
import { encoderHypotheses } from "../diagnose/encoder.ts";
import type { Hypothesis, ProbeCase } from "../diagnose/hypothesis.ts";
import { diagnoseStage } from "../diagnose/index.ts";
import { answersAgree } from "./agreement.ts";
import { type FedPhrase, pictureMistakes, tokenMistakes, wordsIn } from "./fed.ts";
import { type AnswerPair, answerMistakes, decoderHypotheses, textHypotheses } from "./hypotheses.ts";
import { asText, type PhraseModel, type PhrasePair, type PhraseText, wordsOf } from "./pair.ts";

export interface ProbedImage {
  readonly image: RgbImage;
  readonly prompts: readonly ConceptPrompt[];
}

export interface PhraseCausesRequest {
  readonly pair: PhrasePair;
  readonly images: readonly ProbedImage[];
  /** Folder for patched graphs; the caller removes it. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

export interface PhraseCauses {
  readonly diagnoses: readonly ParityDiagnosis[];
  readonly remarks: readonly string[];
  readonly stages: readonly ParityStage[];
}

type Part = "encoder" | "text" | "decoder";

/** What was seen of a part of both models. */
interface Seen {
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

export async function phraseCauses({
  pair,
  images,
  folder,
  signal,
}: PhraseCausesRequest): Promise<PhraseCauses> {
  const seen: Readonly<Record<Part, Seen>> = {
    encoder: { cases: [], alone: [] },
    text: { cases: [], alone: [] },
    decoder: { cases: [], alone: [] },
  };
  const found: ParityDiagnosis[] = [];
  const answers: AnswerPair[] = [];
  const phrases = new Map<string, FedPhrase>();
  for (const [number, probed] of images.entries()) {
    signal?.throwIfAborted();
    found.push(...(await probeImage(number, probed, pair, seen, phrases, answers)));
  }
  const { reference, candidate } = pair;
  const tokens = tokenMistakes([...phrases.values()]);
  const made = answerMistakes(answers);
  const settled = made.settled.flatMap((name) => reference.contract.stages[name]?.port ?? []);
  const decoding = seen.decoder.cases.map((one) => without(one, settled));
  const request = { pair, folder, ...given({ signal }) };
  const stage = (name: Part, cases: readonly ProbeCase[], hypotheses: readonly Hypothesis[]) =>
    diagnoseStage(name, cases, hypotheses, request);
  const named = [
    ...(candidate.corrected === undefined ? [] : [candidate.corrected]),
    ...found,
    ...(await stage("encoder", seen.encoder.cases, encoderHypotheses(candidate.card))),
    ...tokens,
    ...(await stage("text", seen.text.cases.filter(differsInWords), textHypotheses)),
    ...made.diagnoses,
    ...(await stage("decoder", decoding, decoderHypotheses(candidate.contract))),
  ];
  const fed = [...phrases.values()].filter(
    (one) => wordsIn(one.reference).join() !== wordsIn(one.candidate).join(),
  );
  return {
    diagnoses: named.filter(({ id }, i) => named.findIndex((one) => one.id === id) === i),
    remarks: Object.entries(seen).flatMap(([part, { problem }]) =>
      problem === undefined
        ? []
        : [`the candidate's ${part} was not compared on the reference's inputs: ${problem}`],
    ),
    stages: [
      ...(["encoder", "text", "decoder"] as const).flatMap((part) =>
        reference.contract[part] === undefined ? [] : [stageRow(part, seen[part])],
      ),
      {
        ...{ stage: "host choice", part: "tokens, picture", runs: 0 },
        differences: fed.length + found.length,
      },
    ],
  };
}

async function probeImage(
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
  let encoded: Omit<Prompted, "raw"> | undefined;
  const prompted: (Prompted | undefined)[] = [];
  const watch = async <T>(graph: Graph | undefined, work: () => Promise<T>) => {
    let last: Omit<Prompted, "raw"> | undefined;
    const after = (call: GraphCall, outputs: Tensors) => {
      if (call.graph.file === graph?.file) last = { call, outputs };
    };
    const result = await host.during({ after }, work);
    return { result, last };
  };
  const { result: embedding, last } = await watch(contract.encoder, () => session.encode(image));
  encoded = last;
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

function readBy({ contract }: PhraseModel, outputs: Tensors, size: Size): RawAnswer | undefined {
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

/** Features of tokens that do not count are no difference, as long as both say so. */
function differsInWords({ reference, candidate }: ProbeCase): boolean {
  return Object.entries(reference.outputs).some(([name, own]) => {
    const other = candidate.outputs[name];
    if (other === undefined || other.dims.join() !== own.dims.join()) return true;
    return wordError(own, other, reference.feeds) >= parityDefaults.sameStage;
  });
}

/** Relative L2 over the tokens that count; over everything where rows are no tokens. */
export function wordError(own: Tensors[string], other: Tensors[string], fed: Tensors): number {
  const [a, b] = [floatsOf(own), floatsOf(other)];
  const words = wordsIn(fed).length;
  const used = own.dims.length === 3 ? words * own.dims[2]! : a.length;
  return tensorError(a.subarray(0, used), b.subarray(0, used), 1).relativeL2;
}

/** The case without some outputs. */
function without(one: ProbeCase, names: readonly string[]): ProbeCase {
  const left = (outputs: Tensors) =>
    Object.fromEntries(Object.entries(outputs).filter(([name]) => !names.includes(name)));
  const side = (run: ProbeCase["reference"]) => ({ ...run, outputs: left(run.outputs) });
  return { ...one, reference: side(one.reference), candidate: side(one.candidate) };
}

function stageRow(part: Part, { cases, alone, problem }: Seen): ParityStage {
  const errors = cases.flatMap(({ reference, candidate }) =>
    Object.entries(reference.outputs).flatMap(([output, own]) => {
      const other = candidate.outputs[output];
      if (other === undefined || other.data.length !== own.data.length) return [];
      const { relativeL2, max, notFinite } = tensorError(floatsOf(own), floatsOf(other), 1);
      const valid = part === "text" ? wordError(own, other, reference.feeds) : relativeL2;
      return [{ output, relativeL2: notFinite > 0 ? null : valid, max }];
    }),
  );
  const worth = ({ relativeL2 }: (typeof errors)[number]) => relativeL2 ?? Number.POSITIVE_INFINITY;
  const error = errors.reduce<(typeof errors)[number] | undefined>(
    (most, one) => (most === undefined || worth(one) > worth(most) ? one : most),
    undefined,
  );
  const apart = alone.some((value) => value < 1) || (error !== undefined && worth(error) > 0);
  return {
    ...{ stage: part, part, runs: cases.length },
    ...given({ error, problem, alone: alone.length > 0 && apart ? mean(alone) : undefined }),
  };
}
