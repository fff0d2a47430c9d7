// Every benchmark of a protocol: a plot from best to worst, the numbers on the page and in texts, and what was not scored.
import type { MeasureNote } from "../../core/measure.ts";
import type { Cell as Result } from "../../core/results.ts";
import { count, inUnit } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { block, listed, type Section } from "../kit/page.ts";
import {
  type Column,
  htmlTable,
  left,
  markdownTable,
  number,
  right,
  type Table,
  textTable,
} from "../kit/table.ts";
import {
  droppedOf,
  fullName,
  mainProtocol,
  modelTitle,
  rankedBenchmarks,
  reasons,
  suiteOf,
  totalsOf,
} from "../lookup.ts";
import {
  type BenchmarkRow,
  benchmarkColumn,
  benchmarkRows,
  hiding,
  measureColumns,
  modelColumn,
  type ProtocolPage,
} from "./columns.ts";
import { benchmarkIntervals } from "./intervals.ts";

/** Width of what is printed. */
export const terminalWidth = 100;

export const benchmarkTables: Section<ProtocolPage> = {
  id: "numbers",
  html: (page) => {
    const { measures } = page;
    const { id } = page.protocol;
    const inOverview = page.series.length === 1 && id === mainProtocol(page.summary);
    const [first] = measures;
    const caption = first === undefined ? "Counts" : `${inUnit(first.of, first)} and counts`;
    const table: Table<CountedRow> = {
      columns: [
        ...[benchmarkColumn<CountedRow>(page), ...modelColumn<CountedRow>(page)],
        ...[...measureColumns<CountedRow>(measures), ...counts(true)],
      ],
      rows: benchmarkRows(page, "best").map(counted),
      mark: hiding,
    };
    return block(
      "Benchmarks",
      "From the best to the worst by the first column. Brackets hold 95 % intervals.",
      html`${inOverview ? undefined : ranking(page)}${htmlTable(table, caption, `${caption}, ${id}`)}`,
    );
  },
  markdown: (page) => {
    const left = notScored(page);
    return [
      ...[...markdownTable(suitesFirst(page, Number.POSITIVE_INFINITY)), ""],
      ...(left.length > 0 ? ["Not scored:", "", ...listed(left), ""] : []),
    ];
  },
  terminal: (page) => {
    const { id } = page.protocol;
    const [first] = page.measures;
    const title = first === undefined ? id : `${id}: ${inUnit(first.of, first)}`;
    return ["", title, ...textTable(suitesFirst(page, 1), terminalWidth)];
  },
};

interface CountedRow extends BenchmarkRow {
  readonly scored: number;
  readonly dropped: number;
  readonly failed: number;
}

function counted(row: BenchmarkRow & { readonly cell?: Result }): CountedRow {
  const { scored, failed } = row.cell!.counts;
  return { ...row, scored, failed, dropped: droppedOf(row.cell!) };
}

/** How many targets stand behind a row, and how many are missing: on the page with images and reasons. */
function counts(page: boolean): Column<CountedRow>[] {
  const whole = (n: number) => number(count(n), n);
  return [
    right("masks", ({ scored }) => whole(scored), { head: "Masks", hint: "scored targets" }),
    ...(page
      ? [right<CountedRow>("images", ({ cell }) => whole(cell!.counts.images), { head: "Images" })]
      : []),
    right(
      "drop",
      ({ dropped, cell }) => ({ ...whole(dropped), notes: [reasons(cell?.counts.dropped ?? {})] }),
      { head: "Dropped", hint: "left out by a rule" },
    ),
    right("fail", ({ failed }) => whole(failed), { head: "Failed", hint: "could not be scored" }),
  ];
}

/** For texts: suites, then every benchmark. The first `bounded` measures have their intervals. */
function suitesFirst(page: ProtocolPage, bounded: number): Table<CountedRow> {
  const { summary, series, protocol, measures } = page;
  const suites = (["macro", "micro"] as const).flatMap((average) =>
    series.flatMap((look): CountedRow[] => {
      const suite = suiteOf(summary, protocol.id, look.name);
      if (suite === undefined) return [];
      const estimateOf = ({ id }: MeasureNote) => suite.measures[id]?.[average];
      const totals = totalsOf(summary, protocol.id, look.name);
      return [{ look, name: `suite (${average})`, leads: false, estimateOf, ...totals }];
    }),
  );
  const titles = measures.map((measure, m) => (m === 0 ? measure.title : shortTitle(measure, measures[0]!)));
  return {
    columns: [
      left("benchmark", ({ name }) => name),
      ...modelColumn<CountedRow>(page),
      ...measureColumns<CountedRow>(measures, { titles, bounded }),
      ...counts(false),
    ],
    rows: [...suites, ...benchmarkRows(page, "run").map(counted)],
  };
}

/** "5": the place on the axis alone, where the first column says of what. */
function shortTitle({ name, axis, title }: MeasureNote, first: MeasureNote): string {
  return axis !== undefined && axis.value > 0 && name === first.name ? String(axis.value) : title;
}

function notScored({ summary, cells }: ProtocolPage): string[] {
  return cells.flatMap(({ model, benchmark, counts: { dropped, failures } }) => {
    const place = `${benchmark}, ${modelTitle(summary, model)}`;
    return [
      ...(reasons(dropped) === "" ? [] : [`${place}: dropped ${reasons(dropped)}`]),
      ...(reasons(failures) === "" ? [] : [`${place}: failed ${reasons(failures)}`]),
    ];
  });
}

/** Benchmarks from best to worst, all models; nothing for a single one. */
export function ranking(page: ProtocolPage, wide = 760): Html | undefined {
  const { keys, summary, protocol } = page;
  if (keys === undefined || rankedBenchmarks(summary, protocol.id).length < 2) return undefined;
  const { first, bound, last } = keys;
  const title = `${fullName(first)}, by benchmark`;
  return benchmarkIntervals(page, { first, beside: bound, last }, title, wide);
}
