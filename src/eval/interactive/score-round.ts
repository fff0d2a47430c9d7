import { complain } from "../../core/errors.ts";
import type { RowRound } from "../../core/rows.ts";
import type {
  Ask,
  BitMask,
  Candidate,
  ModelSession,
  Round,
  Target,
  TargetContext,
} from "../../core/types.ts";
import { iou } from "../../masks/iou.ts";
import type { Stopwatch } from "../stopwatch.ts";

/** Scores one mask by every metric of the run, by row key. */
export type Scorer = (mask: Round["mask"]) => Readonly<Record<"dice" | "boundary", number>>;

/**
 * Every candidate at full size against the target. The mask that counts has the highest predicted IoU (ties: the lowest
 * index); the oracle is the best candidate, where the round has one.
 */
export function scoreRound(
  { context: { target, size }, scorer }: { readonly context: TargetContext; readonly scorer: Scorer },
  ask: Ask,
  candidates: readonly Candidate[],
  session: ModelSession,
  watch: Stopwatch,
): { readonly round: Round; readonly entry: RowRound } {
  if (candidates.length === 0)
    throw complain({ where: "model", what: "no mask came back", expected: "at least one", got: "none" });
  const predicted = candidates.map(({ predictedIou }) => predictedIou);
  if (!predicted.every(Number.isFinite))
    throw complain({
      where: "model",
      what: "a predicted IoU is not finite",
      expected: "numbers",
      got: predicted.join(", "),
    });
  const masks = watch.time("postprocess", () => candidates.map((candidate) => session.mask(candidate, size)));
  return watch.time("score", () => {
    const oracle = ask.oracle && session.capabilities.multimask;
    const { chosen, entry } = scoreMasks({ target, scorer }, ask, predicted, masks, oracle);
    const mask = masks[chosen]!;
    return {
      round: { prompt: ask.prompt, candidate: candidates[chosen]!, mask, iou: entry.selected },
      entry,
    };
  });
}

/** Masks at the image's size and their predicted IoUs, both of at least one candidate, as a round of a row. */
export function scoreMasks(
  { target, scorer }: { readonly target: Target; readonly scorer: Scorer },
  { clicks, draw }: Pick<Ask, "clicks" | "draw">,
  predicted: readonly number[],
  masks: readonly BitMask[],
  oracle: boolean,
): { readonly chosen: number; readonly entry: RowRound } {
  const candidates = masks.map((mask) => iou(mask, target.mask, target.ignore));
  const chosen = predicted.indexOf(Math.max(...predicted));
  return {
    chosen,
    entry: {
      clicks,
      ...(draw === undefined ? {} : { draw }),
      selected: candidates[chosen]!,
      ...(oracle ? { oracle: Math.max(...candidates) } : {}),
      predicted,
      candidates,
      ...scorer(masks[chosen]!),
    },
  };
}
