// Mistakes of exports in the graphs of a model of clips, besides those of images: at the inputs of memory encoder and memory attention, and in the
// object score.
import type { FullModelCard } from "../../core/defaults.ts";
import type { Part } from "../../models/index.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { changed, mapValues, turned } from "../diagnose/arrays.ts";
import { encoderHypotheses } from "../diagnose/encoder.ts";
import type { Hypothesis, ProbeCase } from "../diagnose/hypothesis.ts";
import { commonOutputs } from "../diagnose/outputs.ts";
import { decoderHypotheses } from "../diagnose/prompts.ts";

/** How masks are scaled before the memory encoder: `scale` x sigmoid + `bias`. */
export interface MaskScale {
  readonly scale: number;
  readonly bias: number;
}

export function stageHypotheses(
  part: Part,
  cases: readonly ProbeCase[],
  card: FullModelCard,
  masks: MaskScale,
): Hypothesis[] {
  switch (part) {
    case "image_encoder":
      return encoderHypotheses(card);
    case "prompt_encoder":
      return decoderHypotheses(cases, card.image.size);
    case "mask_decoder":
      return [...scoreHypotheses(), ...decoderHypotheses(cases, card.image.size)];
    case "memory_encoder":
      return [...memoryEncoderHypotheses(masks), ...commonOutputs("memory")];
    case "memory_attention":
      return [...attentionHypotheses(cases), ...commonOutputs("features with memory")];
    default:
      return commonOutputs("result");
  }
}

const isScore = (name: string) => /score/.test(name) && /object|obj/.test(name);

function scoreHypotheses(): Hypothesis[] {
  const onScore = (change: (value: number) => number) => (outputs: Tensors) =>
    changed(
      outputs,
      (all) => Object.keys(all).find(isScore),
      (one) => mapValues(one, change),
    );
  return [
    {
      id: "object-score-sign",
      title: "Object score: its sign is the other way round, so that the target is gone where it is there",
      done: "with the object score negated",
      advice: "Above 0 the target is there: export object_score_logits as sam2's mask decoder gives it.",
      outputs: onScore((value) => -value),
    },
    {
      id: "object-score-sigmoid",
      title: "Object score: it is a probability, not a logit, so that the target is always there",
      done: "with the reference's object score as a probability",
      advice: "Export object_score_logits without the sigmoid.",
      referenceOutputs: onScore((value) => 1 / (1 + Math.exp(-value))),
    },
  ];
}

const maskOf = (feeds: Tensors) => Object.keys(feeds).find((name) => /mask/.test(name));

/** Factors that are tried one by one: a scale inside the graph cannot be read from its results. */
const factors = [-1, 2, 4, 5, 10, 20, 255];

function memoryEncoderHypotheses({ scale, bias }: MaskScale): Hypothesis[] {
  const scaled = `${scale} x sigmoid ${bias < 0 ? "-" : "+"} ${Math.abs(bias)}`;
  const one = (
    title: string,
    done: string,
    change: (value: number) => number,
    side: "feeds" | "referenceFeeds" = "feeds",
  ): Hypothesis => ({
    ...{ id: "mask-scale", title: `Mask scale: ${title}`, done },
    advice: `The host scales masks to ${scaled}, by the constants: the graph must take them as they are.`,
    [side]: (feeds: Tensors) => changed(feeds, maskOf, (tensor) => mapValues(tensor, change)),
  });
  const logit = (value: number) => {
    const share = Math.min(1 - 1e-7, Math.max(1e-7, (value - bias) / scale));
    return Math.log(share / (1 - share));
  };
  return [
    one("the graph scales masks once more", "fed with shares of 0 to 1", (value) => (value - bias) / scale),
    one("the graph takes logits and applies the sigmoid itself", "fed with logits", logit),
    one(
      "the graph applies sigmoid and scale once more",
      "with sigmoid and scale applied twice in the reference",
      (value) => scale / (1 + Math.exp(-value)) + bias,
      "referenceFeeds",
    ),
    one(
      "the graph applies a sigmoid to masks that are scaled already",
      "with a sigmoid before the reference's graph",
      (value) => 1 / (1 + Math.exp(-value)),
      "referenceFeeds",
    ),
    one(
      "the graph takes shares of 0 to 1",
      "with masks as shares before the reference's graph",
      (value) => (value - bias) / scale,
      "referenceFeeds",
    ),
    ...factors.flatMap((factor) =>
      factor < 0
        ? [one("the graph negates masks", "with masks negated", (value) => -value)]
        : [
            one(
              `the graph takes masks ${factor} times as large`,
              `with masks times ${factor}`,
              (value) => factor * value,
            ),
            one(
              `the graph takes masks ${factor} times as small`,
              `with masks divided by ${factor}`,
              (value) => value / factor,
            ),
          ],
    ),
    {
      id: "transposed-layout",
      title: "Layout: the memory encoder takes masks with height and width swapped",
      done: "with masks transposed",
      advice: "Export with the axes N, 1, H, W.",
      feeds: (feeds) => changed(feeds, maskOf, (tensor) => turned(tensor, "transposed")),
    },
  ];
}

/** memory_pos_1 and memory_pos_2 of the exports: places of memories, and distances of pointers. */
const isPlace = (name: string) => /pos_1$/.test(name);
const isDistance = (name: string) => /pos_2$/.test(name);

function attentionHypotheses(cases: readonly ProbeCase[]): Hypothesis[] {
  const find = (fits: (name: string) => boolean) => (feeds: Tensors) => Object.keys(feeds).find(fits);
  const places = cases.flatMap(({ reference: { feeds } }) => {
    const name = find(isPlace)(feeds);
    return name === undefined || feeds[name]!.type !== "int64" ? [] : [...floatsOf(feeds[name]!)];
  });
  const last = Math.max(...places);
  const on = (fits: (name: string) => boolean, change: (value: number) => number) => (feeds: Tensors) =>
    changed(feeds, find(fits), (one) => mapValues(one, change));
  return [
    ...(places.length === 0
      ? []
      : [
          {
            id: "time-reversed",
            title: "Encodings of time: memories' places are counted from the other end",
            done: "with places counted from the other end",
            advice: "Row 0 belongs to the frame before, the last row to prompted frames, as in sam2_base.py.",
            feeds: on(isPlace, (row) => last - row),
          },
        ]),
    {
      id: "time-ignored",
      title: "Encodings of time: memory attention ignores memories' places",
      done: "with the reference's places set to 0",
      advice: "An input was frozen when the graph was traced: look at which inputs the graph reads.",
      referenceFeeds: on(isPlace, () => 0),
    },
    {
      id: "distances-negated",
      title: "Pointers: their distances have the other sign",
      done: "with distances negated",
      advice: "Distances to frames that a pass has behind it are positive.",
      feeds: on(isDistance, (value) => -value),
    },
    {
      id: "distances-ignored",
      title: "Pointers: memory attention ignores their distances",
      done: "with the reference's distances set to 0",
      advice: "An input was frozen when the graph was traced: look at which inputs the graph reads.",
      referenceFeeds: on(isDistance, () => 0),
    },
  ];
}
