import type { ComparedPair, Comparison, GateCheck } from "../../core/comparison.ts";
import { plural } from "../format-number.ts";
import { escapeMarkdown, markdownTable, type Table } from "../table.ts";
import type { ComparisonWriter } from "./input.ts";
import { comparisonLead, pairingLines, pairTitle } from "./lead.ts";
import { refusedLines } from "./markdown.ts";
import { overallTable } from "./tables.ts";

/** The verdict for a pull request: short, broken limits first, the rest folded away. */
export const gateMarkdown: ComparisonWriter = {
  file: "gate.md",
  summary: "the gate's verdict for a pull-request comment",
  render: (comparison) =>
    `${comparison.pairs
      .flatMap((pair) => verdict(comparison, pair))
      .join("\n")
      .trimEnd()}\n`,
};

function verdict(comparison: Comparison, pair: ComparedPair): string[] {
  const { gate } = pair;
  if (gate === undefined) return [];
  const broken = gate.checks.filter(({ passed }) => !passed);
  const lead = comparisonLead(comparison, pair);
  const result =
    broken.length === 0
      ? `passed: ${plural(gate.checks.length, "limit")} kept`
      : `**failed**: ${broken.length} of ${plural(gate.checks.length, "limit")} broken`;
  return [
    `### ${escapeMarkdown(pairTitle(comparison, pair))}`,
    "",
    `Gate \`${gate.name}\` ${result}.`,
    "",
    ...refusedLines(pair),
    ...(broken.length === 0 ? [] : [...markdownTable(checksTable(broken)), ""]),
    ...(lead === undefined ? [] : [`**${lead.score}** ${escapeMarkdown(lead.text)}`, ""]),
    "<details><summary>All numbers</summary>",
    "",
    ...markdownTable(overallTable(comparison, pair)),
    "",
    ...pairingLines(comparison, pair).map((line) => `- ${escapeMarkdown(line)}`),
    "",
    "</details>",
    "",
  ];
}

function checksTable(checks: readonly GateCheck[]): Table {
  const columns = ["where", "what", "limit", "got"].map((title) => ({ title, align: "left" as const }));
  return {
    columns,
    rows: checks.map(({ where, what, limit, got }) => [where, what, limit, got]),
  };
}
