import { mean } from "./mean.ts";

/** Scores of all targets at one number of clicks; NaN where a target has none. */
export interface RoundScores {
  readonly clicks: number;
  readonly scores: ArrayLike<number>;
}

/** Means over some of the targets; one without a score in a round is not part of that round's mean, null where none has one. */
export function meanOfMembers(
  members: readonly number[],
  rounds: readonly RoundScores[],
): { clicks: number; miou: number | null }[] {
  return rounds.map(({ clicks, scores }) => {
    const own = members.map((i) => scores[i]!).filter((score) => !Number.isNaN(score));
    return { clicks, miou: own.length === 0 ? null : mean(own) };
  });
}
