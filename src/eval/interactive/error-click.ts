// The simulated user: RITM's clicker, as published again in SAM 2's `sample_one_point_from_error_center`, and
// the steps it takes.
import { given } from "../../core/given.ts";
import type { BitMask, Click, Target } from "../../core/types.ts";
import { andNot, createMask, setPixel } from "../../masks/bit-mask.ts";
import { deepestPixel } from "../../masks/distance-transform.ts";
import { clickAt } from "./foreground.ts";
import type { NextStep, Step, TargetContext } from "./protocol.ts";

interface Region {
  readonly mask: BitMask;
  /** Pixels of these are excluded. */
  readonly without: readonly BitMask[];
}

/**
 * Error regions: FN = gt & !pred, FP = pred & !gt, both without ignored pixels. Without a prediction FN is
 * the target.
 */
function wrongPixels({ mask, ignore }: Target, prediction: BitMask | undefined) {
  const predicted = prediction ?? createMask(mask.width, mask.height);
  const ignored = ignore === undefined ? [] : [ignore];
  const missed: Region = { mask, without: [predicted, ...ignored] };
  const spurious: Region = { mask: predicted, without: [mask, ...ignored] };
  return { missed, spurious };
}

/** The error regions as masks. */
export function errorRegions(
  target: Target,
  prediction: BitMask | undefined,
): { readonly missed: BitMask; readonly spurious: BitMask } {
  const { missed, spurious } = wrongPixels(target, prediction);
  const drawn = ({ mask, without }: Region) => without.reduce(andNot, mask);
  return { missed: drawn(missed), spurious: drawn(spurious) };
}

/**
 * The deepest pixel of the deeper error region, the image border counting as a boundary. Positive only where the missed
 * region is strictly deeper: a tie, or no error at all, is a negative click at the first maximum of the spurious region
 * (pixel 0 when that is empty). `clicked`: pixels whose distance counts as zero (RITM's not-clicked map).
 */
export function errorClick(
  target: Target,
  prediction: BitMask | undefined,
  clicked: readonly Click[] = [],
): Click {
  const { missed, spurious } = wrongPixels(target, prediction);
  const excluded = clicked.length === 0 ? undefined : pixelsOf(clicked, target.mask);
  const deepestMissed = deepestPixel(missed.mask, excluded, missed.without);
  const deepestSpurious = deepestPixel(spurious.mask, excluded, spurious.without);
  const positive = deepestMissed.squaredDistance > deepestSpurious.squaredDistance;
  const { index } = positive ? deepestMissed : deepestSpurious;
  return clickAt(index, target.mask.width, positive ? 1 : 0);
}

function pixelsOf(clicks: readonly Click[], { width, height }: BitMask): BitMask {
  const mask = createMask(width, height);
  for (const { x, y } of clicks) setPixel(mask, x, y);
  return mask;
}

export interface ClickSteps {
  /** Number of steps. */
  readonly steps: number;
  /** Click 1; default: the center, which is the error click without a prediction. */
  readonly first?: (context: TargetContext) => Click;
  /** The chosen logits of a step are the mask prompt of the next one. */
  readonly feedback: boolean;
}

/**
 * One click after another on what is still wrong. Step 1 requests the ambiguity-aware masks; later steps send
 * all clicks so far and request the single mask.
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
  const mask = feedback ? ({ kind: "logits", logits: last.candidate.lowResolution } as const) : undefined;
  return { prompt: given({ clicks: [...clicks, click], box, mask, multimask: false }) };
}
