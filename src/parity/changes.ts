import type { PairedMeasure } from "../core/comparison.ts";
import type { ParityChange } from "../core/parity.ts";
import { type CompareFacts, compareScores, type PairStatistics, type SidedScore } from "../stats/compare.ts";
import { type ScoredSide, scoredSides } from "./scores.ts";

/** Every measure overall, and each protocol's first by benchmark: paired differences from the reference with intervals. */
export async function parityChanges(
  scores: readonly SidedScore[],
  facts: Omit<CompareFacts, "candidates">,
): Promise<ParityChange[]> {
  const iterate = async function* () {
    yield* scores;
  };
  const pairs = await compareScores(iterate(), { ...facts, candidates: scoredSides });
  return facts.protocols.flatMap(({ id: protocol, measures }) =>
    measures.flatMap(({ id: measure }, m) => {
      const places = ["overall", ...(m === 0 ? facts.benchmarks.map(({ name }) => name) : [])];
      return places.flatMap((where): ParityChange[] => {
        const sides = scoredSides.flatMap((side, s) => {
          const found = measured(pairs[s]!, protocol, measure, where);
          return found === undefined ? [] : [[side, found] as const];
        });
        const known = Object.fromEntries(sides) as Partial<Record<ScoredSide, PairedMeasure>>;
        return sides.length === 0 ? [] : [{ protocol, measure, where, ...known }];
      });
    }),
  );
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
