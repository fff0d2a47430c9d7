// All masks of an image, as `SamAutomaticMaskGenerator` makes them (facebookresearch/segment-anything, automatic_mask_generator.py):
// a grid of clicks, filters, and suppression of overlapping boxes.
import { complain } from "../../core/errors.ts";
import {
  type Fate,
  fates,
  type GeneratedMask,
  type GeneratorSettings,
  type MaskSet,
} from "../../core/mask-sets.ts";
import type { RgbImage } from "../../core/types.ts";
import { area, tightBox } from "../../masks/bit-mask.ts";
import { boxNms, rankedBy } from "../../masks/box-nms.ts";
import { withoutSmallRegions } from "../../masks/regions.ts";
import { rleOf } from "../../masks/rle.ts";
import { type Clicking, clickCrop, laterMask, type Passed } from "./click-crop.ts";
import { cropsOf } from "./grid.ts";

const { fround } = Math;

/** Rejects where the model's answers cannot be used: a set without some of its points would be another set. */
export async function generateMasks(
  image: RgbImage,
  settings: GeneratorSettings,
  clicking: Clicking,
): Promise<MaskSet> {
  const { capabilities } = clicking.session;
  if (settings.refine && !(capabilities.maskInput && capabilities.singleMask))
    throw complain("everything", "masks cannot be refined", {
      expected: "a model that takes a mask prompt and has a single-mask output",
      got: "one without",
    });
  const crops = cropsOf(image, settings);
  const points = crops.reduce((sum, crop) => sum + crop.points.length, 0);
  const candidates = (capabilities.multimask ? 3 : 1) * points;
  const set = {
    points,
    fates: new Uint8Array(candidates),
    predictedIou: new Float32Array(candidates).fill(Number.NaN),
    stability: new Float32Array(candidates).fill(Number.NaN),
  };
  const mark = (candidate: number, fate: Fate) => {
    set.fates[candidate] = fates.indexOf(fate);
  };
  /** Those that stay, best first; the fate of the others is `fate`. */
  const suppress = (masks: readonly Passed[], scores: readonly number[], limit: number, fate: Fate) => {
    const boxes = masks.map(({ box }) => box);
    const kept = boxNms(boxes, scores, limit);
    const stay = new Set(kept);
    for (const [i, { candidate }] of masks.entries()) if (!stay.has(i)) mark(candidate, fate);
    return kept.map((i) => masks[i]!);
  };

  let masks: Passed[] = [];
  let first = 0;
  for (const crop of crops) {
    const passed = await clickCrop(image, crop, settings, clicking, { ...set, first, mark });
    const scores = passed.map(({ predictedIou }) => predictedIou);
    masks.push(...suppress(passed, scores, settings.nms, "suppressed"));
    first += crop.points.length * (candidates / points);
  }
  if (crops.length > 1) {
    const scores = masks.map(({ crop: { x0, y0, x1, y1 } }) =>
      fround(1 / fround((x1 - x0 + 1) * (y1 - y0 + 1))),
    );
    masks = suppress(masks, scores, settings.cropNms, "suppressed-across");
  }
  if (settings.smallRegions > 0 && settings.rules === "sam") {
    const cleaned = masks.map((mask) => cleanedOf(mask, settings.smallRegions, clicking));
    const scores = cleaned.map((mask, i) => (mask === masks[i] ? 1 : 0));
    masks = suppress(cleaned, scores, Math.max(settings.nms, settings.cropNms), "suppressed-cleaned");
  }
  const ranked: GeneratedMask[] = masks.map((mask) => ({ ...mask, score: scoreOf(mask, settings) }));
  if (ranked.length <= settings.most) return { ...set, masks: ranked };
  const best = new Set(rankedBy(ranked.map(({ score }) => score)).subarray(0, settings.most));
  const cut = ranked.filter((_, i) => !best.has(i));
  for (const { candidate } of cut) mark(candidate, "cut");
  return { ...set, masks: ranked.filter((_, i) => best.has(i)) };
}

function scoreOf({ predictedIou, stability }: Passed, { rank }: GeneratorSettings): number {
  return rank === "predicted" ? predictedIou : (predictedIou + stability) / 2;
}

/** A mask without small regions; the same object where it has none. */
function cleanedOf(given: Passed, least: number, { seeCleaned }: Clicking): Passed {
  const { mask, changed } = withoutSmallRegions(given.mask(), least);
  if (!changed) return given;
  const [pixels, box] = [area(mask), tightBox(mask)!];
  seeCleaned?.({ candidate: given.candidate, area: pixels, box, mask: () => mask });
  return { ...given, area: pixels, box, mask: laterMask(rleOf(mask)) };
}
