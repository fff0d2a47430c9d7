// The simulated user: RITM's clicker, as published again in SAM 2's `sample_one_point_from_error_center`.
import type { BitMask, Click, Target } from "../../core/types.ts";
import { createMask, setPixel } from "../../masks/bit-mask.ts";
import { andNot } from "../../masks/boolean.ts";
import { deepestPixel } from "../../masks/distance-transform.ts";

/** What a user sees as wrong: FN = gt & !pred, FP = pred & !gt, both without ignored pixels. No prediction: all of the target. */
export function errorRegions(
  { mask, ignore }: Target,
  prediction: BitMask | undefined,
): { readonly missed: BitMask; readonly spurious: BitMask } {
  const visible = (region: BitMask) => (ignore === undefined ? region : andNot(region, ignore));
  if (prediction === undefined)
    return { missed: visible(mask), spurious: createMask(mask.width, mask.height) };
  return { missed: visible(andNot(mask, prediction)), spurious: visible(andNot(prediction, mask)) };
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
  const { mask, ignore } = target;
  const excluded = clicked.length === 0 ? undefined : pixelsOf(clicked, mask);
  const predicted = prediction ?? createMask(mask.width, mask.height);
  const ignored = ignore === undefined ? [] : [ignore];
  const deepestMissed = deepestPixel(mask, excluded, [predicted, ...ignored]);
  const deepestSpurious = deepestPixel(predicted, excluded, [mask, ...ignored]);
  const positive = deepestMissed.squaredDistance > deepestSpurious.squaredDistance;
  const { index } = positive ? deepestMissed : deepestSpurious;
  const { width } = target.mask;
  return { x: index % width, y: Math.floor(index / width), label: positive ? 1 : 0 };
}

function pixelsOf(clicks: readonly Click[], { width, height }: BitMask): BitMask {
  const mask = createMask(width, height);
  for (const { x, y } of clicks) setPixel(mask, x, y);
  return mask;
}
