// Base and candidate on one benchmark, and means over several.

import { comparisonDefaults } from "../core/defaults.ts";
import { given } from "../core/given.ts";
import type { AnyMeasure, MeasureNote } from "../core/measure.ts";
import { mean, sum } from "../core/numbers.ts";
import type {
  Changed,
  ComparedCell,
  ComparedGroup,
  GroupMeasure,
  PairedMeasure,
  Pairing,
  Tally,
} from "../core/results.ts";
import { type BootstrapOptions, drawValues } from "./bootstrap.ts";
import { textRanks } from "./columns.ts";
import {
  bootstrapAll,
  detectableOf,
  drawsOf,
  type Estimated,
  estimateOf,
  isUneven,
  macroDraws,
  macroEstimate,
  placeIn,
  type Size,
} from "./estimate.ts";
import { pairOf, type RankedPair, type SumPair } from "./paired.ts";
import { holm, type SwapTest, signFlipSums, swapTest } from "./permutation.ts";
import { addPairings, type BenchmarkTable, type MeasuredProtocol, pairingOf } from "./score-table.ts";

export interface CompareOptions extends BootstrapOptions {
  /** Seed of the swaps; `seed` is the bootstrap's. */
  readonly flipSeed: string;
  readonly flips: number;
  /** Besides comparisonDefaults.changed: by how much a score must have moved to be counted as changed. */
  readonly changedBy: (measure: MeasureNote) => readonly number[];
}

/** A measure of one benchmark, and what means over benchmarks are made from. */
export interface MeasureResult {
  readonly measure: AnyMeasure;
  readonly paired: PairedMeasure;
  /** Of the difference. */
  readonly estimated: Estimated;
  readonly test: SwapTest;
}

export interface CellComparison {
  readonly benchmark: string;
  readonly protocol: string;
  readonly pairing: Pairing;
  readonly measures: readonly MeasureResult[];
}

interface FoundPair {
  readonly protocol: string;
  readonly measure: AnyMeasure;
  readonly pair: SumPair | RankedPair;
}

/**
 * Base and candidate on one benchmark under every protocol. Both models are resampled together: the interval is that of
 * the difference over whole clusters, so what an image has in common for both cancels. All protocols and
 * measures share the draws and the swaps, which depend on the benchmark's name and its clusters alone.
 */
export function compareBenchmark(
  table: BenchmarkTable,
  candidate: number,
  protocols: readonly MeasuredProtocol[],
  options: CompareOptions,
): CellComparison[] {
  const clusters = textRanks(table.clusters);
  const targets = { clusters, count: clusters.reduce((most, rank) => Math.max(most, rank + 1), 0) };
  const pairs = protocols.flatMap(({ id, measures }) => {
    const [base, other] = [table.protocols.get(id)![0]!, table.protocols.get(id)![candidate]!];
    return measures.flatMap((measure, m): FoundPair[] => {
      const pair = pairOf(measure, base.columns[m]!, other.columns[m]!, targets);
      return pair === undefined ? [] : [{ protocol: id, measure, pair }];
    });
  });
  const results = measured(pairs, {
    ...options,
    seed: `${options.seed}\n${table.name}`,
    flipSeed: `${options.flipSeed}\n${table.name}`,
    grouped: table.clusters.some((cluster, i) => cluster !== table.samples[i]) || protocols[0]?.samples,
  });
  return protocols.map(({ id }) => {
    const [base, other] = [table.protocols.get(id)![0]!, table.protocols.get(id)![candidate]!];
    return {
      benchmark: table.name,
      protocol: id,
      pairing: pairingOf(table, base, other),
      measures: pairs.flatMap(({ protocol }, i) => (protocol === id ? [results[i]!] : [])),
    };
  });
}

/** Draws and swaps of all pairs of a benchmark at once. */
function measured(
  pairs: readonly FoundPair[],
  options: CompareOptions & Pick<Size, "grouped">,
): MeasureResult[] {
  const summed = pairs.flatMap(({ pair }) => (pair.kind === "sums" ? [pair] : []));
  const totals = bootstrapAll(
    summed.map(({ resampled }) => resampled),
    options,
  );
  const swaps = { seed: options.flipSeed, draws: options.flips };
  const distinct: Float64Array[] = [];
  const places = summed.map(({ swapped }) => swapped.map((column) => placeIn(distinct, column)));
  const flipped = signFlipSums(distinct, swaps);
  const limit = comparisonDefaults.exactClusters;
  return pairs.map(({ measure, pair }) => {
    if (pair.kind === "ranked") {
      const few = { ...swaps, draws: Math.min(options.flips, options.rankedDraws) };
      return resultOf(measure, pair, pair.draws(options), pair.test(few, limit), options);
    }
    const number = summed.indexOf(pair);
    const own = totals[number];
    const values = own === undefined ? undefined : drawValues(own, pair.difference);
    const moved = places[number]!.map((place) => flipped[place]!);
    const test = pair.test(moved, limit);
    return resultOf(measure, pair, values, test, options);
  });
}

