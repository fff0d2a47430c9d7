import type { ReportInput } from "../input.ts";
import { modelTitle } from "../lookup.ts";
import { escapeMarkdown, markdownTable } from "../table.ts";
import { sharesText, timesSentence, timesTable } from "../times-text.ts";

/** Where the time went, where it was written down. */
export function timesLines({ summary, times = [] }: ReportInput): string[] {
  if (times.length === 0) return [];
  return [
    "## Where the time went",
    "",
    ...times.map(
      (own) =>
        `- ${escapeMarkdown(modelTitle(summary, own.model))}: ${timesSentence(own)}. Busy with ${sharesText(own)}.`,
    ),
    "",
    ...markdownTable(timesTable(summary, times)),
    "",
  ];
}
