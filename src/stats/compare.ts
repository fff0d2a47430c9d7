import { setImmediate } from "node:timers/promises";
import type { ChangedTarget, ComparedPair, Comparison, TargetScore } from "../core/comparison.ts";
import { bootstrapDefaults, comparisonDefaults } from "../core/defaults.ts";
import { isRanked } from "../core/measure.ts";
import { ownValues } from "./cells.ts";
import { PartColumn, Texts } from "./columns.ts";
import {
  type CellComparison,
  type CompareOptions,
  compareBenchmark,
  compareGroup,
  withHolm,
} from "./compare-benchmark.ts";
import { holm } from "./permutation.ts";
import { addScore, type BenchmarkTable, type MeasuredProtocol, newBenchmarkTable } from "./score-table.ts";

/** What is compared: benchmarks and protocols in the order of the report. Scores of others are passed over. */
export type CompareFacts = Pick<Comparison, "benchmarks"> & {
  readonly protocols: readonly MeasuredProtocol[];
  /** Names of the candidates. */
  readonly candidates: readonly string[];
};

/** A score and whose it is: 0 the base's, n the n-th candidate's. */
export interface SidedScore {
  readonly side: number;
  readonly score: TargetScore;
}

export interface CompareScoresOptions extends Partial<Pick<CompareOptions, "draws" | "flips" | "changedBy">> {
  readonly onBenchmark?: (done: number, total: number) => void;
}

export type PairStatistics = Pick<
  ComparedPair,
  "candidate" | "groups" | "cells" | "mostChanged" | "examples"
>;

/** Scores of a base and of candidates, in any order, to paired statistics: a few numbers are kept of each target. */
export async function compareScores(
  scores: AsyncIterable<SidedScore>,
  facts: CompareFacts,
  given: CompareScoresOptions = {},
): Promise<PairStatistics[]> {
  const { draws = bootstrapDefaults.draws } = given;
  const options: CompareOptions = {
    seed: bootstrapDefaults.seed,
    draws,
    rankedDraws: Math.min(draws, bootstrapDefaults.rankedDraws),
    level: bootstrapDefaults.level,
    flipSeed: comparisonDefaults.seed,
    flips: given.flips ?? comparisonDefaults.draws,
    changedBy: given.changedBy ?? (() => []),
  };
  const tables = await collect(scores, facts);
  const total = facts.candidates.length * tables.length;
  let done = 0;
  const pairs: PairStatistics[] = [];
  for (const [c, candidate] of facts.candidates.entries()) {
    const cells: CellComparison[] = [];
    for (const table of tables) {
      cells.push(...compareBenchmark(table, c + 1, facts.protocols, options));
      done += 1;
      given.onBenchmark?.(done, total);
      await setImmediate(); // a long comparison lets others have a turn
    }
    const { listed, pictured, picturedPerBenchmark } = comparisonDefaults;
    const changed = (limits: ChangeLimits) => changedTargets(tables, c + 1, facts.protocols, limits);
    pairs.push({
      ...{ candidate, ...assemble(cells, facts, options.level) },
      mostChanged: changed({ listed }),
      examples: changed({ listed: pictured, perBenchmark: picturedPerBenchmark }),
    });
  }
  return pairs;
}

async function collect(scores: AsyncIterable<SidedScore>, facts: CompareFacts): Promise<BenchmarkTable[]> {
  const { benchmarks, protocols, candidates } = facts;
  const tables = new Map(
    benchmarks.map(({ name }) => [name, newBenchmarkTable(name, protocols, candidates.length + 1)]),
  );
  const texts = new Texts();
  for await (const { side, score } of scores) {
    const table = tables.get(score.benchmark);
    if (table !== undefined) addScore(table, side, score, texts);
  }
  return [...tables.values()];
}

