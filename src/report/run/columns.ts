// The input of a run's sections, and the columns and rows that their tables share.
import type { Estimate, MeasureNote } from "../../core/measure.ts";
import type { ProtocolNote, Cell as Result, Summary } from "../../core/results.ts";
import type { ReportInput } from "../input.ts";
import { modelMark, type Series, seriesOf } from "../kit/figures.ts";
import { formatValue } from "../kit/format.ts";
import { html, idsOf } from "../kit/markup.ts";
import { boundHint, type Cell, type Column, estimate, type Head, left, right } from "../kit/table.ts";
import {
  brokenMeasures,
  cellOf,
  columnsOf,
  gain,
  hasInterval,
  type KeyMeasures,
  keyMeasures,
  rankedBenchmarks,
} from "../lookup.ts";

export interface Page extends ReportInput {
  readonly series: readonly Series[];
  /** Protocol -> id of its section. */
  readonly protocolIds: ReadonlyMap<string, string>;
  /** Benchmark -> id of its section. */
  readonly benchmarkIds: ReadonlyMap<string, string>;
}

export function pageOf(input: ReportInput): Page {
  const { protocols, benchmarks } = input.summary;
  return {
    ...{ ...input, series: seriesOf(input.summary) },
    protocolIds: idsOf(
      "protocol",
      protocols.map(({ id }) => id),
    ),
    benchmarkIds: idsOf(
      "benchmark",
      benchmarks.map(({ name }) => name),
    ),
  };
}

/** The input of one protocol's sections. */
export interface ProtocolPage extends Page {
  readonly protocol: ProtocolNote;
  /** The measures that are columns of its tables. */
  readonly measures: readonly MeasureNote[];
  /** Its key measures; absent where nothing is measured. */
  readonly keys: KeyMeasures | undefined;
  /** Those that are broken down and drawn along an axis. */
  readonly broken: KeyMeasures | undefined;
  /** Its results, by benchmark and model. */
  readonly cells: readonly Result[];
}

/** Protocols that have rows, in order. */
export function protocolsOf(page: Page): ProtocolPage[] {
  const { summary } = page;
  return summary.protocols
    .map((protocol) => ({
      ...{ ...page, protocol, measures: columnsOf(summary, protocol.id) },
      keys: keyMeasures(summary, protocol.id),
      broken: brokenMeasures(summary, protocol.id),
      cells: summary.cells.filter((cell) => cell.protocol === protocol.id),
    }))
    .filter(({ cells }) => cells.length > 0);
}

/** More than one benchmark: of one alone, its own section already draws what the suite would. */
export function isSuite({ cells }: ProtocolPage): boolean {
  return cells.some(({ benchmark }) => benchmark !== cells[0]!.benchmark);
}

/** A row of one model. */
export interface ModelRow {
  readonly look: Series;
}

/** The model, where there is more than one. */
export function modelColumn<Row extends ModelRow>({ series }: Page): Column<Row>[] {
  if (series.length < 2) return [];
  return [left("model", ({ look }) => ({ text: look.title, page: modelMark(look) }), { head: "Model" })];
}

/** A row of a benchmark, or of all of them. */
export interface BenchmarkRow extends ModelRow {
  /** For all of them: their common name. */
  readonly name: string;
  /** Absent for all of them. */
  readonly cell?: Result;
  readonly estimateOf: (measure: MeasureNote) => Estimate | undefined;
  /** true: the first row of its benchmark. */
  readonly leads: boolean;
}

/** The benchmark's name as the heading of a row, leading to its section. */
export function benchmarkColumn<Row extends BenchmarkRow>({ summary, benchmarkIds }: Page): Column<Row> {
  return left(
    "benchmark",
    ({ name, cell }) => {
      if (cell === undefined) return { text: name, page: html`<span class="name">${name}</span>` };
      const title = summary.benchmarks.find((note) => note.name === name)?.title ?? name;
      return {
        text: name,
        page: html`<span class="name"><a href="#${benchmarkIds.get(name)!}">${title}</a></span>${
          title === name ? undefined : html`<small>${name}</small>`
        }`,
      };
    },
    { head: "Benchmark" },
  );
}

