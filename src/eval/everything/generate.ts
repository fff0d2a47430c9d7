// All masks of an image, as `SamAutomaticMaskGenerator` makes them (facebookresearch/segment-anything, automatic_mask_generator.py):
// a grid of clicks, filters, and suppression of overlapping boxes.
import {
  type Fate,
  fates,
  type GeneratedMask,
  type GeneratorSettings,
  type MaskSet,
} from "../../core/mask-sets.ts";
import type { BitMask, Box, Candidate, ImageSession, Point, RgbImage, Size } from "../../core/types.ts";
import { createMask, getPixel, setPixel } from "../../masks/bit-mask.ts";
import { boxNms, rankedBy } from "../../masks/box-nms.ts";
import type { Stopwatch } from "../stopwatch.ts";
import { type Crop, cropsOf } from "./grid.ts";

/** A candidate before it is filtered: what the loss split looks at. */
export interface SeenCandidate {
  readonly candidate: number;
  readonly area: number;
  readonly box: Box | undefined;
  /** Drawn when it is asked for, which has to be at once. */
  mask(): BitMask;
}

export interface Generation {
  readonly session: ImageSession;
  readonly watch: Stopwatch;
  /** Prompts of a decoder call. */
  readonly batch: number;
  /** Called for every candidate; all are measured then. */
  readonly see?: ((candidate: SeenCandidate) => void) | undefined;
  /** Called as points are answered. */
  readonly onPoints?: ((count: number) => void) | undefined;
}

/** A candidate that passed the filters of its crop. */
interface Passed extends Omit<GeneratedMask, "box" | "score"> {
  readonly box: Box;
}

/** Pixels within which a box touches the edge of its crop: `is_box_near_crop_edge`. */
const EDGE = 20;

/** Rejects where the model's answers cannot be used: a set without some of its points would be another set. */
export async function generateMasks(
  image: RgbImage,
  settings: GeneratorSettings,
  generation: Generation,
): Promise<MaskSet> {
  const crops = cropsOf(image, settings);
  const points = crops.reduce((sum, crop) => sum + crop.points.length, 0);
  const set = {
    points,
    fates: new Uint8Array(3 * points),
    predictedIou: new Float32Array(3 * points).fill(Number.NaN),
    stability: new Float32Array(3 * points).fill(Number.NaN),
  };
  const mark = (candidate: number, fate: Fate) => {
    set.fates[candidate] = fates.indexOf(fate);
  };
  /** Those that stay, best first; the fate of the others is `fate`. */
  const suppress = (masks: readonly Passed[], scores: readonly number[], limit: number, fate: Fate) => {
    const kept = boxNms(
      masks.map(({ box }) => box),
      scores,
      limit,
    );
    const stay = new Set(kept);
    for (const [i, { candidate }] of masks.entries()) if (!stay.has(i)) mark(candidate, fate);
    return kept.map((i) => masks[i]!);
  };
  let masks: Passed[] = [];
  let first = 0;
  for (const crop of crops) {
    const passed = await cropMasks(image, crop, first, settings, generation, set, mark);
    const scores = passed.map(({ predictedIou }) => predictedIou);
    masks.push(...suppress(passed, scores, settings.nms, "suppressed"));
    first += 3 * crop.points.length;
  }
  if (crops.length > 1) {
    const scores = masks.map(({ crop: { x0, y0, x1, y1 } }) =>
      Math.fround(1 / ((x1 - x0 + 1) * (y1 - y0 + 1))),
    );
    masks = suppress(masks, scores, settings.cropNms, "suppressed-across");
  }
  const ranked = masks.map((mask) => ({ ...mask, score: scoreOf(mask, settings) }));
  if (ranked.length <= settings.most) return { ...set, masks: ranked };
  const best = new Set(rankedBy(ranked.map(({ score }) => score)).slice(0, settings.most));
  return {
    ...set,
    masks: ranked.filter(({ candidate }, i) => best.has(i) || mark(candidate, "cut")),
  };
}

function scoreOf({ predictedIou, stability }: Passed, { rank }: GeneratorSettings): number {
  return rank === "predicted" ? predictedIou : (predictedIou + stability) / 2;
}

