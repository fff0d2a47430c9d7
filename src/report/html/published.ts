// Published numbers beside ours.
import type { PublishedMatch, PublishedScore } from "../../core/published.ts";
import { formatDifference, formatInterval, formatValue } from "../format-number.ts";
import {
  nothingNamed,
  originText,
  placeText,
  publishedGaps,
  publishedNote,
  publishedText,
  scoreText,
  sourceLines,
  verdictWords,
  writtenAs,
} from "../published-text.ts";
import { type Html, html } from "./markup.ts";
import { dataTable, modelHeads, modelMark, numberCell, type Page, rowHead, textCell } from "./parts.ts";

/** A section, or one sentence where no card names published numbers. */
export function published(page: Page): Html {
  const { summary, series } = page;
  if (summary.published === undefined)
    return html`<p class="note" id="published">${nothingNamed}</p>
`;
  const { models, differences } = summary.published;
  const shown = [...models.flatMap(({ scores }) => scores), ...differences];
  const gaps = models.flatMap((model) => {
    const look = series.find(({ name }) => name === model.model);
    return publishedGaps(summary, model).map((gap) => html`<li class="${look?.className}">${gap}</li>`);
  });
  const sources = sourceLines(shown).map((line) => html`<li>${line}</li>`);
  return html`<section id="published" aria-labelledby="published-title"><h2 id="published-title">Beside published numbers</h2>
${shown.length === 0 ? undefined : html`<p class="note">${publishedNote}</p>`}
${scoreTable(page, summary.published)}${differenceTable(page, summary.published)}${
  gaps.length === 0
    ? undefined
    : html`<ul class="remarks">${gaps}</ul>
`
}${
  sources.length === 0
    ? undefined
    : html`<details><summary>What the sources state</summary><ul class="remarks">${sources}</ul></details>
`
}</section>
`;
}

const on = { title: "On", numeric: false };
const heads = [
  { title: "Score", numeric: false },
  { title: "Published", numeric: true },
  { title: "Ours", numeric: true },
  { title: "Difference", numeric: true, hint: "ours minus published, in points" },
  { title: "Published value is", numeric: false },
  { title: "Source", numeric: false },
];

function scoreTable(page: Page, { models }: PublishedMatch): Html | undefined {
  const rows = models.flatMap(({ model, scores }) => {
    const look = page.series.find(({ name }) => name === model)!;
    return scores.map((score) => ({
      className: `${look.className} group`,
      cells: [
        rowHead(place(page, score)),
        ...(page.series.length > 1 ? [textCell(modelMark(look))] : []),
        ...scoreCells(page, score, false),
      ],
    }));
  });
  if (rows.length === 0) return undefined;
  const all = [on, ...modelHeads(page), ...heads];
  return dataTable(
    html`Shares in percent, their differences in points`,
    all,
    rows,
    "Published numbers beside ours",
  );
}

function differenceTable(page: Page, { differences }: PublishedMatch): Html | undefined {
  const titleOf = (model: string) => page.series.find(({ name }) => name === model)!.title;
  const rows = differences.map((score) => ({
    className: "group",
    cells: [
      rowHead(place(page, score)),
      textCell(`${titleOf(score.model)} minus ${titleOf(score.minus)}`),
      ...scoreCells(page, score, true),
    ],
  }));
  if (rows.length === 0) return undefined;
  return dataTable(
    html`Differences of two models in points; <code>segbench compare</code> gives ours an interval`,
    [on, { title: "Models", numeric: false }, ...heads],
    rows,
    "Published differences beside ours",
  );
}

function place({ summary }: Page, score: PublishedScore): Html {
  const title = summary.benchmarks.find(({ name }) => name === score.name)?.title;
  return score.on === "suite" || title === undefined
    ? html`<span class="name">${placeText(score)}</span>`
    : html`<span class="name">${title}</span><small>${score.name}</small>`;
}

/** `signed`: the score is a difference, whose interval takes pairs. */
function scoreCells({ summary: { protocols } }: Page, score: PublishedScore, signed: boolean): Html[] {
  const { differs, ours } = score;
  const measure = writtenAs(protocols, score);
  const format = signed ? formatDifference : formatValue;
  return [
    textCell(html`${scoreText(protocols, score)}<small>${score.protocol}</small>`),
    numberCell(publishedText(protocols, score, format), score.value),
    numberCell(format(measure, ours.value), ours.value, signed ? "" : formatInterval(measure, ours)),
    numberCell(formatDifference(measure, score.difference), score.difference),
    textCell(
      html`${verdictWords[score.verdict]}${differs === undefined ? undefined : html`<small class="words">${differs}</small>`}`,
    ),
    textCell(originText(score)),
  ];
}
