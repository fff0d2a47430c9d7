// What is done between the graphs: constants, and the card's settings. The host is the same program for both, so that only these can differ; each
// difference is made in the reference alone, to see what it changes.
import { writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type FullModelCard, videoDefaults } from "../../core/defaults.ts";
import { reasonOf } from "../../core/errors.ts";
import type { ParityDiagnosis } from "../../core/parity.ts";
import { readJson } from "../../formats/json-file.ts";
import type { Part } from "../../models/index.ts";
import { constantsPart } from "../../models/video/contract.ts";
import { ratio } from "../crossing.ts";
import { errorText } from "../diagnose/hypothesis.ts";
import { relationOf } from "../diagnose/weights.ts";
import {
  type ClipModel,
  type ClipPair,
  type Exchanged,
  hostStage,
  openExchanged,
  partIn,
  stageOf,
} from "./pair.ts";
import { agreementIn, firstChange, type ProbePlan, type ProbeRecord, playProbe } from "./probe.ts";

type Values = Readonly<Record<string, unknown>>;

interface Difference {
  readonly where: "card" | "constants";
  readonly key: string;
  /** "Constants: no_obj_ptr is 0 throughout". */
  readonly text: string;
  /** The reference's, of a card. */
  readonly value?: unknown;
  /** The reference with this alone as in the candidate. */
  exchanged(folder: string, n: number): Promise<Exchanged>;
}

/** Parts of a card that say what is done between graphs. */
const ofCard = ["image", "mask", "video"] as const;
/** Choices that a user may want otherwise: no mistakes. */
const wanted = ["video.profile", "video.memory", "video.corrected", "mask.threshold"];

/** Every host choice in which the two differ. */
export async function hostDifferences({ reference, candidate }: ClipPair): Promise<Difference[]> {
  const [a, b] = [flat(reference.card), flat(candidate.card)];
  const cards = keysOf(a, b).map((key): Difference => {
    const shown = ({ card }: ClipModel, value: unknown) =>
      value === undefined
        ? "left to the constants"
        : `${JSON.stringify(value)}${isStated(card, key) ? "" : " (the default)"}`;
    return {
      ...{
        where: "card",
        key,
        text: `Card: ${key} is ${shown(candidate, b[key])}, in the reference's ${shown(reference, a[key])}`,
        value: a[key],
      },
      exchanged: async () => ({ card: withKey(reference.card, key, b[key]) }),
    };
  });
  return [...cards, ...(await constantDifferences(reference, candidate))];
}

async function constantDifferences(reference: ClipModel, candidate: ClipModel): Promise<Difference[]> {
  const read = async ({ files }: ClipModel) => {
    const file = files[constantsPart]!;
    return (await readJson({ root: dirname(file), name: basename(file) })) as Values & {
      readonly tensors?: Values;
    };
  };
  const { tensors: own = {}, ...a } = await read(reference);
  const { tensors: theirs = {}, ...b } = await read(candidate);
  const written = (patched: Values) => async (folder: string, n: number) => {
    const file = join(folder, `constants-${n}.json`);
    await writeFile(file, JSON.stringify(patched));
    return { constants: file };
  };
  const shown = (value: unknown) => (value === undefined ? "missing" : JSON.stringify(value));
  return [
    ...keysOf(a, b).map((key): Difference => {
      const patched = { ...a, tensors: own, [key]: b[key] };
      return {
        ...{
          where: "constants",
          key,
          text: `Constants: ${key} is ${shown(b[key])}, in the reference's ${shown(a[key])}`,
        },
        exchanged: written(patched),
      };
    }),
    ...keysOf(own, theirs).map((key): Difference => {
      const patched = { ...a, tensors: { ...own, [key]: theirs[key] } };
      return {
        ...{ where: "constants", key, text: `Constants: ${key} ${tensorText(own[key], theirs[key])}` },
        exchanged: written(patched),
      };
    }),
  ];
}

function tensorText(reference: unknown, candidate: unknown): string {
  const [a, b] = [reference, candidate].map((one) => one as { shape: number[]; data: number[] } | undefined);
  if (a === undefined || b === undefined) return a === undefined ? "is an addition" : "is missing";
  if (a.data.length !== b.data.length) return `has ${b.data.length} values, not ${a.data.length}`;
  const [own, other] = [Float32Array.from(a.data), Float32Array.from(b.data)];
  const relation = relationOf(own, other, a.shape);
  if (relation !== undefined) return `is ${relation.text}`;
  let [noise, signal] = [0, 0];
  own.forEach((value, i) => {
    noise += (other[i]! - value) ** 2;
    signal += value * value;
  });
  return `has other values (by ${errorText(ratio(noise, signal))}, relative L2)`;
}

