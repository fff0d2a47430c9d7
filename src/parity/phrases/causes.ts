// Stage by stage on a few images: the candidate's graphs on what the reference's were fed, what differs alone, and what it is called.
import { parityDefaults } from "../../core/defaults.ts";
import { given } from "../../core/given.ts";
import { mean } from "../../core/numbers.ts";
import type { ParityDiagnosis, ParityStage } from "../../core/parity.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { tensorError } from "../crossing.ts";
import { encoderHypotheses } from "../diagnose/encoder.ts";
import type { Hypothesis, ProbeCase } from "../diagnose/hypothesis.ts";
import { diagnoseStage } from "../diagnose/index.ts";
import { type FedPhrase, tokenMistakes, valueMistakes, wordError, wordsIn } from "./fed.ts";
import { type AnswerPair, answerMistakes, decoderHypotheses, textHypotheses } from "./hypotheses.ts";
import type { PhrasePair } from "./pair.ts";
import { type Part, type ProbedImage, probeImage, type Seen } from "./probe.ts";

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
  found.push(
    ...valueMistakes(reference, candidate, stageRow("encoder", seen.encoder).error?.relativeL2 ?? undefined),
  );
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

/** Features of tokens that do not count are no difference, as long as both say so. */
function differsInWords({ reference, candidate }: ProbeCase): boolean {
  return Object.entries(reference.outputs).some(([name, own]) => {
    const other = candidate.outputs[name];
    if (other === undefined || other.dims.join() !== own.dims.join()) return true;
    return wordError(own, other, reference.feeds) >= parityDefaults.sameStage;
  });
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
    ...given({
      error,
      problem: problem ?? (error === undefined && cases.length > 0 ? "outputs of other shapes" : undefined),
    }),
    ...given({ alone: alone.length > 0 && apart ? mean(alone) : undefined }),
  };
}
