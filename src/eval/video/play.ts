// Plays a clip: every target is prompted in its first frame, then all are tracked forward in one pass, and frames are scored as they come. A
// frame's masks are held while it is scored and no longer, so that memory does not grow with the clip. Protocols share the pass: targets do
// not see each other, and so the same one may be prompted once for each of them, while a frame's features are computed once.
import { setImmediate as turn } from "node:timers/promises";
import { reasonOf } from "../../core/errors.ts";
import type { RowStep } from "../../core/rows.ts";
import type { Clip, FramePrediction, Target, TrackSession, VideoSession } from "../../core/types.ts";
import { iou } from "../../masks/iou.ts";
import { sentPrompt } from "../interactive/step.ts";
import type { Outcome, TaskContext } from "../task.ts";
import { evaluators } from "./evaluators.ts";
import type { VideoProtocol, VideoStep } from "./protocol.ts";
import { checkSize, NEVER, type ScoredTrack, type Surveyed, scoredTrack } from "./tracks.ts";

/** A target from its first frame on, under one protocol. */
interface Played {
  /** What the model calls it. */
  readonly name: string;
  readonly protocol: VideoProtocol;
  readonly first: number;
  readonly target: Target;
  readonly scored: ScoredTrack;
  readonly steps: RowStep[];
  failure?: string | undefined;
}

/** What a session calls a target under one of the protocols that share its pass. */
export function nameIn(
  protocols: readonly VideoProtocol[],
  { id }: Pick<VideoProtocol, "id">,
  target: string,
) {
  return protocols.length === 1 ? target : `${target} ${id}`;
}

/** An outcome for each track, in order, under each protocol. */
export type ClipOutcomes = ReadonlyMap<VideoProtocol, readonly Outcome[]>;

/** A target that fails does not end the others; a frame that cannot be read ends all, by its name. */
export async function playClip(
  protocols: readonly VideoProtocol[],
  clip: Clip,
  { byFrame, firsts }: Surveyed,
  session: VideoSession,
  context: Pick<TaskContext, "watch" | "masks" | "scoring" | "only" | "onSteps">,
): Promise<ClipOutcomes> {
  const { watch, scoring, only } = context;
  const evaluator = evaluators[scoring.evaluator ?? "vos-benchmark"];
  const played = new Map(
    protocols.map((protocol) => [
      protocol,
      clip.tracks.map((track, i): Played | undefined => {
        const first = firsts[i];
        const { id } = track;
        // Where masks must not overlap, those that are not asked for take their pixels too.
        if (
          first === undefined ||
          typeof first === "string" ||
          (only?.has(id) === false && clip.exclusive !== true)
        )
          return undefined;
        const target: Target = { status: "ok", id, mask: first.mask };
        const scored = scoredTrack(track, first, evaluator);
        const name = nameIn(protocols, protocol, id);
        return { name, protocol, first: first.frame, target, scored, steps: [] };
      }),
    ]),
  );
  const tracked = [...played.values()].flat().filter((one): one is Played => one !== undefined);
  if (tracked.length > 0) {
    const protocolOf = new Map(tracked.map(({ name, protocol }) => [name, protocol.id]));
    const exclusive = clip.exclusive === true && ((name: string) => protocolOf.get(name) ?? "");
    const clipSession = await session.open({ frames: clip.frames }, { cost: watch.graphs, exclusive });
    try {
      // By frame, since a frame's features do not stay for ever.
      for (const one of tracked.toSorted((a, b) => a.first - b.first))
        one.failure = await promptFirst(one, clip, clipSession).catch((error: unknown) => reasonOf(error));
      await track(clip, byFrame, tracked, clipSession, { ...context, protocols: protocols.length });
    } finally {
      await clipSession.close();
    }
    watch.rest("postprocess");
  }
  watch.prompts += tracked.reduce((sum, { steps }) => sum + steps.length, 0);
  const outcomeOf = (one: Played | undefined, i: number): Outcome => {
    const first = firsts[i];
    if (typeof first === "string") return { failure: first };
    if (one === undefined) return { dropped: NEVER };
    const { failure, scored, steps } = one;
    return failure === undefined ? scored.outcome(clip.frames.length, steps) : { failure };
  };
  return new Map([...played].map(([protocol, ones]) => [protocol, ones.map(outcomeOf)]));
}

