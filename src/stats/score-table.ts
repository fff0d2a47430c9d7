// What is asked of statistics, a row boiled down to it, and the targets of a benchmark as several models scored them.

import { type AnyMeasure, isRanked, type RankedItem } from "../core/measure.ts";
import type { Pairing, ProtocolNote, TargetParts, TargetScore } from "../core/results.ts";
import type { Row } from "../core/rows.ts";
import { ItemColumn, PartColumn, type Texts } from "./columns.ts";

/** A protocol and what it measures. */
export interface MeasuredProtocol
  extends Pick<ProtocolNote, "id" | "summary" | "samples" | "whole" | "phrases"> {
  readonly measures: readonly AnyMeasure[];
}

/** Boils a row down to its measures, in their order; `without`: names of those that are meaningless for its model. */
export function targetScore(
  row: Row,
  measures: readonly AnyMeasure[],
  without: readonly string[] = [],
): TargetScore {
  const { benchmark, protocol, sample, cluster, target, status } = row;
  const key = { benchmark, protocol, sample, cluster, target, status };
  if (row.status !== "ok") return { ...key, parts: [] };
  return {
    ...key,
    parts: measures.map((measure): TargetParts => {
      if (without.includes(measure.name)) return null;
      if (!isRanked(measure)) return measure.parts(row) ?? null;
      const items = measure.items(row);
      return items.length === 0 ? null : items.map(({ key, parts }) => [key, ...parts]);
    }),
  };
}

/** The items of a ranked measure, as a score holds them. */
function itemsOf(parts: TargetParts): RankedItem[] {
  return ((parts as readonly (readonly number[])[] | null) ?? []).map(([key, ...own]) => ({
    key: key!,
    parts: own,
  }));
}

/** Scores of one side under one protocol, by the number of the target. */
export interface SideScores {
  /** undefined: the side has no row of this target. */
  readonly status: (TargetScore["status"] | undefined)[];
  /** One per measure. */
  readonly columns: readonly (PartColumn | ItemColumn)[];
  /** Images that failed or were dropped as a whole. */
  readonly whole: Map<string, "failed" | "dropped">;
  failed: number;
}

/** The targets of a benchmark, numbered once for all protocols and sides, so that a pair is one number. */
export interface BenchmarkTable {
  readonly name: string;
  readonly numbers: Map<string, number>;
  readonly samples: string[];
  readonly targets: string[];
  /** As the first side to name the target has it. */
  readonly clusters: string[];
  /** protocol -> one per side, base first. */
  readonly protocols: ReadonlyMap<string, readonly SideScores[]>;
}

export function newBenchmarkTable(
  name: string,
  protocols: readonly Pick<MeasuredProtocol, "id" | "measures">[],
  sides: number,
): BenchmarkTable {
  const side = (measures: readonly AnyMeasure[]): SideScores => ({
    status: [],
    columns: measures.map((measure) => (isRanked(measure) ? new ItemColumn() : new PartColumn())),
    whole: new Map(),
    failed: 0,
  });
  const entries = protocols.map(
    ({ id, measures }) => [id, Array.from({ length: sides }, () => side(measures))] as const,
  );
  const lists = { samples: [], targets: [], clusters: [] };
  return { name, numbers: new Map(), ...lists, protocols: new Map(entries) };
}

/** Enters a score. `texts` keeps one copy of equal strings: every parsed row brings its own. */
export function addScore(table: BenchmarkTable, side: number, score: TargetScore, texts: Texts): void {
  const own = table.protocols.get(score.protocol)?.[side];
  if (own === undefined) return;
  const { status, target } = score;
  if (status === "failed") own.failed += 1;
  const sample = texts.intern(score.sample);
  if (target === "*" && status !== "ok") {
    own.whole.set(sample, status);
    return;
  }
  const n = numberOf(table, sample, score, texts);
  while (own.status.length <= n) own.status.push(undefined);
  own.status[n] = status;
  for (const [c, column] of own.columns.entries()) {
    const parts = score.parts[c] ?? null;
    if (column instanceof ItemColumn) column.set(n, itemsOf(parts));
    else column.set(n, (parts as readonly number[] | null) ?? undefined);
  }
}

function numberOf(
  table: BenchmarkTable,
  sample: string,
  { target, cluster }: TargetScore,
  texts: Texts,
): number {
  const key = `${sample}\n${target}`;
  const known = table.numbers.get(key);
  if (known !== undefined) return known;
  const n = table.numbers.size;
  table.numbers.set(key, n);
  table.samples.push(sample);
  table.targets.push(texts.intern(target));
  table.clusters.push(texts.intern(cluster));
  return n;
}

/**
 * Which targets both sides scored, and why the others could not be compared. A target that one side alone failed on would
 * flatter that side if its score were left out of its mean only, so it is left out of both, and counted here.
 */
export function pairingOf(
  { samples }: Pick<BenchmarkTable, "samples">,
  base: SideScores,
  candidate: SideScores,
): Pairing {
  let [pairs, dropped] = [0, 0];
  const unpaired = new Map<string, number>();
  const count = (a: SideScores["status"][number], b: SideScores["status"][number]) => {
    if (a === undefined && b === undefined) return; // of another protocol or candidate
    if (a === "ok" && b === "ok") pairs += 1;
    else if (a === "dropped" && b === "dropped") dropped += 1;
    else unpaired.set(reasonOf(a, b), (unpaired.get(reasonOf(a, b)) ?? 0) + 1);
  };
  for (const [n, sample] of samples.entries())
    count(base.status[n] ?? base.whole.get(sample), candidate.status[n] ?? candidate.whole.get(sample));
  const known = new Set(samples);
  for (const sample of new Set([...base.whole.keys(), ...candidate.whole.keys()]))
    if (!known.has(sample)) count(base.whole.get(sample), candidate.whole.get(sample));
  const ordered = [...unpaired].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return {
    pairs,
    dropped,
    unpaired: Object.fromEntries(ordered),
    failed: { base: base.failed, candidate: candidate.failed },
  };
}

function reasonOf(a: string | undefined, b: string | undefined): string {
  if (a === undefined) return "only in candidate";
  if (b === undefined) return "only in base";
  if (a === "failed" && b === "failed") return "failed in both";
  if (a === "failed") return "failed in base";
  if (b === "failed") return "failed in candidate";
  return a === "dropped" ? "dropped in base" : "dropped in candidate";
}

/** Counts of several benchmarks together. */
export function addPairings(all: readonly Pairing[]): Pairing {
  const unpaired: Record<string, number> = {};
  for (const one of all)
    for (const [reason, n] of Object.entries(one.unpaired)) unpaired[reason] = (unpaired[reason] ?? 0) + n;
  const total = (pick: (one: Pairing) => number) => all.reduce((sum, one) => sum + pick(one), 0);
  return {
    pairs: total(({ pairs }) => pairs),
    dropped: total(({ dropped }) => dropped),
    unpaired,
    failed: { base: total(({ failed }) => failed.base), candidate: total(({ failed }) => failed.candidate) },
  };
}
