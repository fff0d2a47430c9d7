// One image through both models. The usual loop runs the protocols with the reference; every prompt that it
// sends goes to the candidate and to both crossings as well, so that differences do not compound.
import { createHash } from "node:crypto";
import type { CostListener } from "../core/cost.ts";
import { reasonOf } from "../core/errors.ts";
import type { ParityPath, ParityRow, ParitySampleRow } from "../core/parity.ts";
import type {
  Candidate,
  Embedding,
  ImageSession,
  Prediction,
  Prompt,
  RgbImage,
  Size,
} from "../core/types.ts";
import { type EvaluationSettings, evaluateImage, type UnitJob, type UnitResult } from "../eval/index.ts";
import type { Protocol } from "../eval/interactive/protocol.ts";
import { resizeLogits } from "../masks/resize-logits.ts";
import {
  bothSides,
  crossingProblem,
  crossingTap,
  type Encoded,
  embeddingErrors,
  encodeWatched,
  once,
  type ParityModel,
  type ParityPair,
  type PlayedTimes,
  timed,
} from "./crossing.ts";
import { newRecord, type WorstStep } from "./record.ts";

export interface ParityJob {
  readonly reference: UnitJob;
  readonly candidate: UnitJob;
}

export interface PlayedImage {
  /** The reference as `run` would have evaluated it, and the candidate in its own run. */
  readonly reference: UnitResult;
  readonly candidate: UnitResult;
  readonly rows: readonly ParityRow[];
  readonly times: PlayedTimes;
  /** At most one per target. */
  readonly worst: readonly WorstStep[];
}

export async function playImage(
  job: ParityJob,
  pair: ParityPair,
  settings: EvaluationSettings<Protocol>,
): Promise<PlayedImage> {
  const loaded = once(() => job.reference.ref.load());
  const echo = newEcho(job.reference, pair);
  const withLoaded = ({ unit, ref }: UnitJob): UnitJob => ({ unit, ref: { ...ref, load: loaded } });
  try {
    const protocols = settings.protocols.map(echo.watched);
    const reference = await evaluateImage(withLoaded(job.reference), echo.session, {
      ...settings,
      protocols,
    });
    const candidate = await evaluateImage(withLoaded(job.candidate), echo.free, settings);
    return { reference, candidate, rows: echo.rows(), times: echo.times, worst: echo.worst() };
  } finally {
    await echo.release();
  }
}

/**
 * The reference's session, which also sends every prompt to the other paths, and the candidate's, which
 * reuses its embedding.
 */
