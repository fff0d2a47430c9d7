// Lookups in a summary that several writers share: which measures are columns, and a model's numbers of them.

import { given } from "../core/given.ts";
import { groupBy } from "../core/group-by.ts";
import type { MeasureNote } from "../core/measure.ts";
import type { Cell, Estimate, ProtocolNote, Suite, Summary } from "../core/results.ts";
import { sentence, titleWithin } from "./kit/format.ts";

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

/** What a cell, suite or domain has numbers of. */
export function isScored({ measures }: Pick<Cell | Suite, "measures">): boolean {
  return Object.keys(measures).length > 0;
}

/** Negative where the one number is worse than the other, whichever way the measure is better, or lower where neither is. */
export function gain({ better }: Pick<MeasureNote, "better">, difference: number): number {
  return better === "lower" ? -difference : difference;
}

/** Measures of a protocol that any model has a number of, in order; all of them where nothing was scored. */
function scoredMeasures(summary: Summary, protocol: string): readonly MeasureNote[] {
  const all = summary.protocols.find(({ id }) => id === protocol)?.measures ?? [];
  const scored = new Set<string>();
  for (const list of [summary.cells, summary.suites])
    for (const entry of list)
      if (entry.protocol === protocol) for (const id of Object.keys(entry.measures)) scored.add(id);
  return scored.size === 0 ? all : all.filter(({ id }) => scored.has(id));
}

/** Most places of one name that a table shows, and which of more: those that papers print, and the last. */
const mostPlaces = 8;
const printedPlaces: readonly number[] = [0, 1, 2, 3, 5, 9];

/** Measures without some of those that differ in their place alone, where there are many. */
function thinned(measures: readonly MeasureNote[]): MeasureNote[] {
  const placesOf = (name: string) => measures.flatMap((one) => (one.name === name ? (one.axis ?? []) : []));
  return measures.filter(({ name, axis, curve }) => {
    const places = placesOf(name);
    return (
      axis === undefined ||
      curve === true ||
      places.length <= mostPlaces ||
      printedPlaces.includes(axis.value) ||
      axis === places.at(-1)
    );
  });
}

/** The measure that stands for its protocol: the one that says so, or the first. */
export function leadingOf(measures: readonly MeasureNote[]): MeasureNote | undefined {
  return measures.find(({ leads }) => leads === true) ?? measures[0];
}

/**
 * Measures that are columns of every table: the main ones in the unit of the protocol's leading one, outside of groups. Where none
 * is a main one, those of the first that is outside of groups: a table needs a column.
 */
function mainMeasures(scored: readonly MeasureNote[]): readonly MeasureNote[] {
  const ungrouped = scored.filter(({ group }) => group === undefined);
  const unitOfAll = leadingOf(scored)?.unit;
  const main = ungrouped.filter(({ show, unit }) => show === "main" && unit === unitOfAll);
  return main.length > 0 ? main : ungrouped.filter(({ name }) => name === ungrouped[0]!.name);
}

/** The columns of a protocol's tables, bounds right after what they are bounds of. */
export function columnsOf(summary: Summary, protocol: string): MeasureNote[] {
  const main = mainMeasures(scoredMeasures(summary, protocol));
  const bounds = main.filter(({ boundOf }) => main.some(({ id }) => id === boundOf));
  return thinned(main.filter((measure) => !bounds.includes(measure))).flatMap((measure) => [
    measure,
    ...bounds.filter(({ boundOf }) => boundOf === measure.id),
  ]);
}

/** What stands for a protocol where there is room for little: its leading measure, that one's bound, and the last along its axis. */
export interface KeyMeasures {
  readonly first: MeasureNote;
  readonly bound?: MeasureNote;
  /** Absent where the first is the only one of its name, or there is no axis. */
  readonly last?: MeasureNote;
}

export function keyMeasures(summary: Summary, protocol: string): KeyMeasures | undefined {
  const columns = columnsOf(summary, protocol);
  return keysAround(leadingOf(columns), columns);
}

function keysAround(first: MeasureNote | undefined, among: readonly MeasureNote[]): KeyMeasures | undefined {
  if (first === undefined) return undefined;
  const bound = among.find(({ boundOf }) => boundOf === first.id);
  const last = among.findLast(
    ({ name, id, axis }) => name === first.name && id !== first.id && axis !== undefined,
  );
  return given({ first, bound, last });
}

/** The same of what is broken down by size and category and drawn over an axis: where the leading measure is not, another is. */
export function brokenMeasures(summary: Summary, protocol: string): KeyMeasures | undefined {
  const keys = keyMeasures(summary, protocol);
  if (keys?.first.broken === true) return keys;
  const main = scoredMeasures(summary, protocol).filter(({ show }) => show === "main");
  return keysAround(main.find(({ broken }) => broken === true) ?? keys?.first, main);
}

export function keyColumns({ first, bound, last }: KeyMeasures): MeasureNote[] {
  return [first, bound, last].flatMap((measure) => measure ?? []);
}

/** The measures of one name in the order of their axis; none where there are fewer than two. */
export function curveOf(summary: Summary, protocol: string, name: string): MeasureNote[] {
  return scoredMeasures(summary, protocol)
    .filter((measure) => measure.name === name && measure.axis !== undefined)
    .sort((a, b) => a.axis!.value - b.axis!.value);
}

