// Scores tracks that were made elsewhere: the same rows as a model's, without a model.
import { complain, reasonOf } from "../../core/errors.ts";
import type { Clip } from "../../core/types.ts";
import type { ClipReading, PredictedClip, PredictedClips } from "../../formats/predicted-clips.ts";
import { sampleRows } from "../evaluate-sample.ts";
import type { EvaluationSettings, Outcome, StepMask, UnitJob, UnitResult } from "../task.ts";
import { type Evaluator, evaluators } from "./evaluators.ts";
import { NEVER, type ScoredTrack, scoredTrack, survey } from "./tracks.ts";

/** The protocol that tracks made elsewhere are declared to follow: what their first frame was prompted with. */
export interface DeclaredTracks {
  readonly id: string;
  /** Clicks of its last prompt. */
  readonly clicks: number;
}

export interface ClipScoring extends EvaluationSettings<DeclaredTracks> {
  readonly predictions: PredictedClips;
  /** How the benchmark's own files are read. */
  readonly reading: ClipReading;
}

export interface ScoredClip extends UnitResult {
  /** Names of predictions without a target. */
  readonly unknown: readonly string[];
  readonly problems: readonly string[];
  /** Ids of the clip's targets. */
  readonly targets: readonly string[];
}

/** Scores masks made elsewhere against the targets of a clip; whatever is wrong with them becomes a row's reason. */
export async function scoreClip(
  job: UnitJob<Clip>,
  { predictions, reading, masks, ...settings }: ClipScoring,
): Promise<ScoredClip> {
  const { unit, scoring = {} } = job;
  const evaluator = evaluators[scoring.evaluator ?? "vos-benchmark"];
  let [unknown, targets]: [readonly string[], readonly string[]] = [[], []];
  const result = await sampleRows(
    job,
    settings,
    ({ tracks }) => tracks.map(({ id, category }) => ({ status: "ok", id, ...(category && { category }) })),
    async (clip, watch) => {
      targets = clip.tracks.map(({ id }) => id);
      return {
        async evaluate({ clicks }) {
          try {
            const predicted = predictions.of(unit.sample, reading);
            const kept = masks ? { clicks } : undefined;
            watch.frames += new Set(clip.tracks.flatMap(({ labelled }) => labelled)).size;
            const outcomes = await watch.wait("score", () => scoreTracks(clip, predicted, evaluator, kept));
            unknown = await predicted.strangers(targets);
            return outcomes;
          } catch (error) {
            return clip.tracks.map(() => ({ failure: reasonOf(error) }));
          }
        },
      };
    },
  );
  return { ...result, unknown, problems: [], targets };
}

/** An outcome for each track, in the clip's order. A track whose files cannot be read fails alone. */
export async function scoreTracks(
  clip: Pick<Clip, "frames" | "tracks">,
  predicted: PredictedClip,
  evaluator: Evaluator,
  kept?: StepMask["at"],
): Promise<readonly Outcome[]> {
  const { byFrame, firsts } = await survey(clip);
  const scored = new Map<string, ScoredTrack>();
  const failed = new Map<string, string>();
  const absent = new Set<string>();
  for (const [i, track] of clip.tracks.entries()) {
    const first = firsts[i];
    if (first === undefined) absent.add(track.id);
    else if (typeof first === "string") failed.set(track.id, first);
    else {
      const one = scoredTrack(track, first, evaluator);
      scored.set(track.id, one);
      const problem = filesMissing(track.id, track.labelled.filter(one.wants), predicted);
      if (problem !== undefined) failed.set(track.id, problem);
    }
  }
  const firstOf = new Map(clip.tracks.map(({ id }, i) => [id, firsts[i]]));
  for (const [frame, labelled] of byFrame) {
    const { id } = clip.frames[frame]!;
    for (const track of labelled) {
      const [one, first] = [scored.get(track.id), firstOf.get(track.id)];
      if (one === undefined || typeof first !== "object" || failed.has(track.id)) continue;
      const { width, height } = first.mask;
      const about = { frame, id, size: { width, height } };
      try {
        // In a frame that is not evaluated only the target's place matters, and of those before its first frame that is known.
        if (!one.wants(id)) {
          if (frame <= first.frame)
            one.add({ ...about, truth: frame === first.frame ? first.mask : undefined });
          continue;
        }
        // Both at once: one is inflated while the other is read.
        const [truth, mask] = await Promise.all([track.mask(id), predicted.mask(track.id, id, about.size)]);
        one.add({ ...about, truth, predicted: mask, where: predicted.nameOf(track.id, id), kept });
      } catch (error) {
        failed.set(track.id, reasonOf(error));
      }
    }
  }
  return clip.tracks.map(({ id }) => {
    if (absent.has(id)) return { dropped: NEVER };
    const failure = failed.get(id);
    return failure === undefined ? scored.get(id)!.outcome(clip.frames.length, []) : { failure };
  });
}

/** Why a target cannot be scored, before any file is read. */
function filesMissing(
  target: string,
  frames: readonly string[],
  predicted: PredictedClip,
): string | undefined {
  const missing = frames.filter((frame) => !predicted.has(target, frame));
  const [first] = missing;
  if (first === undefined) return undefined;
  const what =
    missing.length === frames.length
      ? "there is no mask of any frame that counts"
      : `there is no mask of ${missing.length} of the ${frames.length} frames that count`;
  const { example } = predicted;
  return reasonOf(
    complain(`target ${target}`, what, {
      expected: predicted.nameOf(target, first),
      got: missing.length === frames.length && example !== undefined ? `masks like ${example}` : "none",
    }),
  );
}
