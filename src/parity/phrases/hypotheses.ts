// The usual mistakes of models of phrases, as experiments: with the text graph, with the decoder, and with what is made of their answers.
import { parityDefaults } from "../../core/defaults.ts";
import type { ParityDiagnosis } from "../../core/parity.ts";
import type { BitMask, Size } from "../../core/types.ts";
import { overlap } from "../../masks/iou.ts";
import type { ConceptContract, RawAnswer } from "../../models/concept/contract.ts";
import type { Tensor } from "../../models/runtime/graph.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { ratio } from "../crossing.ts";
import { mapValues, withValues } from "../diagnose/arrays.ts";
import { errorText, type Hypothesis } from "../diagnose/hypothesis.ts";
import { commonOutputs } from "../diagnose/outputs.ts";
import { drawnOf, presenceOf, scoresOf } from "./pair.ts";

/** A tensor that says which tokens are words: one number for each token of each phrase. Boxes may have one of their own. */
export function masksIn(tensors: Tensors): string[] {
  return Object.keys(tensors).filter(
    (name) => /mask/.test(name) && !/box/.test(name) && tensors[name]!.dims.length === 2,
  );
}

/** The token ids among what is fed. */
export function idsIn(feeds: Tensors): string | undefined {
  return Object.keys(feeds).find((name) => !/mask/.test(name) && feeds[name]!.type === "int64");
}

function inverted(tensors: Tensors): Tensors | undefined {
  const names = masksIn(tensors);
  if (names.length === 0) return undefined;
  const changes = names.map((name) => [name, mapValues(tensors[name]!, (value) => 1 - value)] as const);
  return { ...tensors, ...Object.fromEntries(changes) };
}

const polarity = {
  id: "mask-inverted",
  advice: "Invert the mask in the export: both graphs have to mean the same by true.",
} as const;

/** Padding counts as words: `id` takes the place of what pads, or what was there stays. */
function unmasked(id: number | undefined) {
  return (feeds: Tensors): Tensors | undefined => {
    const [mask] = masksIn(feeds);
    const ids = idsIn(feeds);
    if (mask === undefined || ids === undefined) return undefined;
    const valid = floatsOf(feeds[mask]!);
    if (valid.every((one) => one === 1)) return undefined;
    const words = mapValues(feeds[ids]!, (value, i) => (valid[i] === 0 ? (id ?? value) : value));
    return { ...feeds, [ids]: words, [mask]: mapValues(feeds[mask]!, () => 1) };
  };
}

export const paddingAdvice =
  "Pad with the end token and hand on a mask that is false for padding: without it padding is read as words.";

/** Of the text graph, on the reference's tokens. */
export const textHypotheses: readonly Hypothesis[] = [
  {
    ...polarity,
    title: "Mask: the text encoder says true for padding",
    done: "with the mask inverted",
    outputs: inverted,
  },
  {
    ...polarity,
    title: "Mask: the text encoder takes true for padding",
    done: "fed with the mask inverted",
    feeds: inverted,
  },
  ...(
    [
      [0, "Padding: 0 stands where the end token should, and no mask hides it"],
      [undefined, "Padding: the mask is ignored, and padding is read as words"],
    ] as const
  ).map(
    ([id, title]): Hypothesis => ({
      ...{ id: "padding", title, advice: paddingAdvice },
      done: `with the reference fed ${id === undefined ? "" : `${id} for padding and `}a mask of true alone`,
      referenceFeeds: unmasked(id),
    }),
  ),
  ...commonOutputs("features of phrases", (name) => !/mask/.test(name)),
];

const corners = ([x, y, w, h]: readonly number[]) => [x! - w! / 2, y! - h! / 2, x! + w! / 2, y! + h! / 2];

function inCorners(tensor: Tensor): Tensor | undefined {
  if (tensor.dims.at(-1) !== 4) return undefined;
  const from = floatsOf(tensor);
  const to = new Float32Array(from.length);
  for (let at = 0; at < from.length; at += 4) to.set(corners([...from.subarray(at, at + 4)]), at);
  return withValues(tensor, to);
}

/** Of the decoder, on what the reference's is fed. */
export function decoderHypotheses({ stages }: Pick<ConceptContract, "stages">): readonly Hypothesis[] {
  const boxes = stages.boxes?.port ?? "";
  const order = {
    id: "box-order",
    advice: "Export boxes as the family's contract has them, or choose the family that reads them so.",
  } as const;
  const converted = (name: string) => (tensors: Tensors) => {
    const tensor = tensors[name];
    const changed = tensor && inCorners(tensor);
    return changed && { ...tensors, [name]: changed };
  };
  return [
    {
      ...polarity,
      title: "Mask: the decoder takes true for padding",
      done: "fed with the mask inverted",
      feeds: inverted,
    },
    {
      ...order,
      title: "Boxes: the decoder answers with centre, width and height, and corners are read",
      done: "with its boxes turned into corners",
      outputs: converted(boxes),
    },
    {
      ...order,
      title:
        "Boxes: the decoder takes boxes around examples by their corners, and gets centre, width and height",
      done: "fed with corners",
      feeds: (feeds) => {
        const name = Object.keys(feeds).find((one) => feeds[one]!.dims.at(-1) === 4 && /box/.test(one));
        return name === undefined ? undefined : converted(name)(feeds);
      },
    },
    ...commonOutputs("decoder's answer"),
  ];
}

