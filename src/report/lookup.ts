// Questions that several writers ask of a summary.
import { originOf } from "../core/replay.ts";
import type { Cell, Estimate, RoundSummary, Suite, Summary } from "../core/summary.ts";
import { plural } from "./format-number.ts";

export type ProtocolNote = Summary["protocols"][number];
export type ModelNote = Summary["models"][number];

export function cellOf(
  summary: Summary,
  protocol: string,
  benchmark: string,
  model: string,
): Cell | undefined {
  return summary.cells.find(
    (cell) => cell.protocol === protocol && cell.benchmark === benchmark && cell.model === model,
  );
}

export function suiteOf(summary: Summary, protocol: string, model: string): Suite | undefined {
  return summary.suites.find((suite) => suite.protocol === protocol && suite.model === model);
}

export function roundAt(rounds: readonly RoundSummary[], clicks: number): RoundSummary | undefined {
  return rounds.find((round) => round.clicks === clicks);
}

/** What a round is called: "1 click", "5 clicks", and "box" or "mask" for a prompt without clicks. */
export function roundLabel(protocol: string, clicks: number): string {
  if (clicks > 0) return plural(clicks, protocol.startsWith("points") ? "point" : "click");
  if (originOf(protocol).startsWith("box")) return "box";
  return originOf(protocol).startsWith("mask") ? "mask" : "no click";
}

/** Most rounds that a table shows. */
const mostRounds = 8;

/** Click counts that tables of a protocol show: those with a score, thinned to the paper's where there are many. */
export function shownRounds(summary: Summary, protocol: string): number[] {
  const scored = new Set(
    [...summary.cells, ...summary.suites]
      .filter((entry) => entry.protocol === protocol)
      .flatMap((entry) => entry.rounds.map((round) => round.clicks)),
  );
  const reported = summary.protocols.find(({ id }) => id === protocol)?.reported ?? [];
  const all = (scored.size > 0 ? [...scored] : [...reported]).sort((a, b) => a - b);
  if (all.length <= mostRounds) return all;
  return all.filter((clicks) => [0, 1, 2, 3, 5, 9, all.at(-1)].includes(clicks));
}

/** Rounds of a protocol in which any model has an oracle. */
export function oracleRounds(summary: Summary, protocol: string): Set<number> {
  return new Set(
    summary.cells
      .filter((cell) => cell.protocol === protocol)
      .flatMap((cell) => cell.rounds.filter(({ oracle }) => oracle !== undefined))
      .map(({ clicks }) => clicks),
  );
}

export interface Totals {
  readonly benchmarks: number;
  readonly images: number;
  readonly targets: number;
  readonly scored: number;
  readonly dropped: number;
  readonly failed: number;
}

/** Counts of a model under a protocol, added over its benchmarks. */
export function totalsOf(summary: Summary, protocol: string, model: string): Totals {
  const cells = summary.cells.filter((cell) => cell.protocol === protocol && cell.model === model);
  const add = (pick: (cell: Cell) => number) => cells.reduce((sum, cell) => sum + pick(cell), 0);
  return {
    benchmarks: cells.length,
    images: add(({ counts }) => counts.images),
    targets: add(({ counts }) => counts.targets),
    scored: add(({ counts }) => counts.scored),
    dropped: add(droppedOf),
    failed: add(({ counts }) => counts.failed),
  };
}

export function droppedOf(cell: Cell): number {
  return Object.values(cell.counts.dropped).reduce((sum, n) => sum + n, 0);
}

/** "3 empty, 1 crowd", most frequent first, ties by name; "" without any. */
export function reasons(byReason: Readonly<Record<string, number>>): string {
  return Object.entries(byReason)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : a > b ? 1 : 0))
    .map(([reason, n]) => `${n} ${reason}`)
    .join(", ");
}

/** Benchmarks of a protocol, best first by the mean over models of their first round; without a score last. */
export function rankedBenchmarks(summary: Summary, protocol: string): string[] {
  const score = (benchmark: string) => {
    const values = summary.cells
      .filter((cell) => cell.protocol === protocol && cell.benchmark === benchmark)
      .flatMap((cell) => cell.rounds[0]?.miou.value ?? []);
    return values.length === 0 ? -1 : values.reduce((sum, v) => sum + v, 0) / values.length;
  };
  const scored = summary.benchmarks
    .filter(({ name }) => summary.cells.some((c) => c.protocol === protocol && c.benchmark === name))
    .map(({ name }) => ({ name, score: score(name) }));
  return scored
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map(({ name }) => name);
}

/** Targets of a run: those of the widest protocol of the first model, so that nothing is counted twice. */
export function runTargets(summary: Summary): { images: number; scored: number; benchmarks: number } {
  let most = { images: 0, scored: 0, benchmarks: 0 };
  for (const { name } of summary.models)
    for (const { id } of summary.protocols) {
      const totals = totalsOf(summary, id, name);
      if (totals.scored > most.scored || most.benchmarks === 0) most = totals;
    }
  return most;
}

/** The protocol that an overview shows: the first with scores. */
export function mainProtocol(summary: Summary): string | undefined {
  return summary.protocols.find(({ id }) =>
    summary.suites.some((suite) => suite.protocol === id && suite.rounds.length > 0),
  )?.id;
}

export interface Lead {
  readonly benchmark: string;
  /** mIoU of the first round, one model minus the other. */
  readonly value: number;
  /** The same with the best of the one model's masks: an upper bound for choosing better. */
  readonly oracle?: number;
}

/** By how much one model is ahead of another on each benchmark that both have scores of: the largest lead first, ties by name. */
export function leadsOver(summary: Summary, protocol: string, model: string, other: string): Lead[] {
  return summary.benchmarks
    .flatMap(({ name }): Lead[] => {
      const [one, two] = [model, other].map((who) => cellOf(summary, protocol, name, who)?.rounds[0]);
      if (one === undefined || two === undefined) return [];
      const oracle = one.oracle === undefined ? {} : { oracle: one.oracle.value - two.miou.value };
      return [{ benchmark: name, value: one.miou.value - two.miou.value, ...oracle }];
    })
    .sort((a, b) => b.value - a.value || (a.benchmark < b.benchmark ? -1 : 1));
}

export function modelTitle(summary: Summary, model: string): string {
  return summary.models.find(({ name }) => name === model)?.title ?? model;
}

export function hasInterval(estimate: Estimate): estimate is Estimate & { low: number; high: number } {
  return estimate.low !== undefined && estimate.high !== undefined;
}
