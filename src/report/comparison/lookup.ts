// Questions that the writers of a comparison ask.
import type {
  BenchmarkMeasure,
  ComparedCell,
  ComparedGroup,
  ComparedPair,
  Comparison,
  GroupMeasure,
  Measure,
  PairedMeasure,
  ProtocolMeasures,
} from "../../core/comparison.ts";
import { slug } from "../html/markup.ts";
import { roundLabel } from "../lookup.ts";

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
export function shownMeasures(pair: ComparedPair, { id, measures }: ProtocolMeasures): readonly Measure[] {
  const found = new Set(overallOf(pair, id).measures.map(({ measure }) => measure));
  return measures.filter((measure) => found.has(measure.id));
}

/** The measure that stands for a protocol: IoU in its first round. */
export function firstMeasure(pair: ComparedPair, protocol: ProtocolMeasures): Measure | undefined {
  return shownMeasures(pair, protocol)[0];
}

const metricTitles = { miou: "", oracle: "oracle", dice: "Dice", boundary: "boundary IoU", noc: "" } as const;

/** "1 click", "oracle 1 click", "box", "clicks to IoU 0.9". */
export function measureLabel(protocol: string, { metric, at }: Measure): string {
  if (metric === "noc") return `clicks to IoU ${at}`;
  const round = roundLabel(protocol, at);
  return metric === "miou" ? round : `${metricTitles[metric]} ${round}`;
}

/** Benchmarks from the most improved to the most worsened by a measure; those without pairs last, then by name. */
export function rankedCells(pair: ComparedPair, protocol: string, measure: Measure): ComparedCell[] {
  const sign = measure.better === "higher" ? 1 : -1;
  const gain = (cell: ComparedCell) => {
    const found = measured(cell, measure.id);
    return found === undefined ? Number.NEGATIVE_INFINITY : sign * found.difference.value;
  };
  return [...cellsOf(pair, protocol)].sort((a, b) => {
    const [x, y] = [gain(a), gain(b)];
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
  { better }: Measure,
): "better" | "worse" | "open" {
  if (low === undefined || high === undefined || (low <= 0 && high >= 0)) return "open";
  return low > 0 === (better === "higher") ? "better" : "worse";
}
