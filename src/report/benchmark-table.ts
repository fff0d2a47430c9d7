// The table of a protocol that text reports share: suites first, then every benchmark.
import type { MeasureNote } from "../core/measure.ts";
import type { Estimate, Summary } from "../core/summary.ts";
import { count, formatEstimate, formatValue } from "./format-number.ts";
import { cellOf, columnsOf, droppedOf, modelTitle, suiteOf, totalsOf } from "./lookup.ts";
import type { Column, Table } from "./table.ts";

/** Rows of suites and benchmarks under one protocol; the first measure carries its interval, or every one does. */
export function protocolTable(summary: Summary, protocol: string, intervals: "first" | "all"): Table {
  const measures = columnsOf(summary, protocol);
  const severalModels = summary.models.length > 1;
  const left = (title: string): Column => ({ title, align: "left" });
  const right = (title: string): Column => ({ title, align: "right" });
  const columns = [
    left("benchmark"),
    ...(severalModels ? [left("model")] : []),
    ...measures.map((measure, m) => right(m === 0 ? measure.title : shortTitle(measure, measures[0]!))),
    ...[right("masks"), right("drop"), right("fail")],
  ];
  const numbers = (estimateOf: (measure: MeasureNote) => Estimate | undefined) =>
    measures.map((measure, m) => {
      const estimate = estimateOf(measure);
      if (estimate === undefined) return "-";
      return m === 0 || intervals === "all"
        ? formatEstimate(measure, estimate)
        : formatValue(measure, estimate.value);
    });
  const named = (name: string, model: string) => [
    name,
    ...(severalModels ? [modelTitle(summary, model)] : []),
  ];
  const suites = (["macro", "micro"] as const).flatMap((average) =>
    summary.models.flatMap(({ name }) => {
      const suite = suiteOf(summary, protocol, name);
      if (suite === undefined) return [];
      const { scored, dropped, failed } = totalsOf(summary, protocol, name);
      return [
        [
          ...named(`suite (${average})`, name),
          ...numbers(({ id }) => suite.measures[id]?.[average]),
          ...[scored, dropped, failed].map(count),
        ],
      ];
    }),
  );
  const cells = summary.benchmarks.flatMap((benchmark) =>
    summary.models.flatMap(({ name }) => {
      const cell = cellOf(summary, protocol, benchmark.name, name);
      if (cell === undefined) return [];
      return [
        [
          ...named(benchmark.name, name),
          ...numbers(({ id }) => cell.measures[id]),
          ...[cell.counts.scored, droppedOf(cell), cell.counts.failed].map(count),
        ],
      ];
    }),
  );
  return { columns, rows: [...suites, ...cells] };
}

/** "5": the place on the axis alone, where the first column says of what. */
function shortTitle({ name, axis, title }: MeasureNote, first: MeasureNote): string {
  return axis !== undefined && axis.value > 0 && name === first.name ? String(axis.value) : title;
}