function resultOf(
  measure: AnyMeasure,
  pair: SumPair | RankedPair,
  values: Float64Array | undefined,
  test: SwapTest,
  { grouped, ...options }: CompareOptions & Pick<Size, "grouped">,
): MeasureResult {
  const { base, candidate, value, n, clusters, differences } = pair;
  const draws = drawsOf(values, clusters);
  const estimate = estimateOf(value, { n, clusters, grouped }, draws, {
    level: options.level,
    uneven: isUneven(measure),
  })!;
  const limits = [comparisonDefaults.changed[measure.unit], ...options.changedBy(measure)];
  const changed = (all: Float64Array) =>
    [...new Set(limits)].sort((a, b) => a - b).map((by) => changedBy(all, by, measure.better));
  const paired = given({
    ...{ measure: measure.id, base, candidate, difference: estimate, ...swapTest([test]) },
    detectable: detectableOf(draws, isUneven(measure)),
    targets: differences && tally(differences, measure.better),
    changed: differences && changed(differences),
  });
  return { measure, paired, estimated: { estimate, sums: [], draws, grouped }, test };
}

/** How many differences favour the candidate, or are any where neither side is better; NaN is not counted. */
export function tally(differences: Iterable<number>, better: MeasureNote["better"]): Tally {
  let [up, same, down] = [0, 0, 0];
  for (const d of differences)
    if (d > 0) up += 1;
    else if (d < 0) down += 1;
    else if (d === 0) same += 1;
  if (better === "none") return { better: 0, same, worse: 0, moved: up + down };
  return better === "higher" ? { better: up, same, worse: down } : { better: down, same, worse: up };
}

/** A difference of exactly `by` is not more than `by`, whatever rounding did to the subtraction. */
function changedBy(differences: Float64Array, by: number, better: MeasureNote["better"]): Changed {
  const limit = by + 1e-9;
  const moved = differences.filter((d) => Math.abs(d) > limit);
  const { same: _, ...gained } = tally(moved, better);
  return { by, ...gained };
}

/** A measure's result on one benchmark and its corrected p-value. */
interface CorrectedResult extends MeasureResult {
  readonly holm: number;
}

export interface CorrectedCell extends Omit<CellComparison, "measures"> {
  readonly measures: readonly CorrectedResult[];
}

/** Holm's correction over the benchmarks of each protocol and measure. */
export function corrected(cells: readonly CellComparison[]): CorrectedCell[] {
  const families = new Map<string, MeasureResult[]>();
  for (const { protocol, measures } of cells)
    for (const result of measures) {
      const family = `${protocol}\n${result.measure.id}`;
      families.set(family, [...(families.get(family) ?? []), result]);
    }
  const adjusted = new Map<MeasureResult, number>();
  for (const members of families.values())
    for (const [i, p] of holm(members.map(({ paired }) => paired.p)).entries()) adjusted.set(members[i]!, p);
  return cells.map((cell) => ({
    ...cell,
    measures: cell.measures.map((result) => ({ ...result, holm: adjusted.get(result)! })),
  }));
}

/** A cell's public part. */
export function comparedCell({ benchmark, protocol, pairing, measures }: CorrectedCell): ComparedCell {
  return {
    benchmark,
    protocol,
    pairing,
    measures: measures.map(({ paired, holm }) => ({ ...paired, holm })),
  };
}

/**
 * The unweighted mean over benchmarks of one protocol: every benchmark counts the same, however large. Interval: clusters are
 * resampled within each benchmark. Test: clusters are swapped within each benchmark, the statistic is the macro mean.
 */
export function compareGroup(
  group: Pick<ComparedGroup, "kind" | "name" | "protocol">,
  cells: readonly CorrectedCell[],
  level: number,
): ComparedGroup {
  const all = cells.flatMap(({ measures }) => measures);
  const ids = [...new Set(all.map(({ measure }) => measure.id))];
  const measures = ids.map((id) => {
    const members = all.filter(({ measure }) => measure.id === id);
    return groupMeasure(members, level);
  });
  return { ...group, pairing: addPairings(cells.map(({ pairing }) => pairing)), measures };
}

function groupMeasure(members: readonly CorrectedResult[], level: number): GroupMeasure {
  const { measure } = members[0]!;
  const estimates = members.map(({ estimated }) => estimated);
  const clear = members.filter(({ holm: p }) => p < comparisonDefaults.alpha);
  const { same: _, ...clearly } = tally(clear.map(differenceOf), measure.better);
  return given({
    measure: measure.id,
    base: mean(members.map(({ paired }) => paired.base)),
    candidate: mean(members.map(({ paired }) => paired.candidate)),
    difference: macroEstimate(estimates, { level, uneven: isUneven(measure) })!,
    ...swapTest(members.map(({ test }) => test)),
    detectable: detectableOf(macroDraws(estimates), isUneven(measure)),
    ...addTallies(members.map(({ paired }) => paired)),
    benchmarks: tally(members.map(differenceOf), measure.better),
    clear: clearly,
  });
}

const differenceOf = ({ paired }: CorrectedResult) => paired.difference.value;

/** Targets of all benchmarks; nothing where targets have no value of their own. */
function addTallies(all: readonly PairedMeasure[]): Pick<PairedMeasure, "targets" | "changed"> {
  const tallies = all.flatMap(({ targets }) => targets ?? []);
  const first = all.find(({ changed }) => changed !== undefined)?.changed;
  if (tallies.length < all.length || first === undefined) return {};
  const added = <Same>(from: readonly Omit<Tally, "same">[], same: Same) => {
    const of = (key: "better" | "worse" | "moved") => sum(from.map((one) => one[key] ?? 0));
    const moved = from.some((one) => one.moved !== undefined) ? { moved: of("moved") } : {};
    return { better: of("better"), ...same, worse: of("worse"), ...moved };
  };
  return {
    targets: added(tallies, { same: sum(tallies.map(({ same }) => same)) }),
    changed: first.map(({ by }, i) => ({
      by,
      ...added(
        all.map(({ changed }) => changed![i]!),
        {},
      ),
    })),
  };
}