/** A row per benchmark and model: the best benchmark first, or in the order of the run. */
export function benchmarkRows(
  { summary, series, protocol }: ProtocolPage,
  order: "best" | "run",
): BenchmarkRow[] {
  const names =
    order === "best" ? rankedBenchmarks(summary, protocol.id) : summary.benchmarks.map(({ name }) => name);
  return names.flatMap((name) =>
    series.flatMap((look, m) => {
      const cell = cellOf(summary, protocol.id, name, look.name);
      if (cell === undefined) return [];
      return [{ look, name, cell, estimateOf: ({ id }) => cell.measures[id], leads: m === 0 }];
    }),
  );
}

/** Measures with their badges and intervals, or only those that are `bounded` with their interval. */
export function measureColumns<Row extends Pick<BenchmarkRow, "estimateOf">>(
  measures: readonly MeasureNote[],
  {
    titles = measures.map(({ title }) => title),
    briefs = [],
    bounded = () => true,
    marked = () => true,
    hint = boundHint,
    isBest = () => false,
    keys,
  }: {
    readonly titles?: readonly string[];
    /** Shorter titles for a terminal without room. */
    readonly briefs?: readonly Head["brief"][];
    readonly bounded?: (measure: MeasureNote) => boolean;
    /** Which have their badges: where all of a row have the same one and there is little room, the first says it. */
    readonly marked?: (measure: MeasureNote) => boolean;
    readonly hint?: (measure: MeasureNote) => string | undefined;
    readonly isBest?: (row: Row, measure: MeasureNote) => boolean;
    /** What stays longest on a terminal that is too narrow. */
    readonly keys?: KeyMeasures | undefined;
  } = {},
): Column<Row>[] {
  return measures.map((measure, m) =>
    right(
      titles[m]!,
      (row): Cell => {
        const cell = estimate(measure, row.estimateOf(measure), !bounded(measure));
        if (typeof cell !== "object") return cell;
        return {
          ...cell,
          ...(isBest(row, measure) ? { best: true } : {}),
          ...(marked(measure) ? {} : { badge: "" }),
        };
      },
      {
        ...{ hint: hint(measure), ...leavesOf(measure, m, keys) },
        ...(briefs[m] === undefined ? {} : { brief: briefs[m] }),
      },
    ),
  );
}

/** The leading measure stays; its last place and its bound leave after all others, of which the later ones leave first. */
function leavesOf({ id }: MeasureNote, place: number, keys: KeyMeasures | undefined): { leaves?: number } {
  const { first, last, bound } = keys ?? {};
  if (id === first?.id || (first === undefined && place === 0)) return {};
  if (id === last?.id) return { leaves: 10 };
  return { leaves: id === bound?.id ? 20 : 40 + place };
}

/**
 * Which numbers are the best of their benchmark, as they are written; none where all are alike or one stands on too few images to
 * say which is best, never a bound, and none where neither side is better.
 */
export function bestOf<Row extends Pick<BenchmarkRow, "name" | "estimateOf">>(rows: readonly Row[]) {
  return ({ name, estimateOf }: Row, measure: MeasureNote): boolean => {
    if (measure.boundOf !== undefined || measure.better === "none") return false;
    const textOf = (value: number) => formatValue(measure, value);
    const known = rows.flatMap((row) => (row.name === name ? (row.estimateOf(measure) ?? []) : []));
    if (known.some(({ few }) => few === true)) return false;
    const values = known.map(({ value }) => value);
    const best = values.toSorted((a, b) => gain(measure, b - a))[0];
    const own = estimateOf(measure)?.value;
    return (
      own !== undefined &&
      textOf(own) === textOf(best!) &&
      values.some((value) => textOf(value) !== textOf(best!))
    );
  };
}

/** How a page hides the rows of a model, and draws a line above those of a benchmark. */
export function hiding({ look, leads }: ModelRow & { readonly leads?: boolean }) {
  return { className: `${look.className}${leads === true ? " group" : ""}` };
}

/** Whether any number of a protocol's has an interval. */
export function someInterval({ cells, suites }: Summary, protocol: string): boolean {
  const own = <One extends { readonly protocol: string }>(all: readonly One[]) =>
    all.filter((one) => one.protocol === protocol);
  return (
    own(cells).some(({ measures }) => Object.values(measures).some(hasInterval)) ||
    own(suites).some(({ measures }) => Object.values(measures).some(({ macro }) => hasInterval(macro)))
  );
}
