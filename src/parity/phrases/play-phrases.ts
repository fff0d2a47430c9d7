// One image through both models of phrases: each answers the same phrases by itself, and the two sets of masks are compared.
import { createHash } from "node:crypto";
import type { CostListener } from "../../core/cost.ts";
import { given } from "../../core/given.ts";
import type { ParityStep, ParityTargetRow } from "../../core/parity.ts";
import type { PhraseDifference } from "../../core/parity-phrases.ts";
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
import type { RawAnswer } from "../../models/concept/contract.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { type Encoded, embeddingErrors, encodeWatched, logitError } from "../crossing.ts";
import type { PlayedImage } from "../play-image.ts";
import type { WorstStep } from "../record.ts";
import { pairedMasks } from "./agreement.ts";
import { wordError, wordsIn } from "./fed.ts";
import { type PhraseModel, type PhrasePair, presenceOf, scoresOf, wordsOf } from "./pair.ts";

type ConceptJob = UnitJob<ConceptSample>;
const sides = ["reference", "candidate"] as const;

export async function playPhrases(
  job: Readonly<Record<ParitySideName, ConceptJob>>,
  pair: PhrasePair,
  { protocols, ...settings }: EvaluationSettings<QueryProtocol>,
): Promise<PlayedImage> {
  let sample: Promise<ConceptSample> | undefined;
  const load = () => {
    sample ??= job.reference.ref.load();
    return sample;
  };
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
  const [own, other] = [reference.encoded(), candidate.encoded()];
  const rows: ParityTargetRow[] = [];
  const worst: WorstStep[] = [];
  const queries = new Map((await load().catch(() => undefined))?.queries.map((one) => [one.id, one]));
  for (const row of reference.result.rows) {
    const protocol = protocols.find(({ id }) => id === row.protocol)!;
    if (row.status !== "ok") continue;
    const { target } = row;
    const phrase = queries.get(target)?.category;
    const key = promptKey(promptOf(protocol, phrase, row));
    const asked = { reference: reference.asked.get(key), candidate: candidate.asked.get(key) };
    const named = {
      kind: "target",
      ...about,
      protocol: row.protocol,
      target,
      ...given({ phrase }),
    } as const;
    const theirs = candidate.result.rows.find(
      (one) => one.protocol === row.protocol && one.target === target,
    );
    if (asked.reference?.answer.status !== "ok") continue;
    if (asked.candidate?.answer.status !== "ok" || theirs?.status !== "ok") {
      const reason = theirs?.status === "ok" ? undefined : theirs?.reason;
      rows.push({ ...named, steps: [], failed: { candidate: reason ?? "there is no answer" } });
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
    rows.push({ ...named, steps: [step] });
    if (agreement < 1)
      worst.push({
        ...{
          benchmark: about.benchmark,
          sample: about.sample,
          protocol: row.protocol,
          target,
          at,
          agreement,
        },
        ...given({ phrase }),
        ...{
          sent: { clicks: [] },
          whole: true,
          reference: unionOf(mine, size),
          candidate: unionOf(others, size),
        },
      });
  }
  return {
    ...{ reference: reference.result, candidate: candidate.result },
    rows: [
      {
        ...{ kind: "sample", ...about },
        embeddings: own === undefined || other === undefined ? [] : embeddingErrors(own, other),
      },
      ...rows,
    ],
    times: { reference: reference.times, candidate: candidate.times },
    worst,
  };
}

/** What came back for a prompt. */
interface Asked {
  readonly prompt: ConceptPrompt;
  readonly answer: ConceptAnswer;
  /** What the graph says of candidates; absent where no graph did. Masks are not kept: a call of SAM 3 answers with 66 MB. */
  readonly raw?: Pick<RawAnswer, "scored">;
  /** Of all outputs of the decoder. */
  readonly digest?: string;
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
  const asked = new Map<string, Asked>();
  let encoded: Encoded | undefined;
  const session: ConceptSession = {
    ...own,
    capabilities: { ...own.capabilities, batch: 1 },
    async encode(image: RgbImage, cost?: CostListener) {
      const first = await encodeWatched(model, image, cost);
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
              spent += one.running;
              cost?.(one);
            },
          }),
      );
      times.decode.push(spent / prompts.length);
      const [prompt, answer] = [prompts[0]!, answers[0]!];
      const scored = outputs && readOf(model, outputs, embedding.size)?.scored;
      const digest = outputs && digestOf(outputs);
      asked.set(promptKey(prompt), { prompt, answer, ...given({ raw: scored && { scored }, digest }) });
      return answers;
    },
  };
  return { session, times, asked, encoded: () => encoded };
}

