import type { ReportWriter } from "./input.ts";
import { printJson } from "./print-json.ts";

/** The summary for programs: keys in code-unit order, lists of plain values on one line. */
export const json: ReportWriter = {
  file: "summary.json",
  summary: "the summary as JSON",
  render: ({ summary }) => `${printJson(summary)}\n`,
};
