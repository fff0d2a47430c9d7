import { setImmediate } from "node:timers/promises";
import { bootstrapDefaults, comparisonDefaults } from "../core/defaults.ts";
import { isRanked } from "../core/measure.ts";
import type { ChangedTarget, ComparedPair, Comparison, TargetScore } from "../core/results.ts";
import { ownValues } from "./cells.ts";
import { PartColumn, Texts } from "./columns.ts";
import {
  type CellComparison,
  type CompareOptions,
  compareBenchmark,
  comparedCell,
  compareGroup,
  corrected,
} from "./compare-benchmark.ts";
import { addScore, type BenchmarkTable, type MeasuredProtocol, newBenchmarkTable } from "./score-table.ts";

/** What is compared: benchmarks and protocols in the order of the report. Other scores are ignored. */
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

/** Paired statistics from scores of a base and of candidates, in any order: a few numbers are kept of each target. */
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
      await setImmediate(); // other work gets a turn during a long comparison
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
function assemble(found: readonly CellComparison[], { benchmarks, protocols }: CompareFacts, level: number) {
  const cells = corrected(found);
  const domains = [...new Set(benchmarks.flatMap(({ domain }) => domain))];
  const groups = protocols.flatMap(({ id: protocol }) => {
    const own = cells.filter((cell) => cell.protocol === protocol);
    const inDomain = (domain: string) =>
      own.filter((cell) => benchmarks.find(({ name }) => name === cell.benchmark)!.domain.includes(domain));
    return [
      compareGroup({ kind: "overall", name: "overall", protocol }, own, level),
      ...domains.map((name) => compareGroup({ kind: "domain", name, protocol }, inDomain(name), level)),
    ];
  });
  return { groups, cells: cells.map(comparedCell) };
}

interface ChangeLimits {
  /** Targets in each direction, per protocol. */
  readonly listed: number;
  /** Of these, from one benchmark; default: all. */
  readonly perBenchmark?: number;
}

/**
 * Targets whose score moved farthest by the measure of each protocol that targets have values of: `listed` of the worsened, the worst first, then
 * as many of the improved, the best first. Ties by benchmark, image and target.
 */
function changedTargets(
  tables: readonly BenchmarkTable[],
  candidate: number,
  protocols: readonly MeasuredProtocol[],
  { listed, perBenchmark = listed }: ChangeLimits,
): ChangedTarget[] {
  return protocols.flatMap((protocol) => {
    const sign = ofTargets(protocol)?.better === "lower" ? -1 : 1;
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

/** The measure of which each target has a value of its own: the first that is broken down, or the first. */
function ofTargets({ measures }: MeasuredProtocol) {
  return measures.find(({ broken }) => broken === true) ?? measures[0];
}

/** Targets whose own value differs; none for a ranking, which has no such values. */
function movedTargets(
  { name, samples, targets, protocols }: BenchmarkTable,
  candidate: number,
  protocol: MeasuredProtocol,
): ChangedTarget[] {
  const { id, measures } = protocol;
  const measure = ofTargets(protocol);
  if (measure === undefined || isRanked(measure)) return [];
  const sides = protocols.get(id)!;
  const [a, b] = [sides[0]!, sides[candidate]!].map(({ columns }) => {
    const column = columns[measures.indexOf(measure)];
    return column instanceof PartColumn ? ownValues(measure, column, samples.length) : undefined;
  });
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
