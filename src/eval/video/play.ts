// Plays one protocol on one clip: every target is prompted in its first frame, then all are tracked forward in one pass, and frames are scored as
// they come. A frame's masks are held while it is scored and no longer, so that memory does not grow with the clip.
import { complain, reasonOf } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { RowStep } from "../../core/rows.ts";
import type { TrackFacts } from "../../core/track-facts.ts";
import type {
  BitMask,
  Clip,
  FramePrediction,
  Point,
  Size,
  Target,
  Track,
  TrackSession,
  VideoSession,
} from "../../core/types.ts";
import { area, createMask, isEmpty, tightBox } from "../../masks/bit-mask.ts";
import { centerOfMass } from "../../masks/centers.ts";
import { iou } from "../../masks/iou.ts";
import { rleOf } from "../../masks/rle.ts";
import { rowBox, sentPrompt } from "../interactive/step.ts";
import type { Outcome, StepMask, TaskContext } from "../task.ts";
import { evaluators, type TrackScorer, trackScorer } from "./evaluators.ts";
import type { VideoProtocol, VideoStep } from "./protocol.ts";

/** A target from its first frame on. */
interface Played {
  readonly id: string;
  readonly first: number;
  readonly target: Target;
  readonly scorer: TrackScorer;
  readonly steps: RowStep[];
  /** What is said of its frames beside J and F, by the frame's id. */
  readonly frames: Map<string, FrameFacts>;
  /** Where it was in the labelled frame before this one. */
  last?: { readonly frame: number; readonly center: Point } | undefined;
  failure?: string;
}

interface FrameFacts {
  readonly frame: number;
  readonly area: number;
  readonly predicted: number;
  readonly moved: number;
  readonly objectScore?: number;
  readonly mask?: StepMask;
}

/** NO_OBJ_SCORE of SAM 2. */
const NOT_THERE = -1024;

/** One target in its first frame, or undefined where it is in no labelled frame. */
type First = { readonly frame: number; readonly mask: BitMask } | undefined;

/** What protocols share. */
export interface Surveyed {
  /** The tracks that are labelled in each frame that has any, by its place. */
  readonly byFrame: ReadonlyMap<number, readonly Track[]>;
  /** Where each track is first seen, in the clip's order. */
  readonly firsts: readonly First[];
}

export async function survey(clip: Clip): Promise<Surveyed> {
  const byFrame = labelledFrames(clip);
  const found = new Map<string, First>();
  // Frame by frame, since tracks may share a file of masks.
  for (const [frame, labelled] of byFrame) {
    if (found.size === clip.tracks.length) break;
    for (const { id, mask: maskIn } of labelled) {
      if (found.has(id)) continue;
      const mask = await maskIn(clip.frames[frame]!.id);
      if (mask !== undefined && !isEmpty(mask)) found.set(id, { frame, mask });
    }
  }
  return { byFrame, firsts: clip.tracks.map(({ id }) => found.get(id)) };
}

function labelledFrames({ frames, tracks }: Clip): Surveyed["byFrame"] {
  const labelled = tracks.map((track) => ({ track, ids: new Set(track.labelled) }));
  const all = frames.map(({ id }, place) => {
    const here = labelled.filter(({ ids }) => ids.has(id)).map(({ track }) => track);
    return [place, here] as const;
  });
  return new Map(all.filter(([, here]) => here.length > 0));
}

/** An outcome for each track, in order. A target that fails does not end the others; a frame that cannot be read ends all, by its name. */
export async function playClip(
  protocol: VideoProtocol,
  clip: Clip,
  { byFrame, firsts }: Surveyed,
  session: VideoSession,
  {
    watch,
    masks,
    scoring,
    only,
    onFrames,
  }: Pick<TaskContext, "watch" | "masks" | "scoring" | "only" | "onFrames">,
): Promise<readonly Outcome[]> {
  const evaluator = evaluators[scoring.evaluator ?? "vos-benchmark"];
  const played = clip.tracks.map(({ id, labelled }, i): Played | undefined => {
    const first = firsts[i];
    if (first === undefined || only?.has(id) === false) return undefined;
    const target: Target = { status: "ok", id, mask: first.mask };
    const scorer = trackScorer(evaluator, labelled);
    return { id, first: first.frame, target, scorer, steps: [], frames: new Map() };
  });
  const tracked = played.filter((one): one is Played => one !== undefined);
  if (tracked.length > 0) {
    const clipSession = await session.open({ frames: clip.frames }, { cost: watch.graphs });
    try {
      for (const one of tracked) await promptFirst(protocol, one, clip, clipSession);
      await track(clip, byFrame, tracked, clipSession, { masks, watch, onFrames });
    } finally {
      await clipSession.close();
    }
    watch.rest("postprocess");
  }
  watch.prompts += tracked.reduce((sum, { steps }) => sum + steps.length, 0);
  return played.map((one) => {
    if (one === undefined) return { failure: "it is in none of the clip's labelled frames" };
    return one.failure === undefined ? outcomeOf(one, clip) : { failure: one.failure };
  });
}

