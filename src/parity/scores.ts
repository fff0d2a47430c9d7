// What each side of the comparison scored on a target, in the form in which the paired statistics take it.
import type { Measure, TargetScore } from "../core/comparison.ts";
import type { ParityTargetRow } from "../core/parity.ts";
import type { Row, RowRound, ScoredRow } from "../core/rows.ts";
import type { SidedScore } from "../stats/compare.ts";
import { scoreOf } from "../stats/measures.ts";

/** Sides after the reference, in this order. */
export const scoredSides = ["free", "trajectory", "encoder", "decoder"] as const;
export type ScoredSide = (typeof scoredSides)[number];

export interface ScoredProtocol {
  readonly id: string;
  readonly reported: readonly number[];
  readonly measures: readonly Measure[];
}

/** Rows of the reference and of the candidate running freely. */
export function runScores(side: 0 | 1, row: Row, { reported, measures }: ScoredProtocol): SidedScore {
  return { side, score: scoreOf(row, reported, measures) };
}

/**
 * The candidate on the reference's prompts, and what each stage takes away from the reference's score: its Shapley value,
 * half of what exchanging it costs in the reference and half of what it costs in the candidate.
 */
export function trajectoryScores(row: ParityTargetRow, protocol: ScoredProtocol): SidedScore[] {
  const pick = (
    side: number,
    value: (round: ParityTargetRow["rounds"][number]) => Partial<RowRound> | undefined,
  ) => ({
    side,
    score: score(row, protocol, value),
  });
  return [
    pick(2, ({ paths: { candidate } }) =>
      candidate === undefined
        ? undefined
        : {
            selected: candidate.selected,
            ...(candidate.oracle === undefined ? {} : { oracle: candidate.oracle }),
          },
    ),
    ...(["encoder", "decoder"] as const).map((stage, i) =>
      pick(3 + i, ({ reference, paths: { candidate, encoder, decoder } }) => {
        if (candidate === undefined || encoder === undefined || decoder === undefined) return undefined;
        const [only, without] = stage === "encoder" ? [encoder, decoder] : [decoder, encoder];
        const lost = (reference.selected - only.selected + without.selected - candidate.selected) / 2;
        return { selected: reference.selected - lost };
      }),
    ),
  ];
}

function score(
  row: ParityTargetRow,
  { reported, measures }: ScoredProtocol,
  value: (round: ParityTargetRow["rounds"][number]) => Partial<RowRound> | undefined,
): TargetScore {
  const rounds = row.rounds.flatMap((round) => {
    const found = value(round);
    if (found === undefined) return [];
    const { clicks, draw } = round;
    const unread = { predicted: [0], candidates: [0], dice: 0, boundary: 0 };
    return [{ clicks, ...(draw === undefined ? {} : { draw }), ...unread, ...found }];
  });
  const { benchmark, protocol, image, cluster, target } = row;
  if (rounds.length < row.rounds.length)
    return { benchmark, protocol, image, cluster, target, status: "failed", scores: [] };
  // Scores are read off clicks, draws, IoU and oracle alone.
  return scoreOf({ ...row, model: "", status: "ok", rounds } as unknown as ScoredRow, reported, measures);
}
