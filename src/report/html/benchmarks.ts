// Every benchmark of a protocol: a plot from best to worst, and the numbers.
import type { Cell } from "../../core/summary.ts";
import { count, formatWithUnit, inUnit } from "../format-number.ts";
import {
  cellOf,
  columnsOf,
  droppedOf,
  fullName,
  keyMeasures,
  mainProtocol,
  rankedBenchmarks,
  reasons,
} from "../lookup.ts";
import { type IntervalMeasures, intervalNote, intervalPlot } from "../plots/intervals.ts";
import { type Html, html } from "./markup.ts";
import {
  benchmarkHead,
  block,
  bothWidths,
  dataTable,
  estimateCell,
  type Head,
  measureHeads,
  modelCells,
  modelHeads,
  numberCell,
  type Page,
  plotFigure,
  type TableRow,
} from "./parts.ts";

/** A plot unless the overview has it, and the numbers. */
export function benchmarks(page: Page, protocol: string): Html {
  const inOverview = page.series.length === 1 && protocol === mainProtocol(page.summary);
  return block(
    "Benchmarks",
    "From the best to the worst by the first column. Brackets hold 95 % intervals.",
    html`${inOverview ? undefined : ranking(page, protocol)}${benchmarksTable(page, protocol)}`,
  );
}

/** Benchmarks from best to worst, all models; nothing for a single one. */
export function ranking(page: Page, protocol: string, wide = 760): Html | undefined {
  const keys = keyMeasures(page.summary, protocol);
  if (keys === undefined || rankedBenchmarks(page.summary, protocol).length < 2) return undefined;
  const { first, bound, last } = keys;
  return benchmarkIntervals(
    page,
    protocol,
    { first, beside: bound, last },
    `${fullName(first)}, by benchmark`,
    wide,
  );
}

/** Measures of every benchmark as marks with intervals. */
export function benchmarkIntervals(
  { summary, series }: Page,
  protocol: string,
  measures: IntervalMeasures,
  title: string,
  wide: number,
): Html {
  const { first, beside, last } = measures;
  const rows = rankedBenchmarks(summary, protocol).map((benchmark) => ({
    name: benchmark,
    marks: series.flatMap((look) => {
      const own = cellOf(summary, protocol, benchmark, look.name)?.measures;
      if (own === undefined) return [];
      const of = (measure: typeof beside) => (measure === undefined ? undefined : own[measure.id]);
      return [{ series: look, estimate: of(first), beside: of(beside), last: of(last) }];
    }),
  }));
  const described = rows.flatMap(({ name, marks }) =>
    marks.map(
      ({ series: { title: model }, estimate }) =>
        `${name}, ${model}: ${estimate === undefined ? "no scores" : formatWithUnit(first, estimate.value)}`,
    ),
  );
  return plotFigure(
    title,
    bothWidths((width) => intervalPlot(rows, measures, { width }, described.join(". ")), wide),
    intervalNote(measures),
  );
}

/** Every column, and how many targets stand behind it or are missing. */
function benchmarksTable(page: Page, protocol: string): Html {
  const measures = columnsOf(page.summary, protocol);
  const heads: Head[] = [
    ...measureHeads(measures),
    { title: "Masks", numeric: true, hint: "scored targets" },
    { title: "Images", numeric: true },
    { title: "Dropped", numeric: true, hint: "left out by a rule" },
    { title: "Failed", numeric: true, hint: "could not be scored" },
  ];
  const [first] = measures;
  const caption = first === undefined ? "Counts" : `${inUnit(first.of, first)} and counts`;
  const rows = cellRows(page, protocol, (cell) => {
    const { counts } = cell;
    return [
      ...measures.map((measure) => estimateCell(measure, cell.measures[measure.id])),
      numberCell(count(counts.scored), counts.scored),
      numberCell(count(counts.images), counts.images),
      numberCell(count(droppedOf(cell)), droppedOf(cell), reasons(counts.dropped)),
      numberCell(count(counts.failed), counts.failed),
    ];
  });
  return cellTable(page, protocol, caption, heads, rows);
}

/** A row per benchmark and model, the best benchmark first; without those that have no cells. */
export function cellRows(
  page: Page,
  protocol: string,
  cells: (cell: Cell) => readonly Html[],
): readonly TableRow[] {
  const { summary, series } = page;
  return rankedBenchmarks(summary, protocol).flatMap((benchmark) =>
    series.flatMap((look, m) => {
      const cell = cellOf(summary, protocol, benchmark, look.name);
      if (cell === undefined) return [];
      const own = cells(cell);
      if (own.length === 0) return [];
      return [
        {
          className: `${look.className}${m === 0 ? " group" : ""}`,
          cells: [benchmarkHead(page, benchmark), ...modelCells(page, look), ...own],
        },
      ];
    }),
  );
}

export function cellTable(
  page: Page,
  protocol: string,
  caption: string,
  heads: readonly Head[],
  rows: readonly TableRow[],
  name = caption,
): Html {
  const all = [{ title: "Benchmark", numeric: false }, ...modelHeads(page), ...heads];
  return dataTable(html`${caption}`, all, rows, `${name}, ${protocol}`);
}
