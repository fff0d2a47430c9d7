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
  { clock, frames: count }: { readonly clock: () => number; readonly frames: number },
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
  const onFrames = (done: number) => {
    if (done === 1) marks.push(clock());
    if (marks.length > 2 && clock() - marks[0]! > MILLISECONDS) throw stopped;
  };
  try {
    await playClip(protocols, short, await survey(short), session, {
      watch,
      masks: false,
      scoring: {},
      onFrames,
    });
  } catch (error) {
    if (error !== stopped) return undefined;
  }
  const times = marks.slice(1).map((at, i) => at - marks[i]!);
  // What is remembered grows with the first frames, and so does a frame's time.
  const last = times.slice(Math.floor(times.length / 2));
  return last.length === 0 ? undefined : { perFrame: mean(last), frames: marks.length };
}
