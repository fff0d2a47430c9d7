// What a row says of one target through a clip: lists over the frames that are scored.
import type { ScoredRow } from "./rows.ts";

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

/** What readers are told of the facts of a track that are no measures. */
export const trackFactTitles: Readonly<Record<string, string>> = {
  frames: "Frames of the clip",
  first: "Place of the prompted frame, from 0",
  scored: "Places of the scored frames, from 0",
  area: "Size of the target, px",
  predicted: "Size of the prediction, px",
  moved: "Moved since the frame before, px",
  objectScore: "Object score, logit",
};

/** Of a track whose prompts are known, the frame that they are in, by its place in the clip: "#0". */
export function promptedFrame({
  facts,
  steps,
}: {
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
  readonly steps: readonly { readonly sent?: unknown }[];
}): `#${number}` | undefined {
  const first = Array.isArray(facts?.scored) && steps.at(-1)?.sent !== undefined ? facts.first : undefined;
  return typeof first === "number" ? `#${first}` : undefined;
}

/** Whether a row is of a target that was tracked through a clip. */
export function isTrack(row: ScoredRow): boolean {
  return Array.isArray(row.facts?.scored);
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

/** The row as if its i-th scored frame were the only one. */
export function oneFrame(row: ScoredRow, i: number): ScoredRow {
  const { facts } = row;
  const cut = Object.entries(trackFacts(row)).map(([name, value]) => [
    name,
    Array.isArray(value) && value.length > 0 ? [value[i]] : value,
  ]);
  return { ...row, facts: { ...facts, ...Object.fromEntries(cut) } };
}