/** Cells in the order benchmark, protocol; groups in the order protocol, overall, domains as they come up. */
function assemble(cells: readonly CellComparison[], { benchmarks, protocols }: CompareFacts, level: number) {
  const corrected = correct(cells);
  const holmOf = (cell: CellComparison, measure: string) => corrected.get(keyOf(cell, measure))!;
  const domains = [...new Set(benchmarks.flatMap(({ domain }) => domain))];
  const groups = protocols.flatMap(({ id: protocol }) => {
    const own = cells.filter((cell) => cell.protocol === protocol);
    const inDomain = (domain: string) =>
      own.filter((cell) => benchmarks.find(({ name }) => name === cell.benchmark)!.domain.includes(domain));
    return [
      compareGroup({ kind: "overall", name: "overall", protocol }, own, holmOf, level),
      ...domains.map((name) =>
        compareGroup({ kind: "domain", name, protocol }, inDomain(name), holmOf, level),
      ),
    ];
  });
  return { groups, cells: cells.map((cell) => withHolm(cell, (measure) => holmOf(cell, measure))) };
}

/** Holm's correction over the benchmarks of each protocol and measure. */
function correct(cells: readonly CellComparison[]): Map<string, number> {
  const families = new Map<string, { readonly key: string; readonly p: number }[]>();
  for (const cell of cells)
    for (const { paired } of cell.measures) {
      const family = `${cell.protocol}\n${paired.measure}`;
      const members = families.get(family) ?? [];
      members.push({ key: keyOf(cell, paired.measure), p: paired.p });
      families.set(family, members);
    }
  const corrected = new Map<string, number>();
  for (const members of families.values()) {
    const adjusted = holm(members.map(({ p }) => p));
    for (const [i, { key }] of members.entries()) corrected.set(key, adjusted[i]!);
  }
  return corrected;
}

function keyOf({ benchmark, protocol }: CellComparison, measure: string): string {
  return `${benchmark}\n${protocol}\n${measure}`;
}

interface ChangeLimits {
  /** Targets in each direction, per protocol. */
  readonly listed: number;
  /** Of these, from one benchmark; default: all. */
  readonly perBenchmark?: number;
}

/**
 * Targets whose score moved farthest by the first measure of each protocol: `listed` of the worsened, the worst first, then
 * as many of the improved, the best first. Ties by benchmark, image and target.
 */
function changedTargets(
  tables: readonly BenchmarkTable[],
  candidate: number,
  protocols: readonly MeasuredProtocol[],
  { listed, perBenchmark = listed }: ChangeLimits,
): ChangedTarget[] {
  return protocols.flatMap((protocol) => {
    const sign = protocol.measures[0]?.better === "lower" ? -1 : 1;
    const gain = ({ base, candidate: now }: ChangedTarget) => sign * (now - base);
    const loss = (t: ChangedTarget) => -gain(t);
    let worse: ChangedTarget[] = [];
    let better: ChangedTarget[] = [];
    for (const table of tables) {
      const moved = movedTargets(table, candidate, protocol);
      const lost = moved.filter((t) => gain(t) < 0);
      const gained = moved.filter((t) => gain(t) > 0);
      worse = first([...worse, ...first(lost, gain, perBenchmark)], gain, listed);
      better = first([...better, ...first(gained, loss, perBenchmark)], loss, listed);
    }
    return [...worse, ...better];
  });
}

/** Targets with another value of their own; none for a ranking, which has no such values. */
function movedTargets(
  { name, samples, targets, protocols }: BenchmarkTable,
  candidate: number,
  { id, measures: [measure] }: MeasuredProtocol,
): ChangedTarget[] {
  if (measure === undefined || isRanked(measure)) return [];
  const sides = protocols.get(id)!;
  const [a, b] = [sides[0]!, sides[candidate]!].map(({ columns: [column] }) =>
    column instanceof PartColumn ? ownValues(measure, column, samples.length) : undefined,
  );
  if (a === undefined || b === undefined) return [];
  return samples.flatMap((sample, n) => {
    const [base, now] = [a[n]!, b[n]!];
    if (Number.isNaN(now - base) || base === now) return [];
    const target = targets[n]!;
    return [{ protocol: id, measure: measure.id, benchmark: name, sample, target, base, candidate: now }];
  });
}

function first(targets: ChangedTarget[], key: (target: ChangedTarget) => number, n: number): ChangedTarget[] {
  const text = ({ benchmark, sample, target }: ChangedTarget) => `${benchmark}\n${sample}\n${target}`;
  return targets.sort((a, b) => key(a) - key(b) || (text(a) < text(b) ? -1 : 1)).slice(0, n);
}
