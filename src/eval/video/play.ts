// Plays one protocol on one clip: every target is prompted in its first frame, then all are tracked forward in one pass, and frames are scored as
// they come. A frame's masks are held while it is scored and no longer, so that memory does not grow with the clip.
import { reasonOf } from "../../core/errors.ts";
import type { RowStep } from "../../core/rows.ts";
import type { Clip, FramePrediction, Target, TrackSession, VideoSession } from "../../core/types.ts";
import { iou } from "../../masks/iou.ts";
import { sentPrompt } from "../interactive/step.ts";
import type { Outcome, TaskContext } from "../task.ts";
import { evaluators } from "./evaluators.ts";
import type { VideoProtocol, VideoStep } from "./protocol.ts";
import { NEVER, type ScoredTrack, type Surveyed, scoredTrack } from "./tracks.ts";

/** A target from its first frame on. */
interface Played {
  readonly id: string;
  readonly first: number;
  readonly target: Target;
  readonly scored: ScoredTrack;
  readonly steps: RowStep[];
  failure?: string;
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
  const played = clip.tracks.map((track, i): Played | undefined => {
    const first = firsts[i];
    const { id } = track;
    if (first === undefined || only?.has(id) === false) return undefined;
    const target: Target = { status: "ok", id, mask: first.mask };
    return { id, first: first.frame, target, scored: scoredTrack(track, first, evaluator), steps: [] };
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
    if (one === undefined) return { failure: NEVER };
    return one.failure === undefined
      ? one.scored.outcome(clip.frames.length, one.steps)
      : { failure: one.failure };
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
          one.scored.add({
            ...{ frame, id, truth: mask, size: session.size },
            ...{ predicted: answer?.mask, objectScore: answer?.objectScore },
            kept: masks ? { clicks: one.steps.at(-1)!.at.clicks } : undefined,
          }),
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

/** Why a clip has no outcome at all, one for each track. */
export function failedClip({ tracks }: Clip, error: unknown): readonly Outcome[] {
  return tracks.map(() => ({ failure: reasonOf(error) }));
}
