import type { ComparedPair, Comparison } from "../../core/comparison.ts";
import type { ProtocolNote } from "../../core/summary.ts";
import { escapeMarkdown, markdownTable } from "../table.ts";
import { comparisonDefinitionsOf } from "./definitions.ts";
import type { ComparisonWriter } from "./input.ts";
import { comparisonLead, nothingCompared, pairingLines, pairTitle } from "./lead.ts";
import { firstMeasure } from "./lookup.ts";
import { measureLabel } from "./numbers.ts";
import { publishedMarkdown } from "./published.ts";
import { benchmarksTable, changedTable, domainsTable, overallTable } from "./tables.ts";

/** The comparison as Markdown: every table, no pictures. */
export const markdown: ComparisonWriter = {
  file: "comparison.md",
  summary: "the comparison as Markdown",
  render: (comparison) => {
    const lines = [
      ...comparison.pairs.flatMap((pair) => pairSections(comparison, pair)),
      ...["## What the numbers mean", ""],
      ...comparisonDefinitionsOf(comparison).map(
        ({ term, meaning }) => `- **${escapeMarkdown(term)}**: ${escapeMarkdown(meaning)}`,
      ),
    ];
    return `${lines.join("\n").trimEnd()}\n`;
  },
};

function pairSections(comparison: Comparison, pair: ComparedPair): string[] {
  const lead = comparisonLead(comparison, pair);
  return [
    `# ${escapeMarkdown(pairTitle(comparison, pair))}`,
    "",
    ...refusedLines(pair),
    lead === undefined
      ? `Nothing to compare: ${escapeMarkdown(nothingCompared(comparison, pair))}.`
      : `**${lead.score}** ${escapeMarkdown(lead.text)}`,
    "",
    ...pairingLines(comparison, pair).map((line) => `- ${escapeMarkdown(line)}`),
    "",
    ...markdownTable(overallTable(comparison, pair)),
    "",
    ...publishedMarkdown(comparison, pair),
    ...comparison.protocols.flatMap((protocol) => protocolSection(comparison, pair, protocol)),
    ...(pair.differences.length === 0
      ? []
      : [
          "## What differs between the sides",
          "",
          ...pair.differences.map((line) => `- ${escapeMarkdown(line)}`),
          "",
        ]),
  ];
}

/** A warning that nobody can miss. */
export function refusedLines({ refused }: ComparedPair): string[] {
  if (refused.length === 0) return [];
  return [
    "> **Forced.** The two sides differ in what moves numbers; the differences below are not those of the models alone.",
    ...refused.map((line) => `> - ${escapeMarkdown(line)}`),
    "",
  ];
}

function protocolSection(comparison: Comparison, pair: ComparedPair, protocol: ProtocolNote): string[] {
  const measure = firstMeasure(pair, protocol);
  if (measure === undefined) return [];
  const changed = changedTable(comparison, pair, protocol.id);
  const part = (title: string, lines: readonly string[]) => [`### ${title}`, "", ...lines, ""];
  return [
    `## ${escapeMarkdown(`${protocol.id}, ${measureLabel(measure)}`)}`,
    "",
    ...part("By benchmark", markdownTable(benchmarksTable(pair, protocol, true))),
    ...part("By domain", markdownTable(domainsTable(pair, protocol))),
    ...(changed.rows.length === 0 ? [] : part("Most changed targets", markdownTable(changed))),
  ];
}
