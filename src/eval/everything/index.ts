// Everything mode: all masks of an image, from a grid of clicks. A row is a whole image.
import { reasonOf } from "../../core/errors.ts";
import { type GeneratorFacts, maskSetProblems, removedCounts } from "../../core/mask-set-facts.ts";
import type { GeneratedMask, MaskSet } from "../../core/mask-sets.ts";
import type { GeneratedFacts, Rle, RowFact } from "../../core/rows.ts";
import type { Embedding, ImageSample, ImageSession } from "../../core/types.ts";
import { rankedBy } from "../../masks/box-nms.ts";
import { rleOf } from "../../masks/rle.ts";
import { Stopwatch } from "../stopwatch.ts";
import {
  type Opened,
  type Outcome,
  refusals,
  type StepMask,
  type Task,
  type TaskContext,
  type Trial,
} from "../task.ts";
import type { SeenCandidate } from "./click-crop.ts";
import { generateMasks } from "./generate.ts";
import { cropsIn, pointsIn } from "./grid.ts";
import { Losses } from "./losses.ts";
import { matchMaskSet, truthOf, WHOLE } from "./match.ts";
import { type EverythingProtocol, protocols } from "./protocols.ts";

/** A threshold is near where a number lies within this of it. */
const NEAR = 0.01;

/** Who hears of all candidates of an image under a protocol, and then of the set that they make. */
export interface Listener {
  seen(protocol: string, candidate: SeenCandidate): void;
  made(protocol: string, set: MaskSet): void;
}

export const everything = everythingHeard();

/** The task; `listener` hears of what its rows do not say. */
export function everythingHeard(listener?: Listener): Task<ImageSample, ImageSession, EverythingProtocol> {
  return {
    name: "everything",
    kind: "image",
    protocols,
    metrics: [],
    defaultMetrics: [],
    invariants: [maskSetProblems],
    whole: true,
    step: "point",
    steps: (own) => own.reduce((sum, { generator }) => sum + pointsIn(generator), 0),
    trial: tryImage,
    refuses: (model, { capabilities }, protocol) => {
      const { id, generator } = protocol;
      const none = generator.predictedIou > 1 && capabilities.predictedIouIsIou;
      const what = `${model}: ${id} keeps masks whose predicted IoU is greater than ${generator.predictedIou}, and no IoU is`;
      return [...refusals(model, capabilities, protocol), ...(none ? [what] : [])];
    },
    entries: () => [{ status: "ok", id: WHOLE }],
    async open(sample, session, context): Promise<Opened<EverythingProtocol>> {
      context.watch.targets = sample.targets.filter(({ status }) => status === "ok").length;
      const shared = encodedOnce(session, sample);
      return {
        evaluate: (protocol) =>
          everyMask(sample, shared.session, protocol, context, listener).then(
            (outcome) => [outcome],
            (error: unknown) => [{ failure: reasonOf(error) }],
          ),
        close: shared.close,
      };
    },
  };
}

async function everyMask(
  sample: ImageSample,
  session: ImageSession,
  { id, generator }: EverythingProtocol,
  { watch, masks: kept, onSteps }: TaskContext,
  listener?: Listener,
): Promise<Outcome> {
  const { image } = sample;
  const targets = truthOf(sample.targets);
  const losses = new Losses(targets);
  const see = (candidate: SeenCandidate) => {
    losses.see(candidate);
    listener?.seen(id, candidate);
  };
  const { seeCleaned } = losses;
  const set = await generateMasks(image, generator, {
    ...{ session, watch, batch: session.capabilities.batch, see, seeCleaned, onPoints: onSteps },
  });
  listener?.made(id, set);
  watch.clicks += set.points;
  return watch.time("score", () => {
    const ranked = rankedMasks(set);
    const { facts, found } = matchMaskSet(ranked, targets);
    const missed = targets.flatMap(({ crowd, area }, place) =>
      crowd || (found[place]! & 1) === 1 ? [] : [[place, area] as const],
    );
    const lost = losses.split(set.fates, found);
    const generated: GeneratorFacts = { ...countsOf(set, generator), lost, missed };
    const { width, height } = image;
    return {
      row: {
        size: { width, height },
        facts: { ...facts, ...generated } as Readonly<Record<string, RowFact>>,
      },
      masks: kept ? ranked.map(storedMask) : [],
    };
  });
}