/** Why the target cannot be tracked; undefined where it can. */
async function promptFirst(
  { name, protocol, first, target, steps }: Played,
  { frames }: Clip,
  session: TrackSession,
): Promise<string | undefined> {
  const { id } = frames[first]!;
  checkSize(target.mask, session.size, `frame ${id}, target ${target.id}`, "mask and frame differ in size");
  const done: VideoStep[] = [];
  for (;;) {
    const prompt = protocol.next(target, done);
    if (prompt === undefined) return undefined;
    const answer = await session.prompt(first, name, prompt);
    if (answer.status === "failed") return `frame ${id}: ${answer.reason}`;
    done.push({ prompt, answer });
    const { clicks } = prompt;
    const score = iou(answer.mask, target.mask);
    steps.push({
      at: { clicks: clicks.length },
      sent: sentPrompt(prompt, undefined),
      chosen: 0,
      // A mask that is sent is what the model answers with: its quality is 1, as the authors have it.
      candidates: [{ predicted: answer.predictedIou ?? 1, iou: score }],
      scores: { iou: score },
    });
  }
}

type Answer = Extract<FramePrediction, { readonly status: "ok" }>;

/** One pass forward from the first prompted frame; labelled frames are scored, each while the model works on the next. */
async function track(
  clip: Clip,
  byFrame: Surveyed["byFrame"],
  tracked: readonly Played[],
  session: TrackSession,
  {
    masks,
    watch,
    protocols,
    onSteps = () => undefined,
  }: Pick<TaskContext, "masks" | "watch" | "onSteps"> & { readonly protocols: number },
): Promise<void> {
  const scoreAll = async (frame: number, answers?: ReadonlyMap<string, FramePrediction>) => {
    const { id } = clip.frames[frame]!;
    // A frame that cannot be played is missing from what is remembered, labelled or not.
    for (const one of tracked) {
      const answer = answers?.get(one.name);
      if (answer?.status === "failed") one.failure ??= `frame ${id}: ${answer.reason}`;
    }
    for (const truth of byFrame.get(frame) ?? []) {
      const ones = tracked.filter(({ target, failure }) => target.id === truth.id && failure === undefined);
      if (ones.length === 0) continue;
      try {
        const mask = await truth.mask(id);
        for (const one of ones) {
          const answer = answers?.get(one.name) as Answer | undefined;
          watch.time("score", () =>
            one.scored.add({
              ...{ frame, id, truth: mask, size: session.size },
              ...{ predicted: answer?.mask, objectScore: answer?.objectScore },
              kept: masks ? { clicks: one.steps.at(-1)!.at.clicks } : undefined,
            }),
          );
        }
      } catch (error) {
        for (const one of ones) one.failure ??= reasonOf(error);
      }
    }
  };
  const going = tracked.filter(({ failure }) => failure === undefined);
  if (going.length === 0) return;
  const from = Math.min(...going.map(({ first }) => first));
  // Nothing is asked for before the first prompt: there, nothing is predicted.
  for (const frame of byFrame.keys()) if (frame < from) await scoreAll(frame);
  onSteps(from);
  const steps = session.propagate({ from })[Symbol.asyncIterator]();
  try {
    for (let step = await steps.next(); step.done !== true; ) {
      const { frame, answers } = step.value;
      watch.frames += protocols;
      onSteps(1);
      const following = steps.next();
      // Once the model has what it is to do next.
      const scoring = turn().then(() => scoreAll(frame, answers));
      const [next] = await Promise.all([following, scoring]);
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