function flat(card: FullModelCard): Values {
  return Object.fromEntries(
    ofCard.flatMap((part) =>
      Object.entries(part === "video" ? { ...videoDefaults, ...card.video } : card[part]).map(
        ([key, value]) => [`${part}.${key}`, value],
      ),
    ),
  );
}

/** Of `video` alone it is known what the card itself says. */
function isStated(card: FullModelCard, key: string): boolean {
  const [part, name] = key.split(".") as [string, string];
  return part !== "video" || Object.hasOwn(card.video ?? {}, name);
}

function withKey(card: FullModelCard, key: string, value: unknown): FullModelCard {
  const [part, name] = key.split(".") as [string, string];
  const own = (card as unknown as Record<string, Values | undefined>)[part] ?? {};
  const { [name]: _, ...others } = own;
  return { ...card, [part]: value === undefined ? others : { ...others, [name]: value } };
}

function keysOf(a: Values, b: Values): string[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
}

/** A difference as a cause, with what it changes; those that change nothing come last and are no mistakes. */
export async function hostDiagnoses(
  pair: ClipPair,
  differences: readonly Difference[],
  plan: ProbePlan,
  own: ProbeRecord,
  folder: string,
  signal?: AbortSignal,
): Promise<ParityDiagnosis[]> {
  const partOf = partIn([pair.reference, pair.candidate]);
  const found: (ParityDiagnosis & { readonly rank: number })[] = [];
  for (const [n, difference] of differences.entries()) {
    signal?.throwIfAborted();
    const { key, text } = difference;
    const about = { id: `host-${key.replaceAll(/[._]/g, "-")}`, stage: hostStage, title: text };
    try {
      const opened = await openExchanged(pair.reference, await difference.exchanged(folder, n));
      const record = await playProbe(opened, plan, partOf, { like: own }).finally(() =>
        opened.session.close(),
      );
      const agreement = agreementIn(own, record);
      const change = firstChange(own, record);
      const changes = change !== undefined || agreement < 1;
      found.push({
        ...about,
        mistake: changes && !wanted.includes(key),
        evidence: [
          changes
            ? `Made in the reference alone, ${effectText(change, agreement, plan)}`
            : "It changes nothing in what was played.",
        ],
        advice: adviceFor(difference),
        rank: changes ? agreement : 2,
      });
    } catch (error) {
      const evidence = [`The reference does not open with it: ${reasonOf(error)}.`];
      found.push({ ...about, mistake: true, evidence, advice: adviceFor(difference), rank: -1 });
    }
  }
  return found.sort((a, b) => a.rank - b.rank).map(({ rank: _, ...one }) => one);
}

function effectText(
  change: ReturnType<typeof firstChange>,
  agreement: number,
  { frames }: ProbePlan,
): string {
  const percent = agreement === 1 ? "100" : (100 * agreement).toFixed(2).replace("100.00", "> 99.99");
  const masks = `masks of parity's own play then agree to ${percent} %.`;
  if (change === undefined) return `it changes answers alone: ${masks}`;
  const { part, input, frame } = change;
  return `it changes what ${theStage(part)} is fed (${input}) from frame ${frames[frame]!.id} on; ${masks}`;
}

function theStage(part: Part): string {
  const stage = stageOf(part);
  if (stage === "pointers") return "the network of pointers";
  return stage === "memory attention" ? stage : `the ${stage}`;
}

const advised: Readonly<Record<string, string>> = {
  no_obj_ptr: "Write the checkpoint's no_obj_ptr: it is the pointer of every frame without the target.",
  no_obj_embed_spatial: "Write the checkpoint's: it is added to memories of frames without the target.",
  no_mem_embed: "Write the checkpoint's: it is added to features where nothing is remembered yet.",
  maskmem_tpos_enc: "Row 0 belongs to the frame before, the last row to prompted frames, as in sam2_base.py.",
  sigmoid_scale_for_mem_enc: "SAM 2's memory encoder was trained on 20 x sigmoid - 10.",
  sigmoid_bias_for_mem_enc: "SAM 2's memory encoder was trained on 20 x sigmoid - 10.",
  "video.distances": "Leave `distances` out of the card: the constants say how the model was trained.",
};

function adviceFor({ where, key, value }: Difference): string {
  if (advised[key] !== undefined) return advised[key];
  if (where === "constants") return "Take it over from the reference's constants.";
  const unless = wanted.includes(key) ? "No mistake where it is meant. Otherwise set" : "Set";
  const to = value === undefined ? "as in the reference's" : `to ${JSON.stringify(value)}`;
  return `${unless} \`${key}\` in the card ${to}.`;
}
