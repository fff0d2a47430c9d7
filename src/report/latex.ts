import type { Estimate, RoundSummary, Summary } from "../core/summary.ts";
import type { ReportWriter } from "./input.ts";
import { escapeLatex, estimateLatex } from "./latex/text.ts";
import { captionSentences, runSize } from "./lead.ts";
import { cellOf, mainProtocol, oracleRounds, roundAt, roundLabel, shownRounds, suiteOf } from "./lookup.ts";

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

/** What a column shows of a model: its first round, the oracle there, and its last round. */
interface Score {
  readonly title: string;
  readonly ofCell: (rounds: readonly RoundSummary[]) => Estimate | undefined;
  readonly ofSuite: (model: string) => Estimate | undefined;
}

function protocolTable(summary: Summary, protocol: string): string[] {
  const scores = scoresOf(summary, protocol);
  const models = summary.models.filter(
    ({ name }) => (suiteOf(summary, protocol, name)?.rounds.length ?? 0) > 0,
  );
  if (scores.length === 0 || models.length === 0) return [];
  const columns = models.length * scores.length;
  const line = (head: string, fields: readonly string[]) => `${[head, ...fields].join(" & ")} \\\\`;
  const perModel = (pick: (model: string, score: Score) => string) =>
    models.flatMap(({ name }) => scores.map((score) => pick(name, score)));
  const benchmarks = summary.benchmarks.filter(({ name }) =>
    summary.cells.some((cell) => cell.protocol === protocol && cell.benchmark === name),
  );
  const rules = models.map(
    (_, m) => `\\cmidrule(lr){${2 + m * scores.length}-${1 + (m + 1) * scores.length}}`,
  );
  return [
    "",
    "\\begin{table}",
    "\\centering",
    `\\caption{${caption(summary, protocol)}}`,
    `\\label{tab:${`${summary.run}-${protocol}`.replace(/[^A-Za-z0-9]+/g, "-")}}`,
    `\\begin{tabular}{l${"r".repeat(columns)}}`,
    "\\toprule",
    line(
      "",
      models.map(({ title }) => `\\multicolumn{${scores.length}}{c}{${escapeLatex(title)}}`),
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
        perModel((model, { ofCell }) =>
          estimateLatex(ofCell(cellOf(summary, protocol, name, model)?.rounds ?? [])),
        ),
      ),
    ),
    "\\midrule",
    line(
      "Mean over benchmarks",
      perModel((model, { ofSuite }) => estimateLatex(ofSuite(model))),
    ),
    "\\bottomrule",
    "\\end{tabular}",
    "\\end{table}",
  ];
}

function scoresOf(summary: Summary, protocol: string): Score[] {
  const rounds = shownRounds(summary, protocol);
  const [first, last] = [rounds[0], rounds.at(-1)];
  if (first === undefined || last === undefined) return [];
  const suiteRound = (model: string, clicks: number) =>
    suiteOf(summary, protocol, model)?.rounds.find((round) => round.clicks === clicks);
  const at = (clicks: number): Score => ({
    title: roundLabel(protocol, clicks),
    ofCell: (cell) => roundAt(cell, clicks)?.miou,
    ofSuite: (model) => suiteRound(model, clicks)?.macro,
  });
  const oracle: Score = {
    title: "oracle",
    ofCell: (cell) => roundAt(cell, first)?.oracle,
    ofSuite: (model) => suiteRound(model, first)?.oracleMacro,
  };
  const best = oracleRounds(summary, protocol).has(first) ? [oracle] : [];
  return [at(first), ...best, ...(last === first ? [] : [at(last)])];
}

/** The first table with scores has the report's summary. */
function caption(summary: Summary, protocol: string): string {
  const what = summary.protocols.find(({ id }) => id === protocol)?.summary ?? "";
  const sentences = protocol === mainProtocol(summary) ? captionSentences(summary) : [];
  const numbers =
    sentences.length > 0
      ? `${protocol}: ${what}.`
      : `mIoU in %, 95 % intervals in brackets; ${protocol}: ${what}.`;
  const unfinished = summary.complete ? [] : ["Incomplete run."];
  return escapeLatex([...sentences, numbers, ...unfinished].join(" "));
}
