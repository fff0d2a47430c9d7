// Questions that the writers of a comparison ask.
import type {
  BenchmarkMeasure,
  ComparedCell,
  ComparedGroup,
  ComparedPair,
  Comparison,
  GroupMeasure,
  PairedMeasure,
} from "../../core/comparison.ts";
import type { MeasureNote } from "../../core/measure.ts";
import type { ProtocolNote } from "../../core/summary.ts";
import { slug } from "../html/markup.ts";
import { gain } from "../lookup.ts";

export function overallOf(pair: ComparedPair, protocol: string): ComparedGroup {
  return pair.groups.find((group) => group.kind === "overall" && group.protocol === protocol)!;
}

export function domainsOf(pair: ComparedPair, protocol: string): readonly ComparedGroup[] {
  return pair.groups.filter((group) => group.kind === "domain" && group.protocol === protocol);
}

export function cellsOf(pair: ComparedPair, protocol: string): readonly ComparedCell[] {
  return pair.cells.filter((cell) => cell.protocol === protocol);
}

export function measured(
  { measures }: { readonly measures: readonly BenchmarkMeasure[] },
  id: string,
): BenchmarkMeasure | undefined {
  return measures.find(({ measure }) => measure === id);
}

export function groupMeasured({ measures }: ComparedGroup, id: string): GroupMeasure | undefined {
  return measures.find(({ measure }) => measure === id);
}

/** Measures of a protocol that some pair has. */
export function shownMeasures(pair: ComparedPair, { id, measures }: ProtocolNote): readonly MeasureNote[] {
  const found = new Set(overallOf(pair, id).measures.map(({ measure }) => measure));
  return measures.filter((measure) => found.has(measure.id));
}

/** The measure that stands for a protocol: its first one that any pair has. */
export function firstMeasure(pair: ComparedPair, protocol: ProtocolNote): MeasureNote | undefined {
  return shownMeasures(pair, protocol)[0];
}

/** What the first measure can only be worse than. */
export function firstBound(pair: ComparedPair, protocol: ProtocolNote): MeasureNote | undefined {
  const [first, ...others] = shownMeasures(pair, protocol);
  return others.find(({ boundOf }) => first !== undefined && boundOf === first.id);
}

/** The main measures in the first one's unit, and whatever else was asked for at the same place: the first is left out. */
export function besideFirst(pair: ComparedPair, protocol: ProtocolNote): readonly MeasureNote[] {
  const [first, ...others] = shownMeasures(pair, protocol);
  return others.filter(
    ({ show, unit, at }) =>
      (show === "main" && unit === first!.unit) || (show === "more" && at === first!.at),
  );
}

/** Benchmarks from the most improved to the most worsened by a measure; those without pairs last, then by name. */
export function rankedCells(pair: ComparedPair, protocol: string, measure: MeasureNote): ComparedCell[] {
  const gained = (cell: ComparedCell) => {
    const found = measured(cell, measure.id);
    return found === undefined ? Number.NEGATIVE_INFINITY : gain(measure, found.difference.value);
  };
  return [...cellsOf(pair, protocol)].sort((a, b) => {
    const [x, y] = [gained(a), gained(b)];
    return x === y ? (a.benchmark < b.benchmark ? -1 : 1) : y - x;
  });
}

export function titleOf(comparison: Comparison, candidate: string): string {
  return comparison.candidates.find(({ name }) => name === candidate)?.title ?? candidate;
}

export function benchmarkTitle({ benchmarks }: Comparison, name: string): string {
  return benchmarks.find((benchmark) => benchmark.name === name)?.title ?? name;
}

/** By them the table is filtered: what a benchmark is of. */
export function domainsOfBenchmark({ benchmarks }: Comparison, name: string): readonly string[] {
  return benchmarks.find((benchmark) => benchmark.name === name)?.domain ?? [];
}

/**
 * Where links to a benchmark's row lead: "benchmark-trashcan" in the first table of the page, "pair-1-0-trashcan" in those
 * of other pairs and protocols. Names that differ in punctuation alone are numbered.
 */
export function rowIds({ benchmarks }: Comparison, pair: number, protocol: number): Map<string, string> {
  const prefix = pair === 0 && protocol === 0 ? "benchmark" : `pair-${pair}-${protocol}`;
  const ids = new Map<string, string>();
  for (const { name } of benchmarks) {
    const plain = `${prefix}-${slug(name)}`;
    const taken = new Set(ids.values());
    let id = plain;
    for (let n = 2; taken.has(id); n += 1) id = `${plain}-${n}`;
    ids.set(name, id);
  }
  return ids;
}

/** Does the interval leave zero out, and on which side of it does the candidate stand? */
export function verdictOf(
  { difference: { low, high } }: PairedMeasure,
  { better }: MeasureNote,
): "better" | "worse" | "open" {
  if (low === undefined || high === undefined || (low <= 0 && high >= 0)) return "open";
  return low > 0 === (better === "higher") ? "better" : "worse";
}
