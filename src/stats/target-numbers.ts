import { nocDefaults } from "../core/defaults.ts";
import type { RowRound, ScoredRow } from "../core/rows.ts";
import { type Ambiguity, ambiguity } from "./ambiguity.ts";
import { carryLast } from "./carry-last.ts";
import { clicksToQuality, countsClicks } from "./clicks-to-quality.ts";
import { type DrawNumbers, drawNumbers } from "./draws.ts";
import { mean } from "./mean.ts";
import { selectedCandidate } from "./selected-candidate.ts";

/** One target at one number of clicks. */
export interface RoundNumbers {
  readonly selected: number;
  readonly oracle: number | undefined;
  readonly dice: number;
  readonly boundary: number;
}

/** What statistics need of a scored row: a few numbers, so that millions of rows fit in memory. */
export interface TargetNumbers {
  /** One per reported number of clicks; undefined where the row has no such round. */
  readonly rounds: readonly (RoundNumbers | undefined)[];
  readonly ambiguity: Ambiguity | undefined;
  /** One per quality target, for protocols that count clicks; undefined where unreached. */
  readonly noc: readonly (number | undefined)[] | undefined;
  readonly draws: (DrawNumbers & { readonly count: number }) | undefined;
  /** Predicted and actual IoU of the candidate that counts, in the round of a single click. */
  readonly single: { readonly predicted: number; readonly actual: number } | undefined;
}

/** Boils a row down. Draws of one prompt (box jitter, eroded and dilated masks) make one round: their mean. */
export function targetNumbers({ protocol, rounds }: ScoredRow, reported: readonly number[]): TargetNumbers {
  const counting = countsClicks(protocol);
  const drawn = rounds.filter(({ draw }) => draw !== undefined);
  const single = rounds.find(({ clicks, draw }) => clicks === 1 && draw === undefined);
  return {
    rounds: reported.map((clicks) => roundNumbers(rounds, clicks, counting)),
    ambiguity: ambiguity(rounds),
    noc: counting ? nocDefaults.targets.map((iou) => clicksToQuality(rounds, iou)) : undefined,
    draws:
      drawn.length === 0
        ? undefined
        : { ...drawNumbers(drawn.map(({ selected }) => selected)), count: drawn.length },
    single: single === undefined ? undefined : predictionOf(single),
  };
}

function roundNumbers(rounds: readonly RowRound[], clicks: number, carry: boolean): RoundNumbers | undefined {
  const exact = rounds.filter((round) => round.clicks === clicks);
  if (exact.length === 0) {
    const last = carry ? carryLast(rounds, clicks) : undefined;
    // The oracle belongs to its own prompt; it is not carried on.
    return last === undefined ? undefined : { ...pick(last), oracle: undefined };
  }
  if (exact.length === 1) return pick(exact[0]!);
  const average = (value: (round: RowRound) => number) => mean(exact.map(value));
  const oracles = exact.flatMap(({ oracle }) => (oracle === undefined ? [] : [oracle]));
  return {
    selected: average(({ selected }) => selected),
    oracle: oracles.length === exact.length ? mean(oracles) : undefined,
    dice: average(({ dice }) => dice),
    boundary: average(({ boundary }) => boundary),
  };
}

function pick({ selected, oracle, dice, boundary }: RowRound): RoundNumbers {
  return { selected, oracle, dice, boundary };
}

function predictionOf({ predicted, candidates }: RowRound) {
  const chosen = selectedCandidate(predicted);
  return { predicted: predicted[chosen]!, actual: candidates[chosen]! };
}
