// Score changes of the candidate and of each of its stages: paired statistics of the reference against four sides.

import type { AnyMeasure } from "../core/measure.ts";
import type {
  AnswerScores,
  ParityChange,
  ParityCompared,
  ParityStep,
  ParityTargetRow,
} from "../core/parity.ts";
import type { PairedMeasure, TargetScore } from "../core/results.ts";
import type { Row } from "../core/rows.ts";
import { type CompareFacts, compareScores, type PairStatistics, type SidedScore } from "../stats/compare.ts";
import { type MeasuredProtocol, targetScore } from "../stats/score-table.ts";
import { withPooledIntervals } from "./estimates.ts";

/** Sides after the reference, in this order. */
const sides = ["free", "trajectory", "encoder", "decoder"] as const satisfies readonly ParityCompared[];

/** A protocol's main measures, and the measures that bound them. `few`: of a curve only what every table shows, what leads first. */
export function comparedMeasures(all: readonly AnyMeasure[], few = false): AnyMeasure[] {
  const shown = all.filter(({ show }) => !few || show === "main");
  const measures = few ? shown.sort((a, b) => Number(b.leads ?? 0) - Number(a.leads ?? 0)) : shown;
  const own = measures.filter(({ name }) => name === measures[0]?.name).map(({ id }) => id);
  return measures.filter(
    ({ id, boundOf }) => own.includes(id) || (boundOf !== undefined && own.includes(boundOf)),
  );
}

/** A row of the reference (0) or of the candidate in its own run (1). */
export function runScore(side: 0 | 1, row: Row, { measures }: MeasuredProtocol): SidedScore {
  return { side, score: targetScore(row, measures) };
}

/**
 * The candidate on the reference's prompts, and the reference's score less what each stage costs: its Shapley
 * value, the mean of the cost of swapping it into the reference and of swapping it out of the candidate.
 * `row`: the reference's.
 */
export function trajectoryScores(
  row: Row,
  { steps }: Pick<ParityTargetRow, "steps">,
  { measures }: MeasuredProtocol,
): SidedScore[] {
  const name = measures[0]?.name ?? "";
  const side = (number: number, scored: (step: ParityStep) => AnswerScores["scores"] | undefined) => ({
    side: number,
    score: scoreOf(row, steps, measures, scored),
  });
  const stage = (number: number, own: "encoder" | "decoder", other: "encoder" | "decoder") =>
    side(number, ({ reference, paths }) => {
      const values = [reference, paths[own], paths[other], paths.candidate].map((one) => one?.scores[name]);
      const [whole, only, without, candidate] = values;
      if (whole === undefined || only === undefined || without === undefined || candidate === undefined)
        return undefined;
      const lost = (whole - only + without - candidate) / 2;
      return { [name]: whole - lost };
    });
  return [
    side(2, ({ paths }) => paths.candidate?.scores),
    stage(3, "encoder", "decoder"),
    stage(4, "decoder", "encoder"),
  ];
}

/** A row of the reference with other scores at its steps; failed where a step has none. */
function scoreOf(
  row: Row,
  steps: readonly ParityStep[],
  measures: readonly AnyMeasure[],
  scored: (step: ParityStep) => AnswerScores["scores"] | undefined,
): TargetScore {
  if (row.status !== "ok") return targetScore(row, measures);
  const scores = steps.map(scored).filter((one) => one !== undefined);
  if (scores.length < row.steps.length)
    return targetScore({ ...row, status: "failed", reason: "a path gave no prediction" }, measures);
  return targetScore(
    { ...row, steps: row.steps.map((step, i) => ({ ...step, scores: scores[i]! })) },
    measures,
  );
}

/**
 * Paired differences from the reference, with intervals: every measure overall, and each protocol's first by
 * benchmark.
 */
export async function parityChanges(
  scores: readonly SidedScore[],
  facts: Omit<CompareFacts, "candidates">,
): Promise<ParityChange[]> {
  const iterate = async function* () {
    yield* scores;
  };
  const pairs = await compareScores(iterate(), { ...facts, candidates: sides });
  const changes = facts.protocols.flatMap(({ id: protocol, measures }) =>
    measures.flatMap(({ id: measure }, m) => {
      const places = ["overall", ...(m === 0 ? facts.benchmarks.map(({ name }) => name) : [])];
      return places.flatMap((where): ParityChange[] => {
        const known = sides.flatMap((side, s) => {
          const found = measured(pairs[s]!, protocol, measure, where);
          return found === undefined ? [] : [[side, found] as const];
        });
        return known.length === 0 ? [] : [{ protocol, measure, where, ...Object.fromEntries(known) }];
      });
    }),
  );
  return withPooledIntervals(changes, scores, facts.protocols, sides);
}

function measured(
  { groups, cells }: PairStatistics,
  protocol: string,
  measure: string,
  where: string,
): PairedMeasure | undefined {
  const place =
    where === "overall"
      ? groups.find((group) => group.kind === "overall" && group.protocol === protocol)
      : cells.find((cell) => cell.benchmark === where && cell.protocol === protocol);
  return place?.measures.find((found) => found.measure === measure);
}
