import type { Summary } from "../../core/summary.ts";
import {
  nothingNamed,
  publishedGaps,
  publishedNote,
  publishedTable,
  sourceLines,
} from "../published-text.ts";
import { escapeMarkdown, markdownTable } from "../table.ts";

/** Published numbers beside ours; one sentence where no card names any. */
export function publishedLines(summary: Summary): string[] {
  if (summary.published === undefined) return [nothingNamed, ""];
  const table = publishedTable(summary);
  const { models, differences } = summary.published;
  const sources = sourceLines([...models.flatMap(({ scores }) => scores), ...differences]);
  const gaps = models.flatMap((model) => publishedGaps(summary, model));
  return [
    "## Beside published numbers",
    "",
    ...(table.rows.length === 0 ? [] : [publishedNote, "", ...markdownTable(table), ""]),
    ...sources.map((source) => `- ${escapeMarkdown(source)}`),
    ...gaps.map((gap) => `- ${escapeMarkdown(gap)}`),
    ...(sources.length + gaps.length === 0 ? [] : [""]),
  ];
}
