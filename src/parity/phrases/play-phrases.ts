// One image through both models of phrases: each answers the same phrases by itself, and the two sets of masks are compared.
import type { CostListener, GraphCost } from "../../core/cost.ts";
import { given } from "../../core/given.ts";
import type { ParityRow, ParityStep, ParityTargetRow } from "../../core/parity.ts";
import type { ParitySideName } from "../../core/parity-sets.ts";
import { keptScore, queryFacts } from "../../core/query-facts.ts";
import type { ScoredRow } from "../../core/rows.ts";
import type {
  BitMask,
  ConceptAnswer,
  ConceptPrompt,
  ConceptSample,
  ConceptSession,
  RgbImage,
  Size,
} from "../../core/types.ts";
import { concept } from "../../eval/concept/index.ts";
import type { QueryProtocol } from "../../eval/concept/match.ts";
import { type EvaluationSettings, evaluateSample, type UnitJob, type UnitResult } from "../../eval/index.ts";
import { createMask, or } from "../../masks/bit-mask.ts";
import { maskOfRle } from "../../masks/rle.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { type BothSides, type Encoded, embeddingErrors, encodeWatched, once, sides } from "../crossing.ts";
import type { PlayedImage } from "../play-image.ts";
import type { WorstStep } from "../record.ts";
import { pairedMasks } from "./agreement.ts";
import { type Asked, differenceOf, digestOf, numbersOf } from "./difference.ts";
import type { PhraseModel, PhrasePair } from "./pair.ts";
import { type Part, readBy } from "./probe.ts";

type ConceptJob = UnitJob<ConceptSample>;
const partNames = ["encoder", "text", "decoder"] as const;

/** Also what was asked in each row, and milliseconds of runs by part. */
export interface PlayedPhrases extends PlayedImage {
  readonly prompts: ReadonlyMap<ParityRow, ConceptPrompt>;
  readonly partTimes: BothSides<PartTimes>;
}

type PartTimes = Readonly<Record<Part, readonly number[]>>;

export async function playPhrases(
  job: BothSides<ConceptJob>,
  pair: PhrasePair,
  { protocols, ...settings }: EvaluationSettings<QueryProtocol>,
): Promise<PlayedPhrases> {
  const load = once(() => job.reference.ref.load());
  const play = async (side: ParitySideName): Promise<Side> => {
    const watched = watchedSession(pair[side]);
    const { unit, ref } = job[side];
    const result = await evaluateSample(concept, { unit, ref: { ...ref, load } }, watched.session, {
      ...{ ...settings, protocols },
      onSteps: side === "reference" ? settings.onSteps : undefined,
    });
    return { ...watched, model: pair[side], result };
  };
  const [reference, candidate] = (await Promise.all(sides.map(play))) as [Side, Side];
  const { unit, ref } = job.reference;
  const about = { benchmark: unit.benchmark, sample: unit.sample, cluster: ref.cluster };
  const rows: ParityTargetRow[] = [];
  const worst: WorstStep[] = [];
  const prompts = new Map<ParityRow, ConceptPrompt>();
  const told = (row: ParityTargetRow, prompt: ConceptPrompt) => {
    rows.push(row);
    prompts.set(row, prompt);
  };
  const queries = new Map((await load().catch(() => undefined))?.queries.map((one) => [one.id, one]));
  for (const row of reference.result.rows) {
    const protocol = protocols.find(({ id }) => id === row.protocol)!;
    if (row.status !== "ok") continue;
    const { target } = row;
    const phrase = queries.get(target)?.category;
    const prompt = promptOf(protocol, phrase, row);
    const key = promptKey(prompt);
    const asked = { reference: reference.asked.get(key), candidate: candidate.asked.get(key) };
    const named = { kind: "target", ...about, protocol: row.protocol, target, ...given({ phrase }) } as const;
    const theirs = candidate.result.rows.find(
      (one) => one.protocol === row.protocol && one.target === target,
    );
    if (asked.reference?.answer.status !== "ok") continue;
    if (asked.candidate?.answer.status !== "ok" || theirs?.status !== "ok") {
      const reason = theirs?.status === "ok" ? undefined : theirs?.reason;
      told({ ...named, steps: [], failed: { candidate: reason ?? "there is no answer" } }, prompt);
      continue;
    }
    const size = row.size!;
    const kept = sides.map((side) => keptOf(asked[side]!.answer, protocol, target));
    const [mine, others] = kept as [BitMask[], BitMask[]];
    const { pairs, agreement } = pairedMasks(mine, others);
    const difference = await differenceOf(asked.reference, asked.candidate, pair);
    const at = { clicks: 0 };
    const step: ParityStep = {
      at,
      reference: { scores: {}, chosen: 0 },
      paths: {
        candidate: {
          ...{ scores: {}, chosen: 0, agreement, ...numbersOf(asked.reference, asked.candidate) },
          phrase: {
            ...difference,
            kept: { reference: mine.length, candidate: others.length, pairs: pairs.length },
          },
        },
      },
    };
    told({ ...named, steps: [step] }, prompt);
    if (agreement < 1)
      worst.push({
        ...{ benchmark: unit.benchmark, sample: unit.sample, protocol: row.protocol, target, at, agreement },
        ...given({ phrase }),
        ...{ sent: { clicks: [] }, whole: true },
        ...{ reference: unionOf(mine, size), candidate: unionOf(others, size) },
      });
  }
  return {
    ...{ reference: reference.result, candidate: candidate.result },
    rows: [
      {
        ...{ kind: "sample", ...about },
        embeddings: embeddingErrors(reference.encoded(), candidate.encoded()),
      },
      ...rows,
    ],
    times: { reference: reference.times, candidate: candidate.times },
    partTimes: { reference: reference.parts, candidate: candidate.parts },
    prompts,
    worst,
  };
}

