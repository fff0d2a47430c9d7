// Every benchmark of a protocol: a plot from best to worst, the numbers on the page and in texts, and what was not scored.
import type { MeasureNote } from "../../core/measure.ts";
import type { Cell as Result } from "../../core/results.ts";
import { nounsOf } from "../../core/words.ts";
import { count, fullName, inUnit, sentence } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { block, listed, type Section } from "../kit/page.ts";
import {
  type Column,
  type Head,
  htmlTable,
  left,
  markdownTable,
  number,
  right,
  type Table,
} from "../kit/table.ts";
import { textPairs, textTable, toned } from "../kit/text-table.ts";
import {
  droppedOf,
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
  bestOf,
  hiding,
  isSuite,
  measureColumns,
  modelColumn,
  type ProtocolPage,
  someInterval,
} from "./columns.ts";
import { benchmarkIntervals } from "./intervals.ts";

export const benchmarkTables: Section<ProtocolPage> = {
  id: "numbers",
  html: (page) => {
    const { measures, keys } = page;
    const { id } = page.protocol;
    const first = keys?.first;
    const inOverview = page.series.length === 1 && id === mainProtocol(page.summary);
    const caption = first === undefined ? "Counts" : `${inUnit(first.of, first)} and counts`;
    const table: Table<CountedRow> = {
      columns: [
        ...[benchmarkColumn<CountedRow>(page), ...modelColumn<CountedRow>(page)],
        ...[...measureColumns<CountedRow>(measures), ...counts(page, true)],
      ],
      rows: benchmarkRows(page, "best").map(counted),
      mark: hiding,
    };
    return block(
      isSuite(page) ? "Benchmarks" : "Numbers",
      `${isSuite(page) ? `From the best to the worst${first === undefined ? "" : `, ${fullName(first)}`}. ` : ""}${someInterval(page.summary, id) ? "Brackets hold 95 % intervals." : ""}`.trim(),
      html`${inOverview ? undefined : ranking(page)}${htmlTable(table, caption, `${caption}, ${id}`)}`,
    );
  },
  markdown: (page) => {
    const left = notScored(page);
    return [
      ...[...markdownTable(suitesFirst(page, page.measures)), ""],
      ...(left.length > 0 ? ["Not scored:", "", ...listed(left), ""] : []),
    ];
  },
  terminal: (page, screen) => {
    const first = page.keys?.first;
    const { id } = page.protocol;
    const unit = first === undefined ? "" : `: ${inUnit(first.of, first)}`;
    const table = suitesFirst(page, first === undefined ? [] : [first], true);
    if (table.rows.length === 1) {
      const columns = table.columns.map((one) => ({ ...one, title: missing[one.title] ?? one.title }));
      const head = `${id} on ${page.cells[0]!.benchmark}${unit.replace(":", ",")}:`;
      return [textPairs(head, { ...table, columns }, screen)];
    }
    const where = isSuite(page) ? "" : ` on ${page.cells[0]!.benchmark}`;
    const heading = toned(`${id}${where}${unit}`, "bold", screen);
    return ["", heading, ...textTable(table, screen, { elsewhere: "report.md", explained: true })];
  },
};

/** Titles of counts of targets that have no scores, in full. */
const missing: Readonly<Record<string, "dropped" | "failed">> = { drop: "dropped", fail: "failed" };

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
function counts({ summary }: ProtocolPage, page: boolean): Column<CountedRow>[] {
  const { sample, target, row } = nounsOf(summary.protocols);
  const whole = (n: number) => number(count(n), n);
  return [
    right(`${target}s`, ({ scored }) => whole(scored), {
      head: sentence(`${target}s`),
      hint: `scored ${row}s`,
      leaves: 60,
    }),
    ...(page && sample !== target
      ? [
          right<CountedRow>(`${sample}s`, ({ cell }) => whole(cell!.counts.images), {
            head: sentence(`${sample}s`),
          }),
        ]
      : []),
    right(
      "drop",
      ({ dropped, cell }) => ({ ...whole(dropped), notes: [reasons(cell?.counts.dropped ?? {})] }),
      { head: "Dropped", explained: { text: "left out by a rule" }, leaves: 25 },
    ),
    right("fail", ({ failed }) => whole(failed), {
      ...{ head: "Failed", explained: { text: "could not be scored" }, leaves: 5 },
    }),
  ];
}

/**
 * For texts: suites, then every benchmark; the measures that are `bounded` have their intervals. `printed`: without columns that
 * say nothing, with the best marked.
 */
function suitesFirst(
  page: ProtocolPage,
  bounded: readonly MeasureNote[],
  printed = false,
): Table<CountedRow> {
  const { summary, series, protocol, measures, keys } = page;
  const suites = (["macro", "micro"] as const).flatMap((average) =>
    series.flatMap((look): CountedRow[] => {
      const suite = suiteOf(summary, protocol.id, look.name);
      if (suite === undefined || !isSuite(page)) return [];
      const estimateOf = ({ id }: MeasureNote) => suite.measures[id]?.[average];
      const totals = totalsOf(summary, protocol.id, look.name);
      return [{ look, name: `suite (${average})`, leads: false, estimateOf, ...totals }];
    }),
  );
  const rows = [...suites, ...benchmarkRows(page, "run").map(counted)];
  const briefs = measures.map((measure, m) => (m === 0 ? undefined : briefTitle(measure, measures[0]!)));
  /** Of one row the line above says how many masks there are. */
  const says = ({ title }: Column<CountedRow>) => {
    const of = missing[title];
    return of === undefined ? rows.length > 1 : rows.some((row) => row[of] > 0);
  };
  return {
    columns: [
      ...(printed && !isSuite(page) ? [] : [left<CountedRow>("benchmark", ({ name }) => name)]),
      ...modelColumn<CountedRow>(page),
      ...measureColumns<CountedRow>(measures, {
        ...{ briefs, keys, bounded: (measure) => bounded.includes(measure) },
        ...(printed ? { isBest: bestOf(rows), marked: (measure) => bounded.includes(measure) } : {}),
      }),
      ...counts(page, false).filter((column) => !printed || says(column)),
    ],
    rows,
  };
}

/** "5": the place on the axis alone, for places of the first column's measure. */
function briefTitle({ name, axis }: MeasureNote, first: MeasureNote): Head["brief"] {
  if (axis === undefined || axis.value === 0 || name !== first.name) return undefined;
  return { title: String(axis.value), of: axis.name };
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
