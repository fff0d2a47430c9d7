// What one step is: what was sent, which mask counts, and what a row says of both.
import { complain } from "../../core/errors.ts";
import type { RowStep, SentPrompt, StepAt } from "../../core/rows.ts";
import type { BitMask, Prompt, Target } from "../../core/types.ts";
import { iou } from "../../masks/iou.ts";
import { rleOf, rowBox } from "../rows.ts";
import type { NextStep, Step } from "./protocol.ts";

/** Which mask counts: the one with the highest predicted IoU (ties: the lowest index). */
export function choose(predicted: readonly number[]): number {
  return predicted.indexOf(Math.max(...predicted));
}

/**
 * When a step can have an oracle, the best of several candidates: past one click nothing is ambiguous. Masks made elsewhere may be
 * several for a box or a mask too.
 */
export function canHaveOracle({ clicks }: Pick<StepAt, "clicks">, several: boolean): boolean {
  return several && clicks <= 1;
}

/** Whether a prompt of ours has one: of these one click alone is ambiguous, and ambiguity-aware masks must be asked for. */
export function hasOracle({ multimask, clicks, box, mask }: Prompt): boolean {
  const ambiguous = clicks.length > 0 && box === undefined && mask === undefined;
  return ambiguous && canHaveOracle({ clicks: clicks.length }, multimask);
}

export function stepAt({ prompt, draw }: NextStep): StepAt {
  return draw === undefined ? { clicks: prompt.clicks.length } : { clicks: prompt.clicks.length, draw };
}

/** A prompt as rows have it. `last` is the step whose logits may be fed back: rows name no others. */
export function sentPrompt({ clicks, box, mask, multimask }: Prompt, last: Step | undefined): SentPrompt {
  if (mask?.kind === "logits" && mask.logits !== last?.candidate.lowResolution)
    throw complain({
      where: "mask prompt",
      what: "logits are sent that are not those of the step before",
      expected: "the low-resolution logits of the mask that counted there",
    });
  return {
    clicks: clicks.map(({ x, y, label }) => [x, y, label] as const),
    ...(box === undefined ? {} : { box: rowBox(box) }),
    ...(mask === undefined
      ? {}
      : {
          mask: mask.kind === "logits" ? "previous" : { rle: rleOf(mask.shape), magnitude: mask.magnitude },
        }),
    multimask,
  };
}

/** Scores one mask by every metric of the run but IoU, by name. */
export type Scorer = (mask: BitMask) => Readonly<Record<string, number>>;

/** Masks at the image's size and their predicted IoUs, both of at least one candidate, as a step of a row; `best`: also what the best of them scores. */
export function scoreStep(
  { target, scorer }: { readonly target: Target; readonly scorer: Scorer },
  { at, sent, best }: Pick<RowStep, "at" | "sent"> & { readonly best: boolean },
  predicted: readonly number[],
  masks: readonly BitMask[],
): RowStep {
  const ious = masks.map((mask) => iou(mask, target.mask, target.ignore));
  const chosen = choose(predicted);
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
