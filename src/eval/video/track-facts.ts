// What a row says of one target through a clip: lists over the frames that are scored, and which those are.
import type { ScoredRow } from "../../core/rows.ts";

/** All lists are of one length, an entry for each scored frame in their order. */
export interface TrackFacts {
  /** Frames of the clip. */
  readonly frames: number;
  /** Place of the prompted frame in the clip, from 0. */
  readonly first: number;
  /** Places in the clip. */
  readonly scored: readonly number[];
  /** Region similarity J, and contour accuracy F. */
  readonly j: readonly number[];
  readonly f: readonly number[];
  /** Foreground pixels of the target; 0 where it is not there. */
  readonly area: readonly number[];
  /** The same of what was predicted. */
  readonly predicted: readonly number[];
  /** Distance of the target's centre from where it was in the labelled frame before, per frame, in pixels; -1 where it was not there. */
  readonly moved: readonly number[];
  /** Logit of the target being there; empty where the model does not say. */
  readonly objectScore: readonly number[];
}

/** The facts of a row of this task. */
export function trackFacts({ facts }: ScoredRow): TrackFacts {
  return facts as unknown as TrackFacts;
}

/** What contradicts itself in a row's facts. */
export function factProblems(row: ScoredRow): readonly string[] {
  const { frames, first, scored, j, f, area, predicted, moved, objectScore } = trackFacts(row);
  const lists = { j, f, area, predicted, moved, objectScore };
  const problems: string[] = [];
  if (!(frames > 0) || !(first >= 0 && first < frames))
    problems.push("its first frame is not one of the clip's");
  if (scored === undefined) return [...problems, "there is no list of scored frames"];
  for (const [name, list] of Object.entries(lists)) {
    const none = name === "objectScore" && list?.length === 0;
    if (!none && list?.length !== scored.length)
      problems.push(`${name} is not a number for each scored frame`);
  }
  if (scored.some((frame, i) => frame < 0 || frame >= frames || (i > 0 && frame <= scored[i - 1]!)))
    problems.push("scored frames are not in the clip's order");
  if ([...(j ?? []), ...(f ?? [])].some((value) => !(value >= 0 && value <= 1)))
    problems.push("J or F is not in [0, 1]");
  return problems;
}

// Which labelled frames of a target count, by the rules of the programs that people's numbers come from.

/** A target in the labelled frames of its clip, in their order. */
export interface Labelled {
  /** Whether the target is there. */
  readonly truth: readonly boolean[];
  /** Whether anything is predicted. */
  readonly predicted: readonly boolean[];
}

/** Places among the labelled frames, ascending. */
export type FrameRule = (labelled: Labelled) => readonly number[];

const inner = (count: number) => Array.from({ length: Math.max(0, count - 2) }, (_, i) => i + 1);

export const frameRules = {
  /** davis2017-evaluation, semi-supervised: all labelled frames but the first and the last of the clip, whether the target is there or not. */
  davis2017: ({ truth }) => inner(truth.length),
  /** vos-benchmark: the same frames, but of a target only from where it is first seen in either the truth or the prediction. */
  "vos-benchmark": ({ truth, predicted }) => {
    const frames = inner(truth.length);
    const seen = frames.find((i) => truth[i] || predicted[i]);
    return seen === undefined ? [] : frames.filter((i) => i >= seen);
  },
} satisfies Readonly<Record<string, FrameRule>>;

export type FrameRuleName = keyof typeof frameRules;
