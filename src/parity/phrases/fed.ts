// What the host of each model feeds: the picture, and the tokens of a phrase.
import { parityDefaults } from "../../core/defaults.ts";
import type { ParityDiagnosis } from "../../core/parity.ts";
import type { RgbImage } from "../../core/types.ts";
import { inWords, plural } from "../../core/words.ts";
import { resizeLogits } from "../../masks/resize-logits.ts";
import type { Tensor } from "../../models/runtime/graph.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { encoderInput } from "../../models/tensors/preprocess.ts";
import { tensorError } from "../crossing.ts";
import { errorText } from "../diagnose/hypothesis.ts";
import { idsIn, masksIn, paddingAdvice } from "./hypotheses.ts";
import type { PhraseModel } from "./pair.ts";

const stage = "host choice";

/** The token ids that count, in their order: of one phrase. */
export function wordsIn(fed: Tensors): readonly number[] {
  const name = idsIn(fed);
  if (name === undefined) return [];
  const [mask] = masksIn(fed).map((one) => floatsOf(fed[one]!));
  return [...floatsOf(fed[name]!)].filter((_, i) => mask === undefined || mask[i] !== 0);
}

export interface FedPhrase {
  readonly phrase: string;
  readonly reference: Tensors;
  readonly candidate: Tensors;
}

/** What is wrong with the candidate's tokens: what is cut, what pads, or other ids. */
export function tokenMistakes(phrases: readonly FedPhrase[]): ParityDiagnosis[] {
  const found = phrases.flatMap(({ phrase, reference, candidate }) => {
    const [own, other] = [wordsIn(reference), wordsIn(candidate)];
    if (own.join() === other.join()) return [];
    return [{ phrase, own, other, kind: kindOf(own, other) }];
  });
  const kinds = [...new Set(found.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const these = found.filter((one) => one.kind === kind);
    const [{ phrase, own, other }] = these as [(typeof these)[number]];
    const shown = `${plural(these.length, "phrase")} of ${phrases.length}, for example ${JSON.stringify(phrase)}: ${own.length} tokens and ${other.length}.`;
    return { ...tokenTexts(kind, other), stage, mistake: true, evidence: [shown] };
  });
}

type TokenKind = "cut" | "padding" | "other";

function kindOf(own: readonly number[], other: readonly number[]): TokenKind {
  const starts = (list: readonly number[], with_: readonly number[]) =>
    with_.every((id, i) => list[i] === id);
  if (other.length < own.length && starts(own, other.slice(0, -1))) return "cut";
  const rest = other.slice(own.length);
  const filled = rest.length > 0 && rest.every((id) => id === rest[0]);
  return filled && starts(other, own) ? "padding" : "other";
}

function tokenTexts(
  kind: TokenKind,
  other: readonly number[],
): Pick<ParityDiagnosis, "id" | "title" | "advice"> {
  if (kind === "cut")
    return {
      id: "context",
      title: `Tokens: the candidate takes ${other.length} of a phrase, and cuts longer ones`,
      advice: "Export the text encoder for as many tokens as the reference takes.",
    };
  if (kind === "padding")
    return {
      id: "padding",
      title: `Padding: ${other.at(-1)} fills phrases up, and no mask hides it`,
      advice: paddingAdvice,
    };
  return {
    id: "tokens",
    title: "Tokens: the candidate reads other tokens out of a phrase",
    advice:
      "Use the tokenizer and the cleaning of phrases that the reference has (`concept.text` of the card).",
  };
}

/** How a picture is resized by mistake; `resize`: before the card's own steps, which then leave the size as it is. */
const filters = [
  { id: "bicubic", title: "bicubic filter (Pillow's `resize` without one)" },
  { id: "bilinear", title: "Pillow's bilinear filter" },
  { id: "opencv", title: "bilinear filter without antialiasing (OpenCV's INTER_LINEAR)" },
  { id: "nearest", title: "nearest pixel" },
] as const;

