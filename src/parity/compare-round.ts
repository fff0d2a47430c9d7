import type { PathRound } from "../core/parity.ts";
import type { Ask, BitMask, Candidate, ModelSession, Size, Target } from "../core/types.ts";
import { iou } from "../masks/iou.ts";
import { resizeLogits } from "../masks/resize-logits.ts";
import { logitError } from "../stats/tensor-error.ts";

/** The reference's answer to a prompt. */
export interface Answer {
  readonly candidates: readonly Candidate[];
  /** Highest predicted IoU, ties: lowest index. */
  readonly chosen: number;
  readonly mask: BitMask;
}

export function chosenOf(candidates: readonly Candidate[]): number {
  const predicted = candidates.map(({ predictedIou }) => predictedIou);
  return predicted.indexOf(Math.max(...predicted));
}

/** An answer of another path to the same prompt, held against the reference's. */
export function compareRound(
  reference: Answer,
  candidates: readonly Candidate[],
  session: Pick<ModelSession, "mask">,
  { ask, target, size, oracle }: { ask: Ask; target: Target; size: Size; oracle: boolean },
): PathRound {
  const chosen = chosenOf(candidates);
  const mask = session.mask(candidates[chosen]!, size);
  const score = (one: BitMask) => iou(one, target.mask, target.ignore);
  const selected = score(mask);
  const others = ask.oracle && oracle ? candidates.filter((_, i) => i !== chosen) : undefined;
  const paired = candidates.length === reference.candidates.length;
  return {
    selected,
    ...(others === undefined
      ? {}
      : { oracle: Math.max(selected, ...others.map((one) => score(session.mask(one, size)))) }),
    chosen,
    agreement: iou(mask, reference.mask),
    ...(paired ? candidateErrors(reference.candidates, candidates) : {}),
  };
}

function candidateErrors(reference: readonly Candidate[], candidates: readonly Candidate[]) {
  const errors = reference.map(({ lowResolution }, i) => {
    const other = candidates[i]!.lowResolution;
    return logitError(lowResolution.data, resizeIfNeeded(other, lowResolution).data);
  });
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const order = (list: readonly Candidate[]) =>
    list
      .map((_, i) => i)
      .sort((a, b) => list[b]!.predictedIou - list[a]!.predictedIou || a - b)
      .join();
  return {
    logits: {
      max: Math.max(...errors.map(({ max }) => max)),
      mean: mean(errors.map((error) => error.mean)),
      signs: mean(errors.map(({ signs }) => signs)),
    },
    predicted: {
      max: Math.max(
        ...reference.map(({ predictedIou }, i) => Math.abs(predictedIou - candidates[i]!.predictedIou)),
      ),
      reordered: order(reference) !== order(candidates),
    },
  };
}

function resizeIfNeeded(logits: Candidate["lowResolution"], { width, height }: Size) {
  return logits.width === width && logits.height === height
    ? logits
    : resizeLogits(logits, { width, height });
}
