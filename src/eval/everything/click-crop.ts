// One crop of the generator: its grid is clicked in batches, and what comes back is measured and filtered.
import { complain } from "../../core/errors.ts";
import type { Fate, GeneratedMask, GeneratorSettings } from "../../core/mask-sets.ts";
import type { Rle } from "../../core/rows.ts";
import type {
  BitMask,
  Box,
  Candidate,
  Embedding,
  ImageSession,
  Logits,
  Point,
  Prompt,
  RgbImage,
  Size,
} from "../../core/types.ts";
import { placed } from "../../masks/bit-mask.ts";
import { withoutSmallLogits } from "../../masks/regions.ts";
import { maskOfRle, rleOf } from "../../masks/rle.ts";
import type { Stopwatch } from "../stopwatch.ts";
import type { Crop } from "./grid.ts";

/** A candidate before it is filtered, or once it is cleaned: what the loss split looks at. */
export interface SeenCandidate {
  readonly candidate: number;
  readonly area: number;
  readonly box: Box | undefined;
  /** Drawn when it is asked for, which has to be at once. */
  mask(): BitMask;
}

export interface Clicking {
  readonly session: ImageSession;
  readonly watch: Stopwatch;
  /** Prompts of a decoder call. */
  readonly batch: number;
  /** Called for every candidate; all are measured then. */
  readonly see?: ((candidate: SeenCandidate) => void) | undefined;
  /** Called for those that small regions changed, as they are without them. */
  readonly seeCleaned?: ((candidate: SeenCandidate) => void) | undefined;
  /** Called as points are answered. */
  readonly onPoints?: ((count: number) => void) | undefined;
}

/** A candidate that passed the filters of its crop. */
export type Passed = Omit<GeneratedMask, "score">;

/** What is known by candidate; those of this crop begin at `first`. */
export interface Ledger {
  readonly predictedIou: Float32Array;
  readonly stability: Float32Array;
  readonly first: number;
  mark(candidate: number, fate: Fate): void;
}

const { fround } = Math;

/** Pixels within which a box touches the edge of its crop: `is_box_near_crop_edge`. */
export const EDGE = 20;
/** Logits are clamped to this before they are fed back to refine a mask, as SAM 2's predictor returns them. */
const CLAMP = 32;