/** The candidate's picture as another filter than the reference's makes it; `fed`: what its encoder was given. */
export function pictureMistakes(
  image: RgbImage,
  fed: Tensor,
  reference: Pick<PhraseModel, "card">,
  { card, contract: { inputSize } }: Pick<PhraseModel, "card" | "contract">,
): ParityDiagnosis[] {
  const frame = {
    ...{ original: image, resized: inputSize },
    side: Math.max(inputSize.width, inputSize.height),
  };
  const own = { ...card.image, padding: "none" } as const;
  const made = (filter: (typeof filters)[number]["id"] | typeof own.filter) =>
    filter === "opencv"
      ? encoderInput(unfiltered(image, inputSize), { ...frame, original: inputSize }, own)
      : encoderInput(image, frame, { ...own, filter });
  const given = floatsOf(fed);
  const apart = (other: Tensor) => {
    const made = floatsOf(other);
    return made.length === given.length ? tensorError(made, given, 1).relativeL2 : Number.POSITIVE_INFINITY;
  };
  const usual = reference.card.image.filter;
  const before = apart(made(usual));
  if (before < parityDefaults.sameStage) return [];
  const [best] = filters
    .filter(({ id }) => id !== usual)
    .map((one) => ({ ...one, after: apart(made(one.id)) }))
    .sort((a, b) => a.after - b.after);
  if (best === undefined || best.after > (1 - parityDefaults.explained) * before) return [];
  return [
    {
      ...{ id: `picture-${best.id}`, stage, mistake: true, removed: Math.max(0, 1 - best.after / before) },
      title: `Picture: resized by the ${best.title}`,
      evidence: [
        `The candidate's picture differs from one by the reference's filter by ${errorText(before)} (relative L2), from one by this filter by ${errorText(best.after)}.`,
      ],
      advice: "Resize as the reference does: `image.filter` of the card.",
    },
  ];
}

/**
 * Other values of the card for a graph that takes those of the reference: its encoder answers the reference's picture as the reference's does.
 * `error`: of that answer, relative L2.
 */
export function valueMistakes(
  reference: Pick<PhraseModel, "card">,
  candidate: Pick<PhraseModel, "card">,
  error: number | undefined,
): ParityDiagnosis[] {
  const [right, wrong] = [reference.card.image, candidate.card.image];
  const other = (["scale", "mean", "std"] as const).filter(
    (key) => String(right[key]) !== String(wrong[key]),
  );
  if (error === undefined || error >= parityDefaults.sameStage || other.length === 0) return [];
  const shown = (image: typeof right) => other.map((key) => `${key} ${String(image[key])}`).join(", ");
  return [
    {
      ...{ id: "picture-values", stage, mistake: true, removed: 1 - error },
      title: `Picture: prepared with another ${inWords([...other])}`,
      evidence: [
        `The candidate's encoder answers the reference's picture as the reference does (${errorText(error)}, relative L2); its card has ${shown(wrong)}, the reference's ${shown(right)}.`,
      ],
      advice: `Prepare pictures as the reference does: ${other.map((key) => `\`image.${key}\``).join(", ")} of the card.`,
    },
  ];
}

/** OpenCV's INTER_LINEAR of bytes: half-pixel centres, two source pixels each way, rounded. */
function unfiltered(image: RgbImage, { width, height }: PhraseModel["contract"]["inputSize"]): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let channel = 0; channel < 3; channel++) {
    const plane = Float32Array.from(
      { length: image.width * image.height },
      (_, i) => image.data[3 * i + channel]!,
    );
    const resized = resizeLogits(
      { width: image.width, height: image.height, data: plane },
      { width, height },
    );
    resized.data.forEach((value, i) => {
      data[3 * i + channel] = Math.round(value);
    });
  }
  return { width, height, data };
}

/** Relative L2 over the tokens that count; over everything where rows are no tokens. */
export function wordError(own: Tensors[string], other: Tensors[string], fed: Tensors): number {
  const [a, b] = [floatsOf(own), floatsOf(other)];
  const words = wordsIn(fed).length;
  const used = own.dims.length === 3 ? words * own.dims[2]! : a.length;
  return tensorError(a.subarray(0, used), b.subarray(0, used), 1).relativeL2;
}
