// Steps that protocols share: click after click on what is still wrong, and several points at once.
import { sam1Defaults } from "../../core/defaults.ts";
import type { Click } from "../../core/types.ts";
import { errorClick } from "./error-click.ts";
import type { NextStep, Step, TargetContext } from "./protocol.ts";

export interface ClickSteps {
  /** Steps in all. */
  readonly steps: number;
  /** Click 1; default: the center, which is the error click without a prediction. */
  readonly first?: (context: TargetContext) => Click;
  /** The chosen logits of a step are the mask prompt of the next one. */
  readonly feedback: boolean;
}

/**
 * Click after click on what is still wrong. Step 1 asks for the ambiguity-aware masks; later steps send all clicks so far and
 * ask for the single mask.
 */
export function clickSteps({ steps, first, feedback }: ClickSteps) {
  return (context: TargetContext, done: number, last: Step | undefined): NextStep | undefined => {
    if (done >= steps) return undefined;
    if (last !== undefined) return correction(last, errorClick(context.target, last.mask), feedback);
    const click = first?.(context) ?? errorClick(context.target, undefined);
    return { prompt: { clicks: [click], multimask: true } };
  };
}

/** The next step after `last`: all its prompts, one more click, its logits fed back, the single-mask output. */
export function correction(last: Step, click: Click, feedback: boolean): NextStep {
  const { clicks, box } = last.prompt;
  return {
    prompt: {
      clicks: [...clicks, click],
      ...(box === undefined ? {} : { box }),
      ...(feedback ? { mask: { kind: "logits", logits: last.candidate.lowResolution } } : {}),
      multimask: false,
    },
  };
}

/**
 * Steps that do not answer each other: k positive points at once for k = 1, 2, 3, 5, 9, nothing fed back. `points` returns the
 * first k of one list, so that the sets are nested.
 */
export function pointSets(points: (context: TargetContext, size: number) => readonly Click[]) {
  return (context: TargetContext, done: number): NextStep | undefined => {
    const size = sam1Defaults.reported[done];
    return size === undefined
      ? undefined
      : { prompt: { clicks: points(context, size), multimask: size === 1 } };
  };
}
