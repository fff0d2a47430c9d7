import type { RowRound } from "../core/rows.ts";

export interface Ambiguity {
  /** Oracle minus selected. */
  readonly gap: number;
  /** 1 where the selected mask is the best one (or as good), else 0. */
  readonly correct: 0 | 1;
}

/**
 * What choosing among the candidates costs, in the first round that has an oracle (one click, ambiguity-aware masks).
 * The mean of `gap` is the ambiguity gap, the mean of `correct` the selection accuracy. undefined without an oracle.
 *
 * @example ambiguity([{ selected: 0.5, oracle: 0.75, ... }]) // {gap: 0.25, correct: 0}
 */
export function ambiguity(rounds: readonly Pick<RowRound, "selected" | "oracle">[]): Ambiguity | undefined {
  for (const { selected, oracle } of rounds)
    if (oracle !== undefined) return { gap: oracle - selected, correct: selected === oracle ? 1 : 0 };
  return undefined;
}
