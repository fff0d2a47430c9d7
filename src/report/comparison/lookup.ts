// Lookups that the sections of a comparison share, and how p-values, counts and changes are written.

import { comparisonDefaults } from "../../core/defaults.ts";
import { type MeasureNote, units } from "../../core/measure.ts";
import { targetsWithValues } from "../../core/numbers.ts";
import type {
  BenchmarkMeasure,
  Changed,
  ComparedCell,
  ComparedGroup,
  ComparedPair,
  Comparison,
  GroupMeasure,
  PairedMeasure,
  Pairing,
  ProtocolNote,
  Tally,
} from "../../core/results.ts";
import type { PairTimes } from "../../core/timing.ts";
import type { ChangeGallery } from "../input.ts";
import {
  count,
  formatDifference,
  formatInterval,
  formatValue,
  measureLabel,
  percent,
  unitLabel,
} from "../kit/format.ts";
import { idsOf } from "../kit/markup.ts";
import { gain, leadingOf } from "../lookup.ts";

/** What the sections of a pair are made from. */
export interface PairPage {
  readonly comparison: Comparison;
  readonly pair: ComparedPair;
  /** Place of the pair among all. */
  readonly n: number;
  readonly gallery: ChangeGallery;
  readonly times: PairTimes | undefined;
}

/** What the parts of a protocol's section are made from. */
export interface ProtocolPage extends PairPage {
  readonly protocol: ProtocolNote;
  /** The measure that stands for it. */
  readonly measure: MeasureNote;
  /** Benchmark -> id of its row. */
  readonly ids: ReadonlyMap<string, string>;
}

export function overallOf(pair: ComparedPair, protocol: string): ComparedGroup {
  return pair.groups.find((group) => group.kind === "overall" && group.protocol === protocol)!;
}

export function domainsOf(pair: ComparedPair, protocol: string): readonly ComparedGroup[] {
  return pair.groups.filter((group) => group.kind === "domain" && group.protocol === protocol);
}

/** What a benchmark or a group of them has of a measure. */
export function measured(of: ComparedCell, id: string): BenchmarkMeasure | undefined;
export function measured(of: ComparedGroup, id: string): GroupMeasure | undefined;
export function measured({ measures }: ComparedCell | ComparedGroup, id: string) {
  return measures.find(({ measure }) => measure === id);
}

/** Measures of a protocol that some pair has: the main ones that are written as its leading one is come first. */
export function shownMeasures(pair: ComparedPair, { id, measures }: ProtocolNote): readonly MeasureNote[] {
  const found = new Set(overallOf(pair, id).measures.map(({ measure }) => measure));
  const own = measures.filter((measure) => found.has(measure.id));
  const unit = leadingOf(own)?.unit;
  const main = own.filter((measure) => measure.show === "main" && measure.unit === unit);
  return [...main, ...own.filter((measure) => !main.includes(measure))];
}

/** The measure that stands for a protocol, of those that any pair has. */
export function firstMeasure(pair: ComparedPair, protocol: ProtocolNote): MeasureNote | undefined {
  return leadingOf(shownMeasures(pair, protocol));
}

/** What the first measure can only be worse than. */
export function firstBound(pair: ComparedPair, protocol: ProtocolNote): MeasureNote | undefined {
  const first = firstMeasure(pair, protocol);
  return shownMeasures(pair, protocol).find(({ boundOf }) => first !== undefined && boundOf === first.id);
}

/** The main measures in the first one's unit, and whatever else was requested at the same place; without the first. */
export function besideFirst(pair: ComparedPair, protocol: ProtocolNote): readonly MeasureNote[] {
  const first = firstMeasure(pair, protocol)!;
  return shownMeasures(pair, protocol).filter(
    ({ id, show, unit, at }) =>
      id !== first.id && ((show === "main" && unit === first.unit) || (show === "more" && at === first.at)),
  );
}