function newEcho(job: UnitJob, pair: ParityPair) {
  const { reference, candidate } = pair;
  const times: PlayedTimes = bothSides(() => ({ encode: [], decode: [] }));
  const masks = new WeakMap<Candidate, ReturnType<ImageSession["mask"]>>();
  let own: Encoded | undefined;
  let other: Encoded | undefined;
  let failure = "there is no embedding";
  let row: ParitySampleRow | undefined;
  let low: Size | undefined;

  function mask(one: Candidate, size: Size) {
    const known = masks.get(one) ?? reference.session.mask(one, size);
    masks.set(one, known);
    return known;
  }
  const record = newRecord(job, pair, mask);
  /** The candidate's predictions by call: in its own run the same calls often repeat. */
  const answered = new Map<string, readonly Prediction[]>();

  async function encode(image: RgbImage, cost?: CostListener): Promise<Embedding> {
    const [first, second] = await Promise.allSettled([
      encodeWatched(reference, image, cost),
      encodeWatched(candidate, image),
    ]);
    if (first.status === "fulfilled") own = first.value;
    if (second.status === "fulfilled") other = second.value;
    else failure = reasonOf(second.reason);
    if (first.status === "rejected") throw first.reason;
    times.reference.encode.push(first.value.milliseconds);
    if (other !== undefined) times.candidate.encode.push(other.milliseconds);
    const problem = other === undefined ? `image encoder: ${failure}` : crossingProblem(first.value, other);
    const { benchmark, sample } = job.unit;
    row = {
      ...{ kind: "sample", benchmark, sample, cluster: job.ref.cluster },
      embeddings: embeddingErrors(first.value, other),
      ...(problem === undefined ? {} : { problem }),
    };
    return first.value.embedding;
  }

  async function decode(
    embedding: Embedding,
    prompts: readonly Prompt[],
    cost?: CostListener,
  ): Promise<readonly Prediction[]> {
    const { length } = prompts;
    const [answers, direct] = await Promise.all([
      timed(times.reference.decode, length, cost, (heard) =>
        reference.session.decode(embedding, prompts, heard),
      ),
      other === undefined
        ? failures(prompts, `image encoder: ${failure}`)
        : timed(times.candidate.decode, length, undefined, (heard) =>
            decodeAll(candidate, other!.embedding, prompts, heard),
          ).catch(failing(prompts)),
    ]);
    if (candidate.session.capabilities.batch === reference.session.capabilities.batch)
      answered.set(callKey(prompts), direct);
    const first = direct.find((one) => one.status === "ok");
    if (first?.status === "ok") low ??= first.candidates[0]?.lowResolution;
    const paths = { candidate: direct, ...(await cross(prompts, answers, direct)) };
    prompts.forEach((prompt, i) => {
      const all = Object.entries(paths).map(([path, list]) => [path as ParityPath, list[i]!] as const);
      record.note(prompt, answers[i], all);
    });
    return answers;
  }

  /** A path that equals another takes its predictions. */
  async function cross(
    prompts: readonly Prompt[],
    answers: readonly Prediction[],
    direct: readonly Prediction[],
  ): Promise<Readonly<Partial<Record<ParityPath, readonly Prediction[]>>>> {
    if (own === undefined || other === undefined || row?.problem !== undefined) return {};
    if (row?.embeddings.every(({ identical }) => identical)) return { encoder: answers, decoder: direct };
    if (pair.sameDecoder) return { encoder: direct, decoder: answers };
    const [encoder, decoder] = await Promise.all([
      crossed(reference, own, other, prompts),
      crossed(candidate, other, own, prompts),
    ]);
    return { encoder, decoder };
  }

  /** `model` decodes with the embedding of the other encoder in place of its own. */
  async function crossed(model: ParityModel, mine: Encoded, theirs: Encoded, prompts: readonly Prompt[]) {
    const { tap, replaced } = crossingTap(mine, theirs);
    const predictions = await model.host
      .during(tap, () => decodeAll(model, mine.embedding, prompts))
      .catch(failing(prompts));
    return replaced() > 0
      ? predictions
      : failures(prompts, "the embedding does not reach the decoder unchanged");
  }

  /** Exports may differ in batch and in the size of their logits. */
  async function decodeAll(
    { session }: ParityModel,
    embedding: Embedding,
    prompts: readonly Prompt[],
    cost?: CostListener,
  ) {
    const mine = session === candidate.session ? prompts.map(fitted) : prompts;
    const { batch } = session.capabilities;
    const all: Prediction[] = [];
    for (let from = 0; from < mine.length; from += batch)
      all.push(...(await session.decode(embedding, mine.slice(from, from + batch), cost)));
    return all;
  }

  function fitted(prompt: Prompt): Prompt {
    const { mask: fed } = prompt;
    if (fed?.kind !== "logits" || low === undefined) return prompt;
    return { ...prompt, mask: { kind: "logits", logits: resizeLogits(fed.logits, low) } };
  }

  const session: ImageSession = {
    ...reference.session,
    encode,
    decode,
    mask,
    release: async () => undefined,
  };
  const free: ImageSession = {
    ...candidate.session,
    encode: async () => {
      if (other === undefined) throw new Error(failure);
      return other.embedding;
    },
    decode: async (embedding, prompts, cost) =>
      answered.get(callKey(prompts)) ?? candidate.session.decode(embedding, prompts, cost),
    release: async () => undefined,
  };
  return {
    ...{ session, free, times, watched: record.watched, worst: record.worst },
    rows: (): ParityRow[] => [...(row === undefined ? [] : [row]), ...record.rows()],
    async release() {
      const quiet = () => undefined;
      if (own !== undefined) await reference.session.release(own.embedding).catch(quiet);
      if (other !== undefined) await candidate.session.release(other.embedding).catch(quiet);
    },
  };
}

function failures(prompts: readonly Prompt[], reason: string): Prediction[] {
  return prompts.map(() => ({ status: "failed", reason }));
}

function failing(prompts: readonly Prompt[]) {
  return (error: unknown): readonly Prediction[] => failures(prompts, reasonOf(error));
}

/** A key of decoder calls: prompts in order, mask prompts by their content. */
function callKey(prompts: readonly Prompt[]): string {
  const hash = createHash("sha256");
  for (const { mask, ...prompt } of prompts) {
    hash.update(`${JSON.stringify(prompt)}\n`);
    if (mask === undefined) continue;
    const { width, height } = mask.kind === "logits" ? mask.logits : mask.shape;
    const data = mask.kind === "logits" ? mask.logits.data : mask.shape.words;
    const magnitude = mask.kind === "shape" ? mask.magnitude : 0;
    hash.update(`${mask.kind} ${width} ${height} ${magnitude}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("base64");
}
