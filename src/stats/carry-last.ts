import type { RowRound } from "../core/rows.ts";

/**
 * The round that speaks for `clicks`: the one with so many clicks; where a protocol stops early because the mask is good
 * enough, a target keeps the value it stopped with. undefined where the target has no such round.
 *
 * @example carryLast(rounds, 5) // the round of click 3, if the target stopped there
 */
export function carryLast(rounds: readonly RowRound[], clicks: number): RowRound | undefined {
  return rounds.findLast((round) => round.clicks <= clicks);
}