/** Benchmarks from the most improved to the most worsened by a measure; those without pairs last, then by name. */
export function rankedCells(pair: ComparedPair, protocol: string, measure: MeasureNote): ComparedCell[] {
  const gained = (cell: ComparedCell) => {
    const found = measured(cell, measure.id);
    return found === undefined ? Number.NEGATIVE_INFINITY : gain(measure, found.difference.value);
  };
  const cells = pair.cells.filter((cell) => cell.protocol === protocol);
  return cells.sort((a, b) => {
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

/** The domains of a benchmark, by which the table is filtered. */
export function domainsOfBenchmark({ benchmarks }: Comparison, name: string): readonly string[] {
  return benchmarks.find((benchmark) => benchmark.name === name)?.domain ?? [];
}

/** Where links to a benchmark's row lead: "benchmark-trashcan" in the first table of the page, "pair-1-0-trashcan" in others. */
export function rowIds({ benchmarks }: Comparison, pair: number, protocol: number): Map<string, string> {
  const prefix = pair === 0 && protocol === 0 ? "benchmark" : `pair-${pair}-${protocol}`;
  return idsOf(
    prefix,
    benchmarks.map(({ name }) => name),
  );
}

/** On which side of zero the candidate is where that is clear, by its interval and by the test, and where one side is better. */
export function verdictOf(
  { difference: { low, high }, p }: PairedMeasure,
  { better }: MeasureNote,
): "better" | "worse" | "open" {
  if (p >= comparisonDefaults.alpha) return "open";
  if (better === "none" || low === undefined || high === undefined || (low <= 0 && high >= 0)) return "open";
  return low > 0 === (better === "higher") ? "better" : "worse";
}

/** "[-0.3, +1.2]", or "" where there is no interval. */
export function signedInterval(measure: MeasureNote, { difference }: PairedMeasure): string {
  return formatInterval(measure, difference, formatDifference);
}

/** The same beside the first measure, whose name or place is not repeated: "5 clicks", "oracle IoU". */
export function besideLabel(first: MeasureNote, measure: MeasureNote): string {
  if (measure.name === first.name && measure.at !== "") return measure.at;
  return measure.at === first.at ? `${measure.of}${unitLabel(measure)}` : measureLabel(measure);
}

/** "10.0 points", "1.00 clicks": a difference without its sign. */
export function sizeText(measure: Pick<MeasureNote, "unit">, difference: number): string {
  return `${formatValue(measure, difference).replace("+", "")}${units[measure.unit].difference}`;
}

/** "0.031"; "<0.001" is as small as a p-value is written. */
export function pText(p: number): string {
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

/** "16 / 2 / 5", "16 / 5" without those that are the same, "21 moved" where neither side is better, or "-" where no target has a value of its own. */
export function tallyText(tally: (Omit<Tally, "same"> & Partial<Tally>) | undefined): string {
  if (tally === undefined) return "-";
  if (tally.moved !== undefined) return `${count(tally.moved)} moved`;
  const { better, same, worse } = tally;
  return [better, ...(same === undefined ? [] : [same]), worse].map(count).join(" / ");
}

/** What moved by more than the usual limit of its unit; a gate may have limits of its own. */
export function movedFar({ unit }: MeasureNote, { changed }: PairedMeasure): Changed | undefined {
  return changed?.find(({ by }) => by === comparisonDefaults.changed[unit]);
}

/** "10.0 points or 1.00 clicks": the usual limits of the units in use. */
export function movedLimits(protocols: readonly ProtocolNote[]): string {
  const used = [...new Set(protocols.flatMap(({ measures }) => measures.map(({ unit }) => unit)))];
  return [...new Set(used.map((unit) => sizeText({ unit }, comparisonDefaults.changed[unit])))].join(" or ");
}

/** Share of the targets that moved far, "2.1 / 4.0": better and worse, or "6.1" where neither side is, of those that have a value of their own. */
export function changedText(measure: MeasureNote, found: PairedMeasure): string {
  const far = movedFar(measure, found);
  const share = (n: number) => percent(n / targetsWithValues(found));
  if (far === undefined) return "-";
  return far.moved === undefined ? `${share(far.better)} / ${share(far.worse)}` : share(far.moved);
}

/** "3 failed in candidate, 1 only in base"; "" where every target has its partner. */
export function unpairedText({ unpaired }: Pairing): string {
  return Object.entries(unpaired)
    .map(([reason, n]) => `${count(n)} ${reason}`)
    .join(", ");
}

/** What an axis of differences is of: "IoU, points". */
export function axisLabel({ of, unit }: MeasureNote): string {
  const { difference } = units[unit];
  return difference === "" ? of : `${of},${difference}`;
}
