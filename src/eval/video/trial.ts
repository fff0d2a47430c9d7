// How long frames take, from a few of them: what a run of clips will take is known before it starts.
import { mean } from "../../core/numbers.ts";
import type { Clip, VideoSession } from "../../core/types.ts";
import { Stopwatch } from "../stopwatch.ts";
import type { Trial } from "../task.ts";
import { playClip } from "./play.ts";
import type { VideoProtocol } from "./protocol.ts";
import { survey } from "./tracks.ts";

/** After this, three frames are enough. */
const MILLISECONDS = 10_000;

/** Plays the first frames in which the clip has a target; undefined where it has none there, or none can be played. */
export async function tryClip(
  clip: Clip,
  session: VideoSession,
  protocols: readonly VideoProtocol[],
  { clock, steps: count }: { readonly clock: () => number; readonly steps: number },
): Promise<Trial | undefined> {
  const { firsts } = await survey(clip);
  const first = Math.min(...firsts.flatMap((one) => (typeof one === "object" ? [one.frame] : [])));
  if (!Number.isFinite(first)) return undefined;
  const frames = clip.frames.slice(first, first + count);
  const ids = new Set(frames.map(({ id }) => id));
  const tracks = clip.tracks.map((track) => ({
    ...track,
    labelled: track.labelled.filter((id) => ids.has(id)),
  }));
  const short: Clip = { ...clip, frames, tracks };
  const marks: number[] = [];
  const watch = new Stopwatch(clock);
  const stopped = new Error("long enough");
  const onSteps = (done: number) => {
    if (done === 1) marks.push(clock());
    if (marks.length > 2 && clock() - marks[0]! > MILLISECONDS) throw stopped;
  };
  try {
    await playClip(protocols, short, await survey(short), session, {
      watch,
      masks: false,
      scoring: {},
      onSteps,
    });
  } catch (error) {
    if (error !== stopped) return undefined;
  }
  const times = marks.slice(1).map((at, i) => at - marks[i]!);
  return times.length === 0 ? undefined : { perStep: withFullMemory(times), steps: marks.length };
}

/** Frames that SAM 2 remembers. */
const MEMORIES = 7;

/** A frame takes the longer the more is remembered, which is one frame more in each of the first ones: the line through their times goes on to where memory is full. */
function withFullMemory(times: readonly number[]): number {
  const growing = times.slice(0, MEMORIES);
  const full = times.slice(MEMORIES);
  if (full.length > 0) return mean(full);
  const n = growing.length;
  const middle = (n - 1) / 2;
  const steps = growing.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  const slope = steps === 0 ? 0 : growing.reduce((sum, time, i) => sum + (i - middle) * time, 0) / steps;
  return mean(growing) + Math.max(0, slope) * (MEMORIES - 1 - middle);
}
