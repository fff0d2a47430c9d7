import type { Ask, Click, Round, TargetContext } from "../../core/types.ts";
import { errorClick } from "./error-click.ts";

export interface ClickRounds {
  /** Rounds in all. */
  readonly rounds: number;
  /** Click 1; default: the center, which is the error click without a prediction. */
  readonly first?: (context: TargetContext) => Click;
  /** The previous round's chosen logits are the next round's mask prompt. */
  readonly feedback: boolean;
}

/**
 * Click after click on what is still wrong. Round 1 asks for the ambiguity-aware masks and has an oracle; later rounds
 * send all clicks so far and ask for the single mask.
 */
export function clickRounds({ rounds, first, feedback }: ClickRounds) {
  return (context: TargetContext, done: number, last: Round | undefined): Ask | undefined => {
    if (done >= rounds) return undefined;
    if (last === undefined) {
      const click = first?.(context) ?? errorClick(context.target, undefined);
      return { prompt: { clicks: [click], multimask: true }, clicks: 1, oracle: true };
    }
    return correction(last, errorClick(context.target, last.mask), feedback);
  };
}

/** The next round after `last`: all its prompts, one more click, its logits fed back, the single-mask output. */
export function correction(last: Round, click: Click, feedback: boolean): Ask {
  const { clicks: before, box } = last.prompt;
  const clicks = [...before, click];
  return {
    prompt: {
      clicks,
      ...(box === undefined ? {} : { box }),
      ...(feedback ? { mask: { kind: "logits", logits: last.candidate.lowResolution } } : {}),
      multimask: false,
    },
    clicks: clicks.length,
    oracle: false,
  };
}
