// The section of a run with its numbers beside published ones.
import type { PublishedMatch } from "../../core/results.ts";
import { modelMark } from "../kit/figures.ts";
import { titleWithin } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { listed, remarks, type Section, section } from "../kit/page.ts";
import { type Column, htmlTable, left, markdownTable } from "../kit/table.ts";
import {
  onColumn,
  type PublishedRow,
  publishedColumns,
  publishedGaps,
  publishedNote,
  sourceLines,
} from "../published.ts";
import type { Page } from "./columns.ts";

const id = "published";
const title = "Beside published numbers";

/** Nothing where no card names published numbers. */
export const publishedSection: Section<Page> = {
  id,
  html: (page) => {
    const { published } = page.summary;
    if (published === undefined) return undefined;
    const { scores, differences } = rowsOf(page, published);
    const sources = sourcesOf(published).map((line) => html`<li>${line}</li>`);
    const gaps = published.models.flatMap((model) => {
      const look = page.series.find(({ name }) => name === model.model);
      return publishedGaps(page.summary, model).map(
        (gap) => html`<li class="${look?.className}">${gap}</li>`,
      );
    });
    return section(
      id,
      title,
      html`${sources.length === 0 ? undefined : html`<p class="note">${publishedNote}</p>`}
${tableOf(page, scores, "Shares in percent, their differences in points", "Published numbers beside ours")}${tableOf(
  ...([page, differences] as const),
  html`Differences of two models in points; <code>segbench compare</code> gives ours an interval`,
  "Published differences beside ours",
)}${remarks(gaps)}${
  sources.length === 0
    ? undefined
    : html`<details><summary>What the sources state</summary>${remarks(sources)}</details>
`
}`,
    );
  },
  markdown: (page) => {
    const { published } = page.summary;
    if (published === undefined) return [];
    const { scores, differences } = rowsOf(page, published);
    const rows = [...scores, ...differences];
    const lines = [
      ...sourcesOf(published),
      ...published.models.flatMap((model) => publishedGaps(page.summary, model)),
    ];
    return [
      ...[`## ${title}`, ""],
      ...(rows.length === 0
        ? []
        : [publishedNote, "", ...markdownTable({ columns: columnsOf(page, true), rows }), ""]),
      ...(lines.length === 0 ? [] : [...listed(lines), ""]),
    ];
  },
};

interface Row extends PublishedRow {
  /** Of one model or two. */
  readonly models: string;
  readonly mark?: Html;
  readonly className: string;
}

function rowsOf({ series }: Page, { models, differences }: PublishedMatch) {
  const lookOf = (model: string) => series.find(({ name }) => name === model)!;
  return {
    scores: models.flatMap(({ model, scores }) => {
      const look = lookOf(model);
      const own = { models: look.title, mark: modelMark(look), className: `${look.className} group` };
      return scores.map((score): Row => ({ ...own, score, signed: false, interval: true }));
    }),
    differences: differences.map((score): Row => {
      const names = `${titleWithin(lookOf(score.model).title)} minus ${titleWithin(lookOf(score.minus).title)}`;
      return { models: names, className: "group", score, signed: true, interval: false };
    }),
  };
}

function sourcesOf({ models, differences }: PublishedMatch): string[] {
  return sourceLines([...models.flatMap(({ scores }) => scores), ...differences]);
}

function columnsOf({ summary }: Page, several: boolean): Column<Row>[] {
  const model = left<Row>("model", ({ models, mark }) => ({ text: models, page: mark }), { head: "Model" });
  return [onColumn(summary), ...(several ? [model] : []), ...publishedColumns<Row>(summary)];
}

function tableOf(page: Page, rows: readonly Row[], caption: Html | string, name: string): Html | undefined {
  if (rows.length === 0) return undefined;
  const columns = columnsOf(page, page.series.length > 1);
  return htmlTable({ columns, rows, mark: ({ className }) => ({ className }) }, caption, name);
}
