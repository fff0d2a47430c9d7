// One step: its prompt, the chosen mask, its scores, and its record in a row.
import { complain, reasonOf, SegbenchError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { Metric, MetricSettings } from "../../core/measure.ts";
import type { RowBox, RowStep, SentPrompt, StepAt, TargetFacts } from "../../core/rows.ts";
import type { BitMask, Box, Prompt, Size, Target } from "../../core/types.ts";
import { area, tightBox } from "../../masks/bit-mask.ts";
import { iou } from "../../masks/iou.ts";
import { rleOf } from "../../masks/rle.ts";
import type { Outcome, StepMask } from "../task.ts";
import type { NextStep, Step, TargetContext } from "./protocol.ts";

/** Index of the chosen mask: the highest predicted IoU (ties: the lowest index). */
export function choose(predicted: readonly number[]): number {
  return predicted.indexOf(Math.max(...predicted));
}

/**
 * Whether a step can have an oracle, the best of several candidates: not past one click, where nothing is
 * ambiguous. Masks made elsewhere may also be several for a box or a mask.
 */
export function canHaveOracle({ clicks }: Pick<StepAt, "clicks">, several: boolean): boolean {
  return several && clicks <= 1;
}

/**
 * Whether a prompt of ours has an oracle: only a single click is ambiguous, and ambiguity-aware masks must be
 * requested.
 */
export function hasOracle({ multimask, clicks, box, mask }: Prompt): boolean {
  const ambiguous = clicks.length > 0 && box === undefined && mask === undefined;
  return ambiguous && canHaveOracle({ clicks: clicks.length }, multimask);
}

export function stepAt({ prompt, draw }: NextStep): StepAt {
  return given({ clicks: prompt.clicks.length, draw });
}

/** A prompt as rows store it. `last` is the step whose logits may be fed back; rows cannot refer to another. */
export function sentPrompt({ clicks, box, mask, multimask }: Prompt, last: Step | undefined): SentPrompt {
  if (mask?.kind === "logits" && mask.logits !== last?.candidate.lowResolution)
    throw complain("mask prompt", "the logits are not those of the previous step", {
      expected: "the low-resolution logits of its chosen mask",
    });
  return given({
    clicks: clicks.map(({ x, y, label }) => [x, y, label] as const),
    box: box && rowBox(box),
    mask:
      mask?.kind === "shape"
        ? { rle: rleOf(mask.shape), magnitude: mask.magnitude }
        : mask && ("previous" as const),
    multimask,
  });
}

export function rowBox({ x0, y0, x1, y1 }: Box): RowBox {
  return [x0, y0, x1, y1];
}

/** Scores one mask by every metric of the run but IoU, by name. */
export type Scorer = (mask: BitMask) => Readonly<Record<string, number>>;

/** Its metrics are prepared once, for all protocols, when the first mask is scored. */
export function scorerOf(target: Target, metrics: readonly Metric[], scoring: MetricSettings): Scorer {
  let scorers: readonly (readonly [string, ReturnType<Metric["against"]>])[] | undefined;
  return (mask) => {
    scorers ??= metrics
      .filter(({ name }) => name !== "iou") // of every candidate, in scoreStep
      .map((metric) => [metric.name, checked(metric, target, scoring)] as const);
    return Object.fromEntries(scorers.map(([name, score]) => [name, score(mask)]));
  };
}

/** A metric that throws or does not return a score fails only its target. */
function checked(metric: Metric, target: Target, scoring: MetricSettings): (mask: BitMask) => number {
  const where = `metric ${metric.name}`;
  const named = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof SegbenchError) throw cause;
      throw complain(where, reasonOf(cause), { cause });
    }
  };
  const score = named(() => metric.against(target, scoring));
  return (mask) => {
    const value = named(() => score(mask));
    const share = metric.unit === "share";
    if (Number.isFinite(value) && !(share && (value < 0 || value > 1))) return value;
    throw complain(where, "did not return a score", {
      expected: share ? "a number from 0 to 1" : "a finite number",
      got: String(value),
    });
  };
}

/** A row's step from full-size masks and predicted IoUs of at least one candidate; `best`: with the oracle. */
export function scoreStep(
  { target, scorer }: { readonly target: Target; readonly scorer: Scorer },
  {
    at,
    sent,
    best,
    choice,
  }: Pick<RowStep, "at"> & {
    readonly sent?: SentPrompt | undefined;
    readonly best: boolean;
    /** Whoever plays by hand may take another one. */
    readonly choice?: number | undefined;
  },
  predicted: readonly number[],
  masks: readonly BitMask[],
): RowStep {
  const ious = masks.map((mask) => iou(mask, target.mask, target.ignore));
  const chosen = choice ?? choose(predicted);
  return {
    at,
    ...(sent === undefined ? {} : { sent }),
    chosen,
    candidates: ious.map((one, i) => ({ predicted: predicted[i]!, iou: one })),
    scores: {
      iou: ious[chosen]!,
      ...(best ? { oracle: Math.max(...ious) } : {}),
      ...scorer(masks[chosen]!),
    },
  };
}

/** The outcome of a target; an empty one has no box and cannot be scored. */
export function outcomeOf(
  { target, size }: Pick<TargetContext, "target" | "size">,
  steps: readonly RowStep[],
  masks: readonly StepMask[],
): Outcome {
  const facts = targetFacts(target, size);
  return facts === undefined
    ? { failure: "an empty target cannot be scored" }
    : { row: { ...facts, steps }, masks };
}

/** The facts of a target in its row; undefined for an empty one. */
export function targetFacts({ mask }: Target, { width, height }: Size): TargetFacts | undefined {
  const box = tightBox(mask);
  return box === undefined ? undefined : { size: { width, height }, area: area(mask), box: rowBox(box) };
}
