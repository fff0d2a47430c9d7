import type {
  Changed,
  Measure,
  PairedMeasure,
  Pairing,
  ProtocolMeasures,
  Tally,
} from "../core/comparison.ts";
import { comparisonDefaults } from "../core/defaults.ts";
import { detectableDifference } from "./detectable-difference.ts";
import { type BootstrapOptions, type ColumnEstimate, estimateColumns, meansOf } from "./estimate.ts";
import { sum } from "./mean.ts";
import { pairingOf } from "./pairing.ts";
import type { BenchmarkTable, SideScores } from "./score-table.ts";
import { signFlipP, signFlipSums } from "./sign-flip.ts";
import { textRanks } from "./text-ranks.ts";

export interface CompareOptions extends BootstrapOptions {
  /** Seed of the sign flips; `seed` is the bootstrap's. */
  readonly flipSeed: string;
  readonly flips: number;
  /** Besides comparisonDefaults.changed: by how much a score must have moved to be counted as changed. */
  readonly changedBy: (measure: Measure) => readonly number[];
}

/** A measure of one benchmark, and what means over benchmarks are made from. */
export interface MeasureResult {
  readonly measure: Measure;
  readonly paired: PairedMeasure;
  /** Of the differences. */
  readonly column: ColumnEstimate;
  /** Each cluster's part of the mean difference, and its sum under random sign patterns. */
  readonly parts: Float64Array;
  readonly flipped: Float64Array;
}

export interface CellComparison {
  readonly benchmark: string;
  readonly protocol: string;
  readonly pairing: Pairing;
  readonly measures: readonly MeasureResult[];
}

/**
 * Base and candidate on one benchmark under every protocol. Both models are resampled together: the interval is that of
 * the mean paired difference over whole clusters, so what an image has in common for both cancels. All protocols and
 * measures share the draws and the sign patterns, which depend on the benchmark's name and its clusters alone.
 */
export function compareBenchmark(
  table: BenchmarkTable,
  candidate: number,
  protocols: readonly ProtocolMeasures[],
  options: CompareOptions,
): CellComparison[] {
  const clusters = textRanks(table.clusters);
  const columns = protocols.flatMap(({ id, measures }) => {
    const sides = table.protocols.get(id)!;
    return measures.map((measure, m) =>
      pairColumn(id, measure, m, sides[0]!, sides[candidate]!, clusters.length),
    );
  });
  const scored = columns.filter(({ n }) => n > 0);
  const seed = `${options.seed}\n${table.name}`;
  const differences = scored.map(({ difference }) => difference);
  const estimates = estimateColumns(clusters, differences, { ...options, seed });
  const parts = scored.map(({ difference, n }) => partsOf(clusters, difference, n));
  const flipOptions = { seed: `${options.flipSeed}\n${table.name}`, draws: options.flips };
  const flipped = signFlipSums(parts, flipOptions);
  const results = scored.map((column, c): MeasureResult & { protocol: string } => ({
    protocol: column.protocol,
    measure: column.measure,
    paired: pairedMeasure(column, estimates[c]!, parts[c]!, flipped[c]!, options),
    column: estimates[c]!,
    parts: parts[c]!,
    flipped: flipped[c]!,
  }));
  return protocols.map(({ id }) => {
    const [base, other] = [table.protocols.get(id)![0]!, table.protocols.get(id)![candidate]!];
    return {
      benchmark: table.name,
      protocol: id,
      pairing: pairingOf(table, base, other),
      measures: results.filter(({ protocol }) => protocol === id),
    };
  });
}

interface PairColumn {
  readonly protocol: string;
  readonly measure: Measure;
  /** Candidate minus base; NaN without a pair. */
  readonly difference: Float64Array;
  readonly base: number;
  readonly candidate: number;
  readonly n: number;
}

/** One measure of all targets, and both means over its pairs. */
function pairColumn(
  protocol: string,
  measure: Measure,
  m: number,
  base: SideScores,
  candidate: SideScores,
  targets: number,
): PairColumn {
  const [a, b] = [base.columns[m]!, candidate.columns[m]!];
  const difference = new Float64Array(targets).map((_, n) => (b[n] ?? Number.NaN) - (a[n] ?? Number.NaN));
  const paired = (column: readonly number[]) => column.filter((_, n) => !Number.isNaN(difference[n]!));
  const [mine, theirs] = [paired(a), paired(b)];
  const n = mine.length;
  return { protocol, measure, difference, base: sum(mine) / n, candidate: sum(theirs) / n, n };
}

/** Sum of a cluster's differences / number of pairs: the parts add up to the mean. */
function partsOf(clusters: readonly number[], difference: Float64Array, n: number): Float64Array {
  const parts = new Float64Array(clusters.reduce((most, rank) => Math.max(most, rank), -1) + 1);
  for (const [i, cluster] of clusters.entries()) {
    const d = difference[i]!;
    if (!Number.isNaN(d)) parts[cluster] = parts[cluster]! + d / n;
  }
  return parts;
}

function pairedMeasure(
  { measure, difference, base, candidate }: PairColumn,
  { estimate, draws }: ColumnEstimate,
  parts: Float64Array,
  flipped: Float64Array,
  options: CompareOptions,
): PairedMeasure {
  const common = measure.metric === "noc" ? comparisonDefaults.changedClicks : comparisonDefaults.changed;
  const limits = [...new Set([common, ...options.changedBy(measure)])].sort((a, b) => a - b);
  return {
    measure: measure.id,
    base,
    candidate,
    difference: estimate!,
    ...signFlipP(parts, () => flipped, comparisonDefaults.exactClusters),
    ...(draws === undefined ? {} : { detectable: detectableDifference(meansOf(draws)) }),
    targets: tally(difference, measure.better),
    changed: limits.map((by) => changedBy(difference, by, measure.better)),
  };
}

/** How many differences speak for the candidate; NaN counts nowhere. */
export function tally(differences: Iterable<number>, better: Measure["better"]): Tally {
  let [up, same, down] = [0, 0, 0];
  for (const d of differences)
    if (d > 0) up += 1;
    else if (d < 0) down += 1;
    else if (d === 0) same += 1;
  return better === "higher" ? { better: up, same, worse: down } : { better: down, same, worse: up };
}

/** A difference of exactly `by` is not more than `by`, whatever rounding did to the subtraction. */
function changedBy(differences: Float64Array, by: number, better: Measure["better"]): Changed {
  const limit = by + 1e-9;
  const moved = differences.filter((d) => Math.abs(d) > limit);
  const { better: gained, worse } = tally(moved, better);
  return { by, better: gained, worse };
}