/** Clicks the grid of one crop, and filters what comes back. Candidates are numbered from `first`. */
async function cropMasks(
  image: RgbImage,
  { box: crop, points }: Crop,
  first: number,
  settings: GeneratorSettings,
  { session, watch, batch, see, onPoints }: Generation,
  set: Pick<MaskSet, "predictedIou"> & {
    readonly stability: Float32Array;
    readonly predictedIou: Float32Array;
  },
  mark: (candidate: number, fate: Fate) => void,
): Promise<Passed[]> {
  const whole = crop.x1 - crop.x0 + 1 === image.width && crop.y1 - crop.y0 + 1 === image.height;
  const part = whole ? image : cropped(image, crop);
  const size: Size = { width: part.width, height: part.height };
  const embedding = await watch.model("encode", "preprocess", (cost) => session.encode(part, cost));
  const passed: Passed[] = [];
  try {
    for (let at = 0; at < points.length; at += batch) {
      const some = points.slice(at, at + batch);
      const prompts = some.map(({ x, y }) => ({
        clicks: [{ x: x - crop.x0, y: y - crop.y0, label: 1 as const }],
        multimask: true,
      }));
      const answers = await watch.model("decode", "postprocess", (cost) =>
        session.decode(embedding, prompts, cost),
      );
      watch.prompts += some.length;
      watch.time("postprocess", () => {
        for (const [p, answer] of answers.entries()) {
          if (answer.status === "failed") throw new Error(answer.reason);
          for (const [m, candidate] of answer.candidates.entries())
            take(candidate, first + 3 * (at + p) + m, some[p]!);
        }
      });
      onPoints?.(some.length);
    }
  } finally {
    await session.release(embedding).catch(() => undefined);
  }
  return passed;

  function take(candidate: Candidate, index: number, point: Point): void {
    const { predictedIou } = candidate;
    set.predictedIou[index] = predictedIou;
    const filtered = settings.predictedIou > 0 && !(predictedIou > Math.fround(settings.predictedIou));
    if (filtered) mark(index, "predicted");
    if (filtered && see === undefined) return;
    const { area, inside, outside, box } = session.measure(candidate, size, settings.stabilityOffset);
    const stability = Math.fround(inside / outside);
    set.stability[index] = stability;
    const draw = () => {
      const mask = session.mask(candidate, size);
      return whole ? mask : pasted(mask, crop, image);
    };
    const placed = box && {
      ...{ x0: box.x0 + crop.x0, y0: box.y0 + crop.y0, x1: box.x1 + crop.x0, y1: box.y1 + crop.y0 },
    };
    see?.({ candidate: index, area, box: placed, mask: draw });
    if (filtered) return;
    if (settings.stability > 0 && !(stability >= Math.fround(settings.stability))) mark(index, "stability");
    else if (placed === undefined) mark(index, "empty");
    else if (settings.largest < 1 && area >= settings.largest * image.width * image.height)
      mark(index, "large");
    else if (nearEdge(placed, crop, image)) mark(index, "edge");
    else {
      const mask = draw();
      passed.push({
        candidate: index,
        predictedIou,
        stability,
        point,
        crop,
        box: placed,
        area,
        mask: () => mask,
      });
    }
  }
}

/** Whether a box ends within 20 pixels of its crop's edge where that is not the image's. */
function nearEdge(box: Box, crop: Box, { width, height }: Size): boolean {
  const image = { x0: 0, y0: 0, x1: width, y1: height };
  const ends = { ...crop, x1: crop.x1 + 1, y1: crop.y1 + 1 };
  return (["x0", "y0", "x1", "y1"] as const).some(
    (side) => Math.abs(box[side] - ends[side]) <= EDGE && Math.abs(box[side] - image[side]) > EDGE,
  );
}

function cropped({ data, width }: RgbImage, { x0, y0, x1, y1 }: Box): RgbImage {
  const size = { width: x1 - x0 + 1, height: y1 - y0 + 1 };
  const out = new Uint8Array(3 * size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    const from = 3 * ((y0 + y) * width + x0);
    out.set(data.subarray(from, from + 3 * size.width), 3 * y * size.width);
  }
  return { ...size, data: out };
}

function pasted(mask: BitMask, { x0, y0 }: Box, { width, height }: Size): BitMask {
  const out = createMask(width, height);
  for (let y = 0; y < mask.height; y++)
    for (let x = 0; x < mask.width; x++) if (getPixel(mask, x, y)) setPixel(out, x0 + x, y0 + y);
  return out;
}