function countsOf(
  { points, masks, fates: all, predictedIou, stability }: MaskSet,
  limits: EverythingProtocol["generator"],
): Omit<GeneratorFacts, "lost" | "missed"> {
  const removed = removedCounts(all);
  const near = (values: Float32Array, limit: number) =>
    limit === 0 ? 0 : values.reduce((sum, value) => sum + Number(Math.abs(value - limit) <= NEAR), 0);
  return {
    ...{ points, candidates: masks.length + removed.reduce((sum, count) => sum + count, 0), removed },
    near: [near(predictedIou, limits.predictedIou), near(stability, limits.stability)],
  };
}

interface RankedMask {
  readonly of: GeneratedMask;
  readonly score: number;
  readonly mask: Rle;
}

/** By score; equal ones in the generator's order. */
function rankedMasks({ masks }: MaskSet): RankedMask[] {
  const scores = masks.map(({ score }) => score);
  return Array.from(rankedBy(scores), (place) => {
    const of = masks[place]!;
    return { of, score: of.score, mask: rleOf(of.mask()) };
  });
}

function storedMask({ of, mask }: RankedMask, rank: number): StepMask {
  const { predictedIou, stability, point, crop } = of;
  const generated: GeneratedFacts = {
    ...{ rank, predictedIou, stability },
    ...{ point: [point.x, point.y], crop: [crop.x0, crop.y0, crop.x1, crop.y1] },
  };
  return { at: { clicks: 1 }, generated, rle: mask };
}

/** A session that encodes the image itself once, for all protocols; crops of it are encoded as they come. */
function encodedOnce(session: ImageSession, { image }: ImageSample) {
  let whole: Promise<Embedding> | undefined;
  const encode: ImageSession["encode"] = (pixels, cost) => {
    if (pixels !== image) return session.encode(pixels, cost);
    if (whole === undefined) whole = session.encode(image, cost);
    else cost?.({ running: 0, elapsed: 0, result: "none" });
    return whole;
  };
  const isWhole = async (embedding: Embedding) => (await whole?.catch(() => undefined)) === embedding;
  const release = async (embedding: Embedding) =>
    (await isWhole(embedding)) ? undefined : session.release(embedding);
  return {
    session: { ...session, encode, release },
    /** An embedding that cannot be released costs no score. */
    close: async () => {
      const embedding = await whole?.catch(() => undefined);
      if (embedding !== undefined) await session.release(embedding).catch(() => undefined);
    },
  };
}

/**
 * Clicks a coarse grid on the whole image; undefined where that fails. The first call of the decoder, in which it is set up, does not count.
 * Crops are counted as so many more images to encode.
 */
async function tryImage(
  { image }: ImageSample,
  session: ImageSession,
  protocols: readonly EverythingProtocol[],
  { clock, steps }: { readonly clock: () => number; readonly steps: number },
): Promise<Trial | undefined> {
  const [first] = protocols;
  if (first === undefined) return undefined;
  const pointsPerSide = Math.max(2, Math.floor(Math.sqrt(steps)));
  const generator = { ...first.generator, cropLayers: 0, pointsPerSide };
  const played = pointsIn(generator);
  const batch = Math.min(session.capabilities.batch, Math.floor(played / 2));
  const watch = new Stopwatch(clock);
  const marks: number[] = [];
  const onPoints = () => void marks.push(clock());
  try {
    await generateMasks(image, generator, { session, watch, batch, see: () => undefined, onPoints });
  } catch {
    return undefined;
  }
  const { encode, preprocess } = watch.timing();
  const encoding = encode + preprocess;
  const perPoint = (clock() - marks[0]!) / (played - batch);
  const [points, crops] = [pointsIn, cropsIn].map((of) =>
    protocols.reduce((sum, protocol) => sum + of(protocol.generator), 0),
  ) as [number, number];
  return { perStep: perPoint + (encoding * crops) / points, steps: played };
}