/** The measure that a measure can only be better than. */
export function boundsOf(summary: Summary, protocol: string): ReadonlyMap<string, MeasureNote> {
  return new Map(
    scoredMeasures(summary, protocol).flatMap((measure) =>
      measure.boundOf === undefined ? [] : [[measure.boundOf, measure] as const],
    ),
  );
}

/** Measures with a heading and a table of their own. */
export interface MeasureGroup {
  readonly title: string;
  readonly measures: readonly MeasureNote[];
}

/** Groups of a protocol: those that measures name, and main measures of other units by what they are; place by place. */
export function groupsOf(summary: Summary, protocol: string): MeasureGroup[] {
  const scored = scoredMeasures(summary, protocol);
  const main = mainMeasures(scored);
  const shown = scored.filter(
    (measure) => !main.includes(measure) && (measure.show !== "more" || measure.group !== undefined),
  );
  return [...groupBy(shown, ({ group, of }) => group ?? sentence(of))].map(([title, measures]) => {
    const places = [...new Set(measures.map(({ at }) => at))];
    const ordered = places.flatMap((place) => measures.filter(({ at }) => at === place));
    return { title, measures: thinned(ordered) };
  });
}

/** What is measured beside the main measures and outside of groups. */
interface FurtherMeasures {
  /** Where the protocol's axis begins, or in only one place. */
  readonly here: readonly MeasureNote[];
  /** By name, where there are several places. */
  readonly along: readonly (readonly MeasureNote[])[];
}

export function furtherMeasures(summary: Summary, protocol: string): FurtherMeasures {
  const scored = scoredMeasures(summary, protocol);
  const main = mainMeasures(scored);
  const further = scored.filter(
    (measure) => measure.show === "more" && measure.group === undefined && !main.includes(measure),
  );
  const names = [...new Set(further.map(({ name }) => name))];
  const start = scored.find(({ axis }) => axis !== undefined)?.axis?.value;
  return {
    here: further.filter(({ axis, curve }) => axis === undefined || (axis.value === start && curve !== true)),
    along: names
      .map((name) => thinned(further.filter((measure) => measure.name === name)))
      .filter((measures) => measures.length > 1),
  };
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

/** Benchmarks of a protocol, best first by the mean over models of its leading measure; without a score last. */
export function rankedBenchmarks(summary: Summary, protocol: string): string[] {
  const first = keyMeasures(summary, protocol)?.first;
  const score = (benchmark: string) => {
    const values = summary.cells
      .filter((cell) => cell.protocol === protocol && cell.benchmark === benchmark)
      .flatMap(({ measures }) => (first === undefined ? [] : (measures[first.id]?.value ?? [])));
    if (values.length === 0) return Number.NEGATIVE_INFINITY;
    return gain(first!, values.reduce((sum, v) => sum + v, 0) / values.length);
  };
  const scored = summary.benchmarks
    .filter(({ name }) => summary.cells.some((c) => c.protocol === protocol && c.benchmark === name))
    .map(({ name }) => ({ name, score: score(name) }));
  return scored
    .sort((a, b) =>
      a.score === b.score ? (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) : b.score - a.score,
    )
    .map(({ name }) => name);
}

/** The protocol that an overview shows: the first with scores. */
export function mainProtocol(summary: Summary): string | undefined {
  return summary.protocols.find(({ id }) =>
    summary.suites.some((suite) => suite.protocol === id && isScored(suite)),
  )?.id;
}

export interface Margin {
  readonly benchmark: string;
  /** One model minus the other. */
  readonly value: number;
  /** Either number stands on too few images to say which model is better. */
  readonly few: boolean;
}

/**
 * One model minus another on each benchmark that both have scores of, where the one is best first, ties by name: in the leading
 * measure, or with the one model's number of another measure against the leading one of the other.
 */
export function marginsOver(
  summary: Summary,
  protocol: string,
  model: string,
  other: string,
  measure?: MeasureNote,
): Margin[] {
  const first = keyMeasures(summary, protocol)?.first;
  if (first === undefined) return [];
  const numberOf = (benchmark: string, name: string, { id }: MeasureNote) =>
    cellOf(summary, protocol, benchmark, name)?.measures[id];
  return summary.benchmarks
    .flatMap(({ name: benchmark }): Margin[] => {
      const [one, two] = [numberOf(benchmark, model, measure ?? first), numberOf(benchmark, other, first)];
      if (one === undefined || two === undefined) return [];
      return [{ benchmark, value: one.value - two.value, few: one.few === true || two.few === true }];
    })
    .sort((a, b) => gain(first, b.value - a.value) || (a.benchmark < b.benchmark ? -1 : 1));
}

/** Whether a model has a number of a measure on any benchmark. */
export function hasMeasure(summary: Summary, protocol: string, model: string, { id }: MeasureNote): boolean {
  return summary.cells.some(
    (cell) => cell.protocol === protocol && cell.model === model && cell.measures[id] !== undefined,
  );
}

export function modelTitle(summary: Pick<Summary, "models">, model: string): string {
  return titleWithin(summary.models.find(({ name }) => name === model)?.title ?? model);
}

export function measureOf(
  protocols: readonly ProtocolNote[],
  protocol: string,
  measure: string,
): MeasureNote | undefined {
  return protocols.find(({ id }) => id === protocol)?.measures.find(({ id }) => id === measure);
}

export function hasInterval(estimate: Estimate): estimate is Estimate & { low: number; high: number } {
  return estimate.low !== undefined && estimate.high !== undefined;
}
