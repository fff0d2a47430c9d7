// Masks of tracks as JSON records: one for each target and frame, like a run's masks.jsonl.
import { basename, join } from "node:path";
import { complain } from "../core/errors.ts";
import { groupBy } from "../core/group-by.ts";
import type { PredictedClip, PredictedClips } from "./predicted-clips.ts";
import {
  type FoundMask,
  imageFinderIn,
  type RecordChoice,
  readPredictedRecords,
} from "./predicted-records.ts";

export interface PredictedTracks extends PredictedClips {
  /** What the records name, and all of them say of themselves. */
  readonly models: readonly string[];
  readonly protocols: readonly string[];
}

/** The file of records that a path means: itself, or that of a run folder; undefined where it is something else. */
export function tracksFile(path: string, isFile: (path: string) => boolean): string | undefined {
  if (/\.jsonl?$/i.test(path)) return path;
  const run = join(path, "masks.jsonl");
  return isFile(run) ? run : undefined;
}

export async function readPredictedTracks(
  path: string,
  choice: RecordChoice,
  ids: readonly string[],
): Promise<PredictedTracks> {
  const { masks, file, models, protocols } = await readPredictedRecords(path, choice, imageFinderIn(ids));
  const name = basename(path);
  const alone = masks.find(({ frame }) => frame === undefined);
  if (alone !== undefined)
    throw complain(alone.name, "does not say of which frame it is", {
      expected: "{sample, target, frame, rle}",
      got: `a mask of target ${alone.targets[0]} alone`,
    });
  const clips = groupBy(masks, ({ image }) => image);
  return {
    ...{ name, layout: "target", clips: [...clips.keys()], models, protocols },
    of(clip) {
      const own = clips.get(clip);
      if (own === undefined) throw complain(name, "a clip is missing", { code: "not-found", expected: clip });
      return trackOf(name, clip, own);
    },
    fact: async () => file,
  };
}

function trackOf(name: string, clip: string, masks: readonly FoundMask[]): PredictedClip {
  const byTarget = new Map(
    [...groupBy(masks, ({ targets }) => targets[0]!)].map(
      ([target, own]) => [target, new Map(own.map((mask) => [mask.frame!, mask]))] as const,
    ),
  );
  const [any] = byTarget.values();
  const found = (target: string, frame: string) => (byTarget.get(target) ?? any)!.get(frame);
  const nameOf = (target: string, frame: string) =>
    `${found(target, frame)?.name ?? name}, ${clip}, target ${target}, frame ${frame}`;
  return {
    nameOf,
    example: nameOf(masks[0]!.targets[0]!, masks[0]!.frame!),
    has: (target, frame) => found(target, frame) !== undefined,
    async mask(target, frame, size) {
      const mask = await found(target, frame)!.read(size);
      // A target without records was never predicted.
      return byTarget.has(target) ? mask : { ...mask, words: new Uint32Array(mask.words.length) };
    },
    strangers: async (targets) => [...byTarget.keys()].filter((target) => !targets.includes(target)),
  };
}