/** What both decoders answered to one prompt. */
export interface AnswerPair {
  readonly size: Size;
  readonly reference: RawAnswer;
  readonly candidate: RawAnswer;
}

/** What is named of scores and masks. */
export interface MadeOf {
  readonly diagnoses: readonly ParityDiagnosis[];
  /** Stages that differ, and cost nothing or are explained. */
  readonly settled: readonly ("presence" | "classes" | "masks")[];
}

/** Powers of the presence that a score may have by mistake. */
const powers = [
  {
    times: 0,
    id: "presence-dropped",
    title: "Presence: it is not in the scores, so that absent things are found",
    done: "with the presence left out of the reference's scores",
    advice: "Multiply each score by the presence, in the graph or by a family that reads it.",
  },
  {
    times: 2,
    id: "presence-twice",
    title: "Presence: it is in the scores twice",
    done: "with the presence in the reference's scores twice",
    advice:
      "Class logits have the presence in them already: do not multiply by it again, or export them without.",
  },
] as const;

/** Scores and masks, candidate by candidate: what is done with class, presence and logits between graph and answer. */
export function answerMistakes(pairs: readonly AnswerPair[]): MadeOf {
  const alike = pairs.filter(
    ({ reference, candidate }) => scoresOf(reference).length === scoresOf(candidate).length,
  );
  if (alike.length === 0) return { diagnoses: [], settled: [] };
  const scores = scoreMistake(alike);
  const masks = maskMistake(alike);
  return {
    diagnoses: [...(scores.named ?? []), ...(masks ?? [])],
    settled: [
      ...(scores.same || scores.named !== undefined ? (["presence", "classes"] as const) : []),
      ...(masks === undefined ? [] : (["masks"] as const)),
    ],
  };
}

function scoreMistake(pairs: readonly AnswerPair[]) {
  const apart = (times: number) => {
    let [noise, signal] = [0, 0];
    for (const { reference, candidate } of pairs) {
      const [own, other] = [scoresOf(reference, times), scoresOf(candidate)];
      own.forEach((score, i) => {
        noise += (score - other[i]!) ** 2;
        signal += score ** 2;
      });
    }
    return ratio(noise, signal);
  };
  const before = apart(1);
  if (before < parityDefaults.sameStage) return { same: true };
  const [best] = powers
    .map((power) => ({ ...power, after: apart(power.times) }))
    .sort((a, b) => a.after - b.after);
  if (best === undefined || best.after > (1 - parityDefaults.explained) * before) return { same: false };
  const { id, title, advice, done, after } = best;
  const named: ParityDiagnosis = {
    ...{ id, stage: "decoder", mistake: true, title, advice },
    removed: Math.max(0, 1 - after / before),
    evidence: [
      `Scores differ by ${errorText(before)} (relative L2); ${done}, by ${errorText(after)}.`,
      `The reference's presence is ${spread(pairs.map(({ reference }) => presenceOf(reference)))}.`,
    ],
  };
  return { same: false, named: [named] };
}

function spread(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => (100 * value).toFixed(1));
  return low === high ? `${low} %` : `${low} to ${high} %`;
}

/** So many pixels at least, and so many masks of a prompt, the best scored: fewer show nothing. */
const drawn = { pixels: 20, masks: 8 };

/** Half of a probability is the outline, wherever it was resized. */
const half = (logit: number) => 1 / (1 + Math.exp(-logit)) - 0.5;

/** Pixels of one mask alone. */
function apart(a: BitMask, b: BitMask): number {
  const { intersection, union } = overlap(a, b);
  return union - intersection;
}

function maskMistake(pairs: readonly AnswerPair[]): ParityDiagnosis[] | undefined {
  let [before, after] = [0, 0];
  for (const { reference, candidate, size } of pairs) {
    const scores = scoresOf(reference);
    const best = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, drawn.masks);
    for (const i of best) {
      const theirs = drawnOf(candidate, i, size);
      before += apart(drawnOf(reference, i, size), theirs);
      after += apart(drawnOf(reference, i, size, half), theirs);
    }
  }
  if (before < drawn.pixels || after > (1 - parityDefaults.explained) * before) return undefined;
  return [
    {
      ...{ id: "sigmoid-first", stage: "decoder", mistake: true, removed: 1 - after / before },
      title: "Masks: probabilities are resized, where logits should be",
      evidence: [
        `${before} pixels of masks differ; with the reference's logits turned into probabilities before they are resized, ${after}.`,
      ],
      advice:
        "Export logits, and resize them before anything is made of them: outlines of small things move otherwise.",
    },
  ];
}
