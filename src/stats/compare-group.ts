import type { BenchmarkMeasure, Changed, ComparedGroup, GroupMeasure, Tally } from "../core/comparison.ts";
import { comparisonDefaults } from "../core/defaults.ts";
import { type CellComparison, type MeasureResult, tally } from "./compare-benchmark.ts";
import { detectableDifference } from "./detectable-difference.ts";
import { mean } from "./mean.ts";
import { addPairings } from "./pairing.ts";
import { signFlipP } from "./sign-flip.ts";
import { macroEstimate, macroMeans } from "./suite.ts";

/** A measure's result on one benchmark and its corrected p-value. */
interface Member extends MeasureResult {
  readonly holm: number;
}

/**
 * The unweighted mean over benchmarks of one protocol: every benchmark counts the same, however large. Interval: clusters are
 * resampled within each benchmark. Test: signs are flipped within each benchmark, the statistic is the macro mean.
 */
export function compareGroup(
  group: Pick<ComparedGroup, "kind" | "name" | "protocol">,
  cells: readonly CellComparison[],
  holm: (cell: CellComparison, measure: string) => number,
  level: number,
): ComparedGroup {
  const ids = [...new Set(cells.flatMap(({ measures }) => measures.map(({ measure }) => measure.id)))];
  const measures = ids.map((id) => {
    const members = cells.flatMap((cell) =>
      cell.measures
        .filter(({ measure }) => measure.id === id)
        .map((result): Member => ({ ...result, holm: holm(cell, id) })),
    );
    return groupMeasure(members, level);
  });
  return { ...group, pairing: addPairings(cells.map(({ pairing }) => pairing)), measures };
}

function groupMeasure(members: readonly Member[], level: number): GroupMeasure {
  const { measure } = members[0]!;
  const columns = members.map(({ column }) => column);
  const means = macroMeans(columns);
  const add = (pick: (member: Member) => number) => members.reduce((sum, member) => sum + pick(member), 0);
  const clear = members.filter(({ holm: p }) => p < comparisonDefaults.alpha);
  const { better, worse } = tally(clear.map(differenceOf), measure.better);
  return {
    measure: measure.id,
    base: mean(members.map(({ paired }) => paired.base)),
    candidate: mean(members.map(({ paired }) => paired.candidate)),
    difference: macroEstimate(columns, level)!,
    ...macroP(members),
    ...(means === undefined ? {} : { detectable: detectableDifference(means) }),
    targets: {
      better: add(({ paired }) => paired.targets.better),
      same: add(({ paired }) => paired.targets.same),
      worse: add(({ paired }) => paired.targets.worse),
    } satisfies Tally,
    changed: members[0]!.paired.changed.map(
      ({ by }, i): Changed => ({
        by,
        better: add(({ paired }) => paired.changed[i]!.better),
        worse: add(({ paired }) => paired.changed[i]!.worse),
      }),
    ),
    benchmarks: tally(members.map(differenceOf), measure.better),
    clear: { better, worse },
  };
}

const differenceOf = ({ paired }: Member) => paired.difference.value;

/** The macro mean is the sum of all clusters' parts / number of benchmarks, so its flips are the benchmarks' flips added up. */
function macroP(members: readonly Member[]) {
  const share = 1 / members.length;
  const parts = Float64Array.from(members.flatMap((member) => [...member.parts].map((part) => part * share)));
  const flipped = () =>
    members[0]!.flipped.map((_, draw) =>
      members.reduce((sum, member) => sum + member.flipped[draw]! * share, 0),
    );
  return signFlipP(parts, flipped, comparisonDefaults.exactClusters);
}

/** A cell's public part, with the corrected p-values of its measures. */
export function withHolm(
  { benchmark, protocol, pairing, measures }: CellComparison,
  holm: (measure: string) => number,
) {
  return {
    benchmark,
    protocol,
    pairing,
    measures: measures.map(({ paired }): BenchmarkMeasure => ({ ...paired, holm: holm(paired.measure) })),
  };
}
