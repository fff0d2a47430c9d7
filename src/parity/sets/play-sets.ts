// One image through both models in everything mode: each encodes it and answers the grid's clicks by itself, and the two sets of masks are compared.
import type { CostListener } from "../../core/cost.ts";
import { maskSetFacts } from "../../core/mask-set-facts.ts";
import type { MaskSet } from "../../core/mask-sets.ts";
import {
  type ParitySetRow,
  type ParitySideName,
  partnerIous,
  type ScoreShift,
} from "../../core/parity-sets.ts";
import type { Row } from "../../core/rows.ts";
import type { BitMask, Embedding, ImageSession, RgbImage, Size } from "../../core/types.ts";
import { everythingHeard, type Listener } from "../../eval/everything/index.ts";
import type { EverythingProtocol } from "../../eval/everything/protocols.ts";
import { type EvaluationSettings, evaluateSample, type UnitJob } from "../../eval/index.ts";
import { createMask, or } from "../../masks/bit-mask.ts";
import {
  type BothSides,
  type Encoded,
  embeddingErrors,
  encodeWatched,
  once,
  type ParityModel,
  type ParityPair,
  sides,
  timed,
} from "../crossing.ts";
import type { ParityJob, PlayedImage } from "../play-image.ts";
import type { WorstStep } from "../record.ts";
import { aloneMasks, type Paired, pairMasks } from "./partners.ts";
import { apartWith, type Recorded } from "./replay.ts";

/** `protocols`: of each side, in the same order. */
export interface SetSettings extends Omit<EvaluationSettings<EverythingProtocol>, "protocols"> {
  readonly protocols: BothSides<readonly EverythingProtocol[]>;
}

export async function playSets(
  job: ParityJob,
  pair: Pick<ParityPair, ParitySideName>,
  { protocols, ...settings }: SetSettings,
): Promise<PlayedImage> {
  const load = once(() => job.reference.ref.load());
  const play = async (side: ParitySideName) => {
    const model = watched(pair[side]);
    const heard = recorder();
    const { unit, ref } = job[side];
    const loaded: UnitJob = { unit, ref: { ...ref, load } };
    const result = await evaluateSample(everythingHeard(heard.listener), loaded, model.session, {
      ...{ ...settings, protocols: protocols[side] },
      // The candidate's are not counted, but may be stopped.
      onSteps: side === "reference" ? settings.onSteps : () => settings.onSteps?.(0),
    });
    return { ...model, result, records: heard.records };
  };
  const [reference, candidate] = (await Promise.all(sides.map(play))) as [Side, Side];
  const { benchmark, sample: id } = job.reference.unit;
  const about = { benchmark, sample: id, cluster: job.reference.ref.cluster };
  const rows: ParitySetRow[] = [];
  const worst: WorstStep[] = [];
  for (const [i, { id: protocol, generator }] of protocols.reference.entries()) {
    const key = { ...about, protocol };
    const [own, theirs] = [reference, candidate].map((side) => rowOf(side, protocol));
    if (own?.status !== "ok") continue;
    const records = { reference: wholeOf(reference, protocol)!, candidate: wholeOf(candidate, protocol) };
    const problem = problemOf(theirs, records);
    if (problem !== undefined || theirs?.status !== "ok" || records.candidate === undefined) {
      rows.push({ kind: "set", ...key, failed: { candidate: problem ?? "it has no masks" } });
      continue;
    }
    const both = { reference: records.reference, candidate: records.candidate };
    const sets = { reference: both.reference.set, candidate: both.candidate.set };
    const paired = pairMasks(sets.reference, sets.candidate);
    const [facts, others] = [maskSetFacts(own), maskSetFacts(theirs)];
    const shifts = {
      predicted: shiftOf(sets.reference.predictedIou, sets.candidate.predictedIou),
      stability: shiftOf(sets.reference.stability, sets.candidate.stability),
      area: shiftOf(...areasOf(both)),
    };
    const settingsOf = { reference: generator, candidate: protocols.candidate[i]!.generator };
    rows.push({
      ...{ kind: "set", ...key },
      compared: {
        masks: { reference: facts.masks, candidate: others.masks },
        candidates: sets.reference.fates.length,
        near: { reference: facts.near ?? [], candidate: others.near ?? [] },
        partners: partnerIous.map(
          (least) => paired.pairs.filter(({ agreement }) => agreement >= least).length,
        ),
        agreement: paired.pairs.reduce((sum, one) => sum + one.agreement, 0),
        shifts,
        apart: await apartWith({ size: own.size!, records: both, settings: settingsOf }),
        identical: paired.same && Object.values(shifts).every(({ max }) => max === 0) && sameFates(sets),
        alone: aloneMasks(paired, sets),
      },
    });
    worst.push(...pictured({ ...key, target: own.target }, paired, sets, own.size!));
  }
  return {
    ...{ reference: reference.result, candidate: candidate.result },
    rows: [
      { kind: "sample", ...about, embeddings: embeddingErrors(reference.encoded(), candidate.encoded()) },
      ...rows,
    ],
    times: { reference: reference.times, candidate: candidate.times },
    worst,
  };
}