type Watched = ReturnType<typeof watchedSession>;
interface Side extends Watched {
  readonly model: PhraseModel;
  readonly result: UnitResult;
}

/** A session that is asked one prompt at a time, whose calls are timed, and whose answers are kept as the graphs gave them. */
function watchedSession(model: PhraseModel) {
  const { session: own, host, contract } = model;
  const times: { encode: number[]; decode: number[] } = { encode: [], decode: [] };
  const parts: Record<Part, number[]> = { encoder: [], text: [], decoder: [] };
  const heard = ({ file, running, result }: GraphCost) => {
    const part = partNames.find((one) => contract[one] !== undefined && contract[one].file === file);
    if (part !== undefined && result === "computed") parts[part].push(running);
    return part;
  };
  const asked = new Map<string, Asked>();
  let encoded: Encoded | undefined;
  const session: ConceptSession = {
    ...own,
    capabilities: { ...own.capabilities, batch: 1 },
    async encode(image: RgbImage, cost?: CostListener) {
      const first = await encodeWatched(model, image, (one) => {
        heard(one);
        cost?.(one);
      });
      times.encode.push(first.milliseconds);
      encoded = first;
      return first.embedding;
    },
    async find(embedding, prompts, { cost, ...options }) {
      let [spent, outputs] = [0, undefined as Tensors | undefined];
      const answers = await host.during(
        {
          after: (call, found) => {
            if (call.graph.file === contract.decoder.file) outputs = found;
          },
        },
        () =>
          own.find(embedding, prompts, {
            ...options,
            cost: (one) => {
              if (heard(one) === "decoder") spent += one.running;
              cost?.(one);
            },
          }),
      );
      times.decode.push(spent / prompts.length);
      const [prompt, answer] = [prompts[0]!, answers[0]!];
      const scored = outputs && readBy(model, outputs, embedding.size)?.scored;
      const digest = outputs && digestOf(outputs);
      asked.set(promptKey(prompt), { prompt, answer, ...given({ raw: scored && { scored }, digest }) });
      return answers;
    },
  };
  return { session, times, parts, asked, encoded: () => encoded };
}

/** The same of equal prompts. */
export function promptKey({ phrase, exemplars }: ConceptPrompt): string {
  return JSON.stringify([phrase ?? null, exemplars.map(({ box: { x0, y0, x1, y1 } }) => [x0, y0, x1, y1])]);
}

/** As the task sent it: rows say which box. */
function promptOf({ asks }: QueryProtocol, phrase: string | undefined, row: ScoredRow): ConceptPrompt {
  const [x0, y0, x1, y1] = queryFacts(row).exemplar ?? [];
  const box = asks.box && x0 !== undefined ? { x0, y0: y0!, x1: x1!, y1: y1! } : undefined;
  return {
    ...(asks.phrase ? given({ phrase }) : {}),
    exemplars: box === undefined ? [] : [{ box, positive: true }],
  };
}

/** The masks that are the answer. */
function keptOf(answer: ConceptAnswer, { asks: { from } }: QueryProtocol, where: string): BitMask[] {
  if (answer.status !== "ok") return [];
  const { instances } = answer;
  const best = instances.reduce((most, one) => (one.score > most ? one.score : most), 0);
  const kept =
    from === "best"
      ? instances.filter(({ score }) => score === best).slice(0, 1)
      : instances.filter(({ score }) => score >= keptScore);
  return kept.map(({ mask }) => maskOfRle(mask, `query ${where}`));
}

function unionOf(masks: readonly BitMask[], { width, height }: Size): BitMask {
  return masks.reduce(or, createMask(width, height));
}