/** Clicks the grid of one crop, and filters what comes back. */
export async function clickCrop(
  image: RgbImage,
  { box: crop, points }: Crop,
  settings: GeneratorSettings,
  clicking: Clicking,
  ledger: Ledger,
): Promise<Passed[]> {
  const { session, watch, batch, see, onPoints } = clicking;
  const whole = crop.x1 - crop.x0 + 1 === image.width && crop.y1 - crop.y0 + 1 === image.height;
  const part = whole ? image : cropped(image, crop);
  const size: Size = { width: part.width, height: part.height };
  const canvas: Size = { width: image.width, height: image.height };
  const cleans = settings.rules === "sam2" && settings.smallRegions > 0;
  const each = session.capabilities.multimask ? 3 : 1;
  const embedding = await watch.model("encode", "preprocess", (cost) => session.encode(part, cost));
  const passed: Passed[] = [];
  try {
    for (let at = 0; at < points.length; at += batch) {
      const some = points.slice(at, at + batch);
      const answers = await answersOf(embedding, some, settings.refine, clicking);
      watch.time("postprocess", () => {
        for (const [p, candidates] of answers.entries()) {
          if (candidates.length !== each)
            throw complain("everything", "the model changed the number of its masks", {
              expected: String(each),
              got: String(candidates.length),
            });
          for (const [m, candidate] of candidates.entries())
            take(candidate, ledger.first + each * (at + p) + m, some[p]!);
        }
      });
      onPoints?.(some.length);
    }
  } finally {
    await session.release(embedding).catch(() => undefined);
  }
  return passed;

  function take(given: Candidate, index: number, { x, y }: Point): void {
    const { predictedIou } = given;
    ledger.predictedIou[index] = predictedIou;
    const filtered = settings.predictedIou > 0 && !(predictedIou > fround(settings.predictedIou));
    if (filtered) ledger.mark(index, "predicted");
    if (filtered && see === undefined) return;
    const candidate = cleans
      ? { predictedIou, lowResolution: withoutSmallLogits(given.lowResolution, settings.smallRegions) }
      : given;
    const { area, inside, outside, box } = session.measure(candidate, size, settings.stabilityOffset);
    const stability = fround(fround(inside) / fround(outside));
    ledger.stability[index] = stability;
    const place = box && {
      ...{ x0: box.x0 + crop.x0, y0: box.y0 + crop.y0, x1: box.x1 + crop.x0, y1: box.y1 + crop.y0 },
    };
    see?.({
      ...{ candidate: index, area, box: place },
      mask: () => {
        const mask = session.mask(candidate, size);
        return whole ? mask : placed(mask, crop, image);
      },
    });
    if (filtered) return;
    const fate = fateOf(area, stability, place);
    if (place === undefined || fate !== "kept") {
      ledger.mark(index, fate);
      return;
    }
    const mask = laterMask(rleOf(session.mask(candidate, size)), whole ? undefined : { crop, size: canvas });
    const point = { x: x + crop.x0, y: y + crop.y0 };
    passed.push({ candidate: index, predictedIou, stability, point, crop, box: place, area, mask });
  }

  function fateOf(area: number, stability: number, box: Box | undefined): Fate {
    if (box === undefined) return "empty";
    if (settings.stability > 0 && !(stability >= fround(settings.stability))) return "stability";
    if (settings.largest < 1 && area >= settings.largest * image.width * image.height) return "large";
    return nearEdge(box, crop, image) ? "edge" : "kept";
  }
}

/** Candidates of each point; with `refine`, each decoded once more with its own logits. */
async function answersOf(
  embedding: Embedding,
  points: readonly Point[],
  refine: boolean,
  { session, watch, batch }: Clicking,
): Promise<readonly (readonly Candidate[])[]> {
  const decode = async (prompts: readonly Prompt[]) => {
    const answers = await watch.model("decode", "postprocess", (cost) =>
      session.decode(embedding, prompts, cost),
    );
    watch.prompts += prompts.length;
    return answers.map((answer) => {
      if (answer.status === "ok") return answer.candidates;
      throw complain("everything", "a point has no answer", { got: answer.reason });
    });
  };
  const clicksOf = ({ x, y }: Point) => [{ x, y, label: 1 as const }];
  const answers = await decode(points.map((point) => ({ clicks: clicksOf(point), multimask: true })));
  if (!refine) return answers;
  const prompts = answers.flatMap((candidates, p) =>
    candidates.map(({ lowResolution }) => ({
      clicks: clicksOf(points[p]!),
      mask: { kind: "logits" as const, logits: clamped(lowResolution) },
      multimask: false,
    })),
  );
  const refined: Candidate[] = [];
  for (let at = 0; at < prompts.length; at += batch)
    refined.push(...(await decode(prompts.slice(at, at + batch))).map(([only]) => only!));
  let next = 0;
  return answers.map((candidates) => candidates.map(() => refined[next++]!));
}

function clamped({ data, ...size }: Logits): Logits {
  return { ...size, data: data.map((logit) => Math.min(CLAMP, Math.max(-CLAMP, logit))) };
}

/** Whether a box ends within 20 pixels of its crop's edge where that is not the image's. */
export function nearEdge(box: Box, crop: Box, { width, height }: Size): boolean {
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

/** Makes a mask of its runs, placed in a larger one. Holds on to nothing else: logits of thousands of candidates would fill the memory. */
export function laterMask(rle: Rle, at?: { readonly crop: Box; readonly size: Size }): () => BitMask {
  return () => {
    const mask = maskOfRle(rle, "a generated mask");
    return at === undefined ? mask : placed(mask, at.crop, at.size);
  };
}
