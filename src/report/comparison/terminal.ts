import type { ComparedPair, Comparison } from "../../core/comparison.ts";
import { textTable } from "../table.ts";
import type { ComparisonWriter } from "./input.ts";
import { comparisonLead, nothingCompared, pairingLines, pairTitle } from "./lead.ts";
import { firstMeasure } from "./lookup.ts";
import { measureLabel } from "./numbers.ts";
import { benchmarksTable, overallTable } from "./tables.ts";

const width = 110;

/** What `compare` prints: plain text. */
export const terminal: ComparisonWriter = {
  file: null,
  summary: "the tables at the end of a comparison",
  render: (comparison) => `${comparison.pairs.map((pair) => pairText(comparison, pair)).join("\n\n")}\n`,
};

function pairText(comparison: Comparison, pair: ComparedPair): string {
  const lead = comparisonLead(comparison, pair);
  const benchmarks = comparison.protocols.flatMap((protocol) => {
    const measure = firstMeasure(pair, protocol);
    const table = benchmarksTable(pair, protocol, false);
    if (measure === undefined || table.rows.length < 2) return [];
    return ["", `${protocol.id}, ${measureLabel(measure)}: by benchmark`, ...textTable(table, width)];
  });
  return [
    pairTitle(comparison, pair),
    ...(pair.refused.length === 0
      ? []
      : ["forced: the two sides differ in what moves numbers", ...pair.refused.map((line) => `  ${line}`)]),
    lead === undefined
      ? `nothing to compare: ${nothingCompared(comparison, pair)}`
      : `${lead.score} ${lead.text}`,
    ...pairingLines(comparison, pair),
    "",
    "unweighted means over benchmarks: percent and points, or the unit in brackets",
    ...textTable(overallTable(comparison, pair), width),
    ...benchmarks,
  ].join("\n");
}
