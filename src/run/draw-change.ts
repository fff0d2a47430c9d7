import type { BitMask, Sample } from "../core/types.ts";
import { or } from "../masks/boolean.ts";
import { iou } from "../masks/iou.ts";
import { maskFromRle } from "../masks/rle.ts";
import { decodeCounts } from "../masks/rle-string.ts";
import { promptsOf } from "../report/gallery.ts";
import { cropAround, type DrawnPicture, overlayPicture } from "../report/index.ts";
import type { KeptTarget } from "./kept-targets.ts";

/**
 * What both sides made of a target, in one window; nothing where the sample is not the one that was scored, which shows in
 * the IoU of the masks with its ground truth.
 */
export async function drawChange(
  { image, targets }: Sample,
  base: KeptTarget,
  candidate: KeptTarget,
): Promise<{ readonly base: DrawnPicture; readonly candidate: DrawnPicture } | undefined> {
  const truth = targets.find(({ id }) => id === base.row.target);
  if (truth?.status !== "ok") return undefined;
  const sides = [base, candidate].map((kept) => ({
    kept,
    prediction: maskOf(kept),
    prompts: promptsOf(kept.row.prompts, kept.round),
  }));
  const same = ({ width, height }: BitMask) => width === image.width && height === image.height;
  for (const { kept, prediction } of sides)
    if (!same(prediction) || iou(prediction, truth.mask, truth.ignore) !== kept.round.selected)
      return undefined;
  const [first, second] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const crop = cropAround({
    image,
    truth: truth.mask,
    prediction: or(first.prediction, second.prediction),
    prompts: [...first.prompts, ...second.prompts],
  });
  const draw = ({ prediction, prompts }: typeof first) =>
    overlayPicture({ image, truth: truth.mask, prediction, prompts, crop });
  return { base: await draw(first), candidate: await draw(second) };
}

function maskOf({ row, rle }: KeptTarget): BitMask {
  const [height, width] = rle.size;
  const where = `mask of target ${row.target}`;
  return maskFromRle(decodeCounts(rle.counts, where), { width, height }, where);
}
