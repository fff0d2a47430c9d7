// Published differences of the two models beside those measured, for the page and for Markdown.
import type { ComparedPair, Comparison } from "../../core/comparison.ts";
import type { PublishedDifference } from "../../core/published.ts";
import type { ProtocolNote } from "../../core/summary.ts";
import { formatDifference, formatEstimate } from "../format-number.ts";
import { type Html, html } from "../html/markup.ts";
import { dataTable, numberCell, rowHead, textCell } from "../html/parts.ts";
import {
  originText,
  placeText,
  publishedNote,
  publishedText,
  scoreText,
  sourceLines,
  verdictWords,
  writtenAs,
} from "../published-text.ts";
import { type Column, escapeMarkdown, markdownTable, type Table } from "../table.ts";
import { benchmarkTitle } from "./lookup.ts";

const none = "Nothing is published for these two models that this comparison measures.";

/** A folded-out table, a sentence where nothing is published, nothing where the cards name no numbers. */
export function publishedHtml(comparison: Comparison, { published }: ComparedPair): Html | undefined {
  if (published === undefined) return undefined;
  if (published.length === 0) return html`<p class="note">${none}</p>`;
  const heads = columns.map(({ title, align }) => ({ title, numeric: align === "right" }));
  const rows = published.map((score) => {
    const [, ...texts] = cells(comparison.protocols, score);
    return {
      cells: [
        rowHead(html`${score.on === "suite" ? placeText(score) : benchmarkTitle(comparison, score.name)}`),
        ...texts.map((text, c) => (columns[c + 1]!.align === "right" ? numberCell(text) : textCell(text))),
      ],
    };
  });
  return html`<h3>Beside published differences</h3><p class="note">${publishedNote}</p>
${dataTable(html`Candidate minus base: shares in points`, heads, rows, "Published differences beside ours")}
<ul class="remarks">${sourceLines(published).map((line) => html`<li>${line}</li>`)}</ul>`;
}

export function publishedMarkdown({ protocols }: Comparison, { published }: ComparedPair): string[] {
  if (published === undefined) return [];
  const title = ["## Beside published differences", ""];
  if (published.length === 0) return [...title, none, ""];
  const table: Table = { columns, rows: published.map((score) => cells(protocols, score)) };
  const sources = sourceLines(published).map((line) => `- ${escapeMarkdown(line)}`);
  return [...title, publishedNote, "", ...markdownTable(table), "", ...sources, ""];
}

const columns: readonly Column[] = [
  { title: "on", align: "left" },
  { title: "score", align: "left" },
  { title: "published", align: "right" },
  { title: "ours [95 %]", align: "right" },
  { title: "published value is", align: "left" },
  { title: "source", align: "left" },
];

function cells(protocols: readonly ProtocolNote[], score: PublishedDifference): string[] {
  return [
    placeText(score),
    `${score.protocol}, ${scoreText(protocols, score)}`,
    publishedText(protocols, score, formatDifference),
    formatEstimate(writtenAs(protocols, score), score.ours, formatDifference),
    verdictWords[score.verdict],
    originText(score),
  ];
}
