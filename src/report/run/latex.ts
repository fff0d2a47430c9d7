// For papers: a booktabs table per protocol, benchmarks as rows, models as columns, 95 % intervals in small print.
import type { Estimate, MeasureNote } from "../../core/measure.ts";
import type { Summary } from "../../core/results.ts";
import { badgeNote, inUnit } from "../kit/format.ts";
import { leadText } from "../kit/page.ts";
import { escapeLatex, estimate, latexTable, left, right, type Table } from "../kit/table.ts";
import { cellOf, isScored, keyColumns, keyMeasures, mainProtocol, suiteOf } from "../lookup.ts";
import { someInterval } from "./columns.ts";
import { runLead, runSize } from "./lead.ts";

export function latexText(summary: Summary): string {
  return `${[
    "% One table per protocol. Needs \\usepackage{booktabs}, and UTF-8 as LaTeX has it by default.",
    `% ${escapeLatex(runSize(summary)).replaceAll("\n", " ")}; scored, dropped and failed targets: report.md`,
    ...summary.protocols.flatMap(({ id }) => protocolTable(summary, id)),
  ].join("\n")}\n`;
}

interface Row {
  readonly title: string;
  readonly estimateOf: (model: string, measure: MeasureNote) => Estimate | undefined;
}

function protocolTable(summary: Summary, protocol: string): string[] {
  const keys = keyMeasures(summary, protocol);
  const models = summary.models.filter(({ name }) => {
    const suite = suiteOf(summary, protocol, name);
    return suite !== undefined && isScored(suite);
  });
  if (keys === undefined || models.length === 0) return [];
  const benchmarks = summary.benchmarks.filter(({ name }) =>
    summary.cells.some((cell) => cell.protocol === protocol && cell.benchmark === name),
  );
  const mean: Row = {
    title: "Mean over benchmarks",
    estimateOf: (model, { id }) => suiteOf(summary, protocol, model)?.measures[id]?.macro,
  };
  const table: Table<Row> = {
    columns: [
      left("Benchmark", ({ title }) => title),
      ...models.flatMap(({ name, title: group }) =>
        keyColumns(keys).map((measure) =>
          right<Row>(measure.title, ({ estimateOf }) => estimate(measure, estimateOf(name, measure)), {
            group,
          }),
        ),
      ),
    ],
    rows: [
      ...benchmarks.map(
        ({ name, title }): Row => ({
          title,
          estimateOf: (model, { id }) => cellOf(summary, protocol, name, model)?.measures[id],
        }),
      ),
      ...(benchmarks.length > 1 ? [mean] : []),
    ],
  };
  return [
    "",
    ...["\\begin{table}", "\\centering", `\\caption{${caption(summary, protocol, keys.first)}}`],
    `\\label{tab:${`${summary.run}-${protocol}`.replace(/[^A-Za-z0-9]+/g, "-")}}`,
    ...[...latexTable(table, benchmarks.length > 1 ? 1 : 0), "\\end{table}"],
  ];
}

/** The first table with scores has the report's summary. */
function caption(summary: Summary, protocol: string, first: MeasureNote): string {
  const what = summary.protocols.find(({ id }) => id === protocol)?.summary ?? "";
  const lead = protocol === mainProtocol(summary) ? leadText(runLead(summary)) : "";
  const numbers =
    lead === ""
      ? `${inUnit(first.of, first)}${someInterval(summary, protocol) ? ", 95 % intervals in brackets" : ""}; ${protocol}: ${what}.`
      : `${lead} ${protocol}: ${what}.`;
  const own = summary.cells.flatMap((cell) =>
    cell.protocol === protocol ? (cell.measures[first.id] ?? []) : [],
  );
  const partial = summary.complete ? "" : "Incomplete run.";
  return escapeLatex([numbers, badgeNote(own), partial].filter((part) => part !== "").join(" "));
}
