import type { MeasureNote } from "../core/measure.ts";
import type { Estimate, Summary } from "../core/summary.ts";
import { formatInterval, formatValue, inUnit } from "./format-number.ts";
import type { ReportWriter } from "./input.ts";
import { captionSentences, runSize } from "./lead.ts";
import { cellOf, isScored, keyColumns, keyMeasures, mainProtocol, suiteOf } from "./lookup.ts";

/** For papers: a booktabs table per protocol, benchmarks as rows, models as columns, 95 % intervals in small print. */
export const latex: ReportWriter = {
  file: "table.tex",
  summary: "tables for LaTeX (booktabs)",
  render: ({ summary }) => {
    const tables = summary.protocols.flatMap(({ id }) => protocolTable(summary, id));
    const note = [
      "% One table per protocol. Needs \\usepackage{booktabs}, and UTF-8 as LaTeX has it by default.",
      `% ${escapeLatex(runSize(summary)).replaceAll("\n", " ")}; scored, dropped and failed targets: report.md`,
    ];
    return `${[...note, ...tables].join("\n")}\n`;
  },
};

function protocolTable(summary: Summary, protocol: string): string[] {
  const keys = keyMeasures(summary, protocol);
  const models = summary.models.filter(({ name }) => {
    const suite = suiteOf(summary, protocol, name);
    return suite !== undefined && isScored(suite);
  });
  if (keys === undefined || models.length === 0) return [];
  const measures = keyColumns(keys);
  const columns = models.length * measures.length;
  const line = (head: string, fields: readonly string[]) => `${[head, ...fields].join(" & ")} \\\\`;
  const perModel = (pick: (model: string, measure: MeasureNote) => string) =>
    models.flatMap(({ name }) => measures.map((measure) => pick(name, measure)));
  const benchmarks = summary.benchmarks.filter(({ name }) =>
    summary.cells.some((cell) => cell.protocol === protocol && cell.benchmark === name),
  );
  const rules = models.map(
    (_, m) => `\\cmidrule(lr){${2 + m * measures.length}-${1 + (m + 1) * measures.length}}`,
  );
  return [
    "",
    "\\begin{table}",
    "\\centering",
    `\\caption{${caption(summary, protocol, keys.first)}}`,
    `\\label{tab:${`${summary.run}-${protocol}`.replace(/[^A-Za-z0-9]+/g, "-")}}`,
    `\\begin{tabular}{l${"r".repeat(columns)}}`,
    "\\toprule",
    line(
      "",
      models.map(({ title }) => `\\multicolumn{${measures.length}}{c}{${escapeLatex(title)}}`),
    ),
    rules.join(" "),
    line(
      "Benchmark",
      perModel((_, { title }) => escapeLatex(title)),
    ),
    "\\midrule",
    ...benchmarks.map(({ name, title }) =>
      line(
        escapeLatex(title),
        perModel((model, measure) =>
          estimateLatex(measure, cellOf(summary, protocol, name, model)?.measures[measure.id]),
        ),
      ),
    ),
    "\\midrule",
    line(
      "Mean over benchmarks",
      perModel((model, measure) =>
        estimateLatex(measure, suiteOf(summary, protocol, model)?.measures[measure.id]?.macro),
      ),
    ),
    "\\bottomrule",
    "\\end{tabular}",
    "\\end{table}",
  ];
}

/** The first table with scores has the report's summary. */
function caption(summary: Summary, protocol: string, first: MeasureNote): string {
  const what = summary.protocols.find(({ id }) => id === protocol)?.summary ?? "";
  const sentences = protocol === mainProtocol(summary) ? captionSentences(summary) : [];
  const numbers =
    sentences.length > 0
      ? `${protocol}: ${what}.`
      : `${inUnit(first.of, first)}, 95 % intervals in brackets; ${protocol}: ${what}.`;
  const unfinished = summary.complete ? [] : ["Incomplete run."];
  return escapeLatex([...sentences, numbers, ...unfinished].join(" "));
}

/** "81.8 {\\scriptsize [80.7, 82.7]}"; two dashes where there is no number. */
function estimateLatex(measure: MeasureNote, estimate: Estimate | undefined): string {
  if (estimate === undefined) return "--";
  const value = formatValue(measure, estimate.value);
  const range = formatInterval(measure, estimate);
  return range === "" ? value : `${value} {\\scriptsize ${range}}`;
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "''",
  "[": "{[}",
};

/** Text as LaTeX prints it: its special characters escaped, line breaks as spaces; a bracket after a line's end would be an argument. */
export function escapeLatex(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, " ")
    .replace(/[\\~^<>|"[&%$#_{}]/g, (character) => escapes[character] ?? `\\${character}`);
}