type Side = ReturnType<typeof watched> & {
  readonly result: PlayedImage["reference"];
  readonly records: ReadonlyMap<string, Recorded>;
};

/** A session whose calls are timed, and whose embedding of the image itself is looked at. */
function watched(model: ParityModel) {
  const times: { encode: number[]; decode: number[] } = { encode: [], decode: [] };
  let encoded: Encoded | undefined;
  const { session: own } = model;
  const session: ImageSession = {
    ...own,
    async encode(image: RgbImage, cost?: CostListener): Promise<Embedding> {
      if (encoded === undefined) {
        const first = await encodeWatched(model, image, cost);
        times.encode.push(first.milliseconds);
        encoded = first;
        return first.embedding;
      }
      return timed(times.encode, 1, cost, (heard) => own.encode(image, heard));
    },
    decode: (embedding, prompts, cost) =>
      timed(times.decode, prompts.length, cost, (heard) => own.decode(embedding, prompts, heard)),
  };
  return { session, times, encoded: () => encoded };
}

function recorder(): { readonly listener: Listener; readonly records: ReadonlyMap<string, Recorded> } {
  const records = new Map<string, Recorded>();
  const recordOf = (protocol: string) => {
    const known = records.get(protocol) ?? { areas: [], boxes: [] };
    records.set(protocol, known);
    return known;
  };
  return {
    records,
    listener: {
      seen(protocol, { candidate, area, box }) {
        const record = recordOf(protocol);
        record.areas[candidate] = area;
        record.boxes[candidate] = box;
      },
      made(protocol, set) {
        recordOf(protocol).set = set;
      },
    },
  };
}

type WholeRecord = Recorded & { readonly set: MaskSet };

function wholeOf({ records }: Side, protocol: string): WholeRecord | undefined {
  const record = records.get(protocol);
  return record?.set === undefined ? undefined : { ...record, set: record.set };
}

function rowOf({ result }: Side, protocol: string): Row | undefined {
  return result.rows.find((row) => row.protocol === protocol);
}

function problemOf(
  theirs: Row | undefined,
  { reference, candidate }: { readonly reference: WholeRecord; readonly candidate: WholeRecord | undefined },
): string | undefined {
  if (theirs !== undefined && theirs.status !== "ok") return theirs.reason;
  const [own, other] = [reference, candidate].map((one) => one?.set.fates.length);
  return own === other
    ? undefined
    : `answers the clicks with ${other} masks, the reference with ${own}: what became of a mask cannot be told`;
}

function shiftOf(reference: ArrayLike<number>, candidate: ArrayLike<number>): ScoreShift {
  const shift = { n: 0, sum: 0, absolute: 0, max: 0, up: 0, down: 0 };
  for (let i = 0; i < reference.length; i++) {
    const value = candidate[i]! - reference[i]!;
    if (!Number.isFinite(value)) continue;
    shift.n += 1;
    shift.sum += value;
    shift.absolute += Math.abs(value);
    shift.max = Math.max(shift.max, Math.abs(value));
    shift.up += Number(value > 0);
    shift.down += Number(value < 0);
  }
  return shift;
}

/** Areas as shares of the larger of both, so that small masks tell as much as large ones. */
function areasOf({ reference, candidate }: BothSides<Recorded>): [readonly number[], readonly number[]] {
  const larger = reference.areas.map((area, i) => Math.max(area, candidate.areas[i]!));
  const shares = ({ areas }: Recorded) => areas.map((area, i) => area / larger[i]!);
  return [shares(reference), shares(candidate)];
}

function sameFates({ reference, candidate }: BothSides<MaskSet>): boolean {
  return reference.fates.every((fate, i) => fate === candidate.fates[i]);
}

/** All masks without a partner, each side's in one. */
function pictured(
  key: Omit<WorstStep, "at" | "agreement" | "sent" | ParitySideName>,
  { alone, pairs }: Paired,
  sets: BothSides<MaskSet>,
  { width, height }: Size,
): WorstStep[] {
  const count = sets.reference.masks.length + sets.candidate.masks.length;
  if (alone.reference.length + alone.candidate.length === 0) return [];
  const drawn = (side: ParitySideName): BitMask =>
    alone[side].reduce((all, place) => or(all, sets[side].masks[place]!.mask()), createMask(width, height));
  const close = pairs.filter(({ agreement }) => agreement >= partnerIous[1]).length;
  return [
    {
      ...{ ...key, at: { clicks: 1 }, agreement: (2 * close) / count, sent: { clicks: [] }, whole: true },
      ...{ reference: drawn("reference"), candidate: drawn("candidate") },
    },
  ];
}