async function promptFirst(
  protocol: VideoProtocol,
  one: Played,
  { frames }: Clip,
  session: TrackSession,
): Promise<void> {
  const done: VideoStep[] = [];
  for (;;) {
    const prompt = protocol.next(one.target, done);
    if (prompt === undefined) return;
    const answer = await session.prompt(one.first, one.id, prompt);
    if (answer.status === "failed") {
      one.failure = `frame ${frames[one.first]!.id}: ${answer.reason}`;
      return;
    }
    done.push({ prompt, answer });
    const { clicks } = prompt;
    const score = iou(answer.mask, one.target.mask);
    one.steps.push({
      at: { clicks: clicks.length },
      sent: sentPrompt(prompt, undefined),
      chosen: 0,
      // A mask that is sent is what the model answers with: its quality is 1, as the authors have it.
      candidates: [{ predicted: answer.predictedIou ?? 1, iou: score }],
      scores: { iou: score },
    });
  }
}

/** One pass forward from the first prompted frame; labelled frames are scored, each while the model works on the next. */
async function track(
  clip: Clip,
  byFrame: Surveyed["byFrame"],
  tracked: readonly Played[],
  session: TrackSession,
  { masks, watch, onFrames = () => undefined }: Pick<TaskContext, "masks" | "watch" | "onFrames">,
): Promise<void> {
  const playedOf = new Map(tracked.map((one) => [one.id, one]));
  const scoreAll = async (frame: number, answers?: ReadonlyMap<string, FramePrediction>) => {
    const { id } = clip.frames[frame]!;
    for (const truth of byFrame.get(frame) ?? []) {
      const one = playedOf.get(truth.id);
      if (one === undefined || one.failure !== undefined) continue;
      const answer = answers?.get(truth.id);
      if (answer?.status === "failed") one.failure = `frame ${id}: ${answer.reason}`;
      else {
        const mask = await truth.mask(id);
        watch.time("score", () =>
          score(one, { frame, id, truth: mask, answer, size: session.size, kept: masks }),
        );
      }
    }
  };
  const from = Math.min(...tracked.map(({ first }) => first));
  // Nothing is asked for before the first prompt: there, nothing is predicted.
  for (const frame of byFrame.keys()) if (frame < from) await scoreAll(frame);
  onFrames(from);
  const steps = session.propagate({ from })[Symbol.asyncIterator]();
  try {
    for (let step = await steps.next(); step.done !== true; ) {
      const { frame, answers } = step.value;
      const [next] = await Promise.all([steps.next(), scoreAll(frame, answers)]);
      watch.frames += 1;
      onFrames(1);
      step = next;
    }
  } finally {
    await steps.return?.();
  }
}

type Answer = Extract<FramePrediction, { readonly status: "ok" }>;

interface Labelled {
  readonly frame: number;
  readonly id: string;
  readonly truth: BitMask | undefined;
  readonly answer: Answer | undefined;
  readonly size: Size;
  readonly kept: boolean;
}

function score(one: Played, { frame, id, answer, kept, ...rest }: Labelled): void {
  const { width, height } = rest.size;
  const truth = rest.truth ?? createMask(width, height);
  if (truth.width !== width || truth.height !== height)
    throw complain({
      where: `frame ${id}, target ${one.id}`,
      what: "mask and frame differ in size",
      expected: `${width}x${height}`,
      got: `${truth.width}x${truth.height}`,
    });
  const predicted = answer?.mask ?? createMask(width, height);
  const center = centerOfMass(truth);
  const { last } = one;
  const moved =
    center === undefined || last === undefined
      ? -1
      : Math.hypot(center.x - last.center.x, center.y - last.center.y) / (frame - last.frame);
  one.last = center && { frame, center };
  one.scorer.add(id, rest.truth, predicted);
  if (!one.scorer.wants(id)) return;
  const step = { at: { clicks: one.steps.at(-1)!.at.clicks }, frame: id };
  const facts = {
    ...{ frame, moved, area: area(truth), predicted: area(predicted), objectScore: answer?.objectScore },
    mask: kept ? { ...step, rle: rleOf(predicted) } : undefined,
  };
  one.frames.set(id, given(facts));
}

function outcomeOf(one: Played, { frames }: Clip): Outcome {
  const scores = one.scorer.scores();
  if ("reason" in scores) return { failure: scores.reason };
  const scored = scores.frames.map((id) => one.frames.get(id)!);
  const list = (key: "frame" | "area" | "predicted" | "moved") => scored.map((frame) => frame[key]);
  const facts: TrackFacts = {
    ...{ frames: frames.length, first: one.first, scored: list("frame"), j: scores.j, f: scores.f },
    ...{ area: list("area"), predicted: list("predicted"), moved: list("moved") },
    // What is not asked for is not there, as the authors' driver has it.
    objectScore: scored.some(({ objectScore }) => objectScore !== undefined)
      ? scored.map(({ objectScore = NOT_THERE }) => objectScore)
      : [],
  };
  const { mask } = one.target;
  const row = {
    ...{ size: { width: mask.width, height: mask.height }, area: area(mask), box: rowBox(tightBox(mask)!) },
    ...{ facts: { ...facts }, steps: one.steps },
  };
  return { row, masks: scored.flatMap((frame) => (frame.mask === undefined ? [] : [frame.mask])) };
}

/** Why a clip has no outcome at all, one for each track. */
export function failedClip({ tracks }: Clip, error: unknown): readonly Outcome[] {
  return tracks.map(() => ({ failure: reasonOf(error) }));
}
