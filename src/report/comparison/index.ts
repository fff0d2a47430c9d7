// The registry of a comparison's writers.
import type { Comparison } from "../../core/results.ts";
import type { ComparisonExtras, ComparisonWriter } from "../input.ts";
import { gateSuite, junitText } from "../kit/checks.ts";
import { jsonText } from "../kit/format.ts";
import { withPlots } from "../kit/plot.ts";
import type { Screen } from "../kit/text-table.ts";
import { comparisonMarkdown, comparisonPage, comparisonText, gateMarkdown } from "./sections.ts";

/** name -> writer. */
export const comparisonWriters = {
  html: {
    ...{ file: "comparison.html", summary: "the comparison as one self-contained page" },
    render: withPlots(comparisonPage),
  },
  markdown: { file: "comparison.md", summary: "the comparison as Markdown", render: comparisonMarkdown },
  json: { file: "comparison.json", summary: "the comparison as JSON", render: jsonText },
  terminal: {
    file: null,
    summary: "the tables at the end of a comparison",
    render: (comparison: Comparison, extras?: ComparisonExtras, screen?: Screen) =>
      comparisonText(comparison, extras, screen),
  },
} as const satisfies Record<string, ComparisonWriter>;

/** Those that only a comparison with a gate has: the checks as test cases, and the verdict. */
export const gateWriters = {
  junit: {
    ...{ file: "junit.xml", summary: "the gate's checks for continuous integration" },
    render: ({ pairs }) =>
      junitText(
        pairs.flatMap(({ candidate, gate }) =>
          gate === undefined ? [] : [gateSuite(`gate ${gate.name}: ${candidate}`, gate.checks, true)],
        ),
      ),
  },
  markdown: {
    ...{ file: "gate.md", summary: "the gate's verdict for a pull-request comment" },
    render: gateMarkdown,
  },
} as const satisfies Record<string, ComparisonWriter>;

export type { ChangeGallery, ComparisonExtras, ComparisonWriter, PicturedChange } from "../input.ts";