function readOf({ contract }: PhraseModel, outputs: Tensors, size: Size): RawAnswer | undefined {
  try {
    return contract.read(outputs, 1, size)[0];
  } catch {
    return undefined;
  }
}

function promptKey({ phrase, exemplars }: ConceptPrompt): string {
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

/** Class logits and scores, candidate by candidate, where both have as many. */
function numbersOf({ raw: own }: Asked, { raw: other }: Asked) {
  if (own === undefined || other === undefined) return {};
  const [scores, others] = [scoresOf(own), scoresOf(other)];
  if (scores.length === 0 || scores.length !== others.length) return {};
  const max = scores.reduce((most, score, i) => Math.max(most, Math.abs(score - others[i]!)), 0);
  const logits =
    own.scored.kind === "logits" && other.scored.kind === "logits"
      ? logitError(own.scored.classes, other.scored.classes)
      : undefined;
  return { predicted: { max }, ...given({ logits }) };
}

async function differenceOf(
  own: Asked,
  other: Asked,
  { reference, candidate }: PhrasePair,
): Promise<Omit<PhraseDifference, "kept">> {
  const [text, theirs] = await Promise.all([
    reference.text(wordsOf(own.prompt, reference.contract)),
    candidate.text(wordsOf(other.prompt, candidate.contract)),
  ]);
  const sameTokens = wordsIn(text.fed).join() === wordsIn(theirs.fed).join();
  const [port, otherPort] = [reference, candidate].map(({ contract }) => contract.stages.text?.port ?? "");
  const [features, others] = [text.outputs?.[port!], theirs.outputs?.[otherPort!]];
  const comparable = features !== undefined && others?.dims.join() === features.dims.join() && sameTokens;
  const says = (asked: Asked) =>
    asked.raw?.scored.kind === "logits" && asked.raw.scored.presence !== undefined;
  return {
    sameTokens,
    ...given({
      text: comparable ? wordError(features, others, text.fed) : undefined,
      presence:
        says(own) && says(other)
          ? { reference: presenceOf(own.raw!), candidate: presenceOf(other.raw!) }
          : undefined,
      classes: classError(own, other),
    }),
    identical: own.digest !== undefined && own.digest === other.digest,
  };
}

function classError({ raw: own }: Asked, { raw: other }: Asked): number | undefined {
  if (own?.scored.kind !== "logits" || other?.scored.kind !== "logits") return undefined;
  const [a, b] = [own.scored.classes, other.scored.classes];
  if (a.length === 0 || a.length !== b.length) return undefined;
  const middle = a.reduce((sum, value) => sum + value, 0) / a.length;
  let [noise, spread] = [0, 0];
  a.forEach((value, i) => {
    noise += (value - b[i]!) ** 2;
    spread += (value - middle) ** 2;
  });
  return noise === 0 ? 0 : Math.sqrt(noise / (spread === 0 ? 1 : spread));
}

/** Shapes and bits of all tensors. */
function digestOf(outputs: Tensors): string {
  const hash = createHash("sha256");
  for (const [name, { type, dims, data }] of Object.entries(outputs)) {
    hash.update(`${name} ${type} ${dims.join()}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
