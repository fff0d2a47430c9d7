import { benchmarks } from "./html/benchmarks.ts";
import { calibration } from "./html/calibration.ts";
import { clicksToQuality } from "./html/clicks-to-quality.ts";
import { curves } from "./html/curves.ts";
import { distribution } from "./html/distribution.ts";
import { draws } from "./html/draws.ts";
import { pageText } from "./html/frame.ts";
import { gallery } from "./html/gallery.ts";
import { headline, remarks, top } from "./html/headline.ts";
import { type Html, html as markup } from "./html/markup.ts";
import { modelMark, type Page, pageOf } from "./html/parts.ts";
import { definitionList, provenance } from "./html/provenance.ts";
import { published } from "./html/published.ts";
import { sizes } from "./html/sizes.ts";
import { filterRules } from "./html/style.ts";
import type { ReportInput, ReportWriter } from "./input.ts";

/** The report for people: one file that loads nothing, works without scripts, in light and dark, on paper and on a phone. */
export const html: ReportWriter = {
  file: "report.html",
  summary: "the report as one self-contained page",
  render: (input) => render(input),
};

function render(input: ReportInput): string {
  const page = pageOf(input);
  const { summary, series } = page;
  const hidden = [...series.map(({ className }) => className), "worst", "median", "best"];
  const pictures = gallery(page);
  return pageText({
    title: summary.title,
    result: "result",
    style: filterRules(hidden),
    content: markup`${top(page)}${bar(page, pictures !== undefined)}${headline(page)}${published(page)}${summary.protocols.map((_, p) => protocolSection(page, p))}${pictures}${definitionList()}${provenance(page)}`,
  });
}

/** Where to go, and which models to see: also the key to colours and symbols. */
function bar({ summary, series }: Page, pictures: boolean): Html {
  const links = summary.protocols.map(({ id }, p) => markup`<a href="#protocol-${p}">${id}</a>`);
  const boxes = series.map(
    (look) =>
      markup`<label><input type="checkbox" id="show-${look.className}" checked autocomplete="off"> ${modelMark(look)}</label>`,
  );
  return markup`<div class="bar"><nav aria-label="Sections">${links}${
    pictures ? markup`<a href="#gallery">Gallery</a>` : undefined
  }<a href="#definitions">Definitions</a><a href="#plan">Plan</a></nav>${
    series.length > 1
      ? markup`<fieldset class="filter"><legend>Models</legend>${boxes}</fieldset>`
      : undefined
  }</div>
`;
}

/** Everything about one protocol: numbers of different protocols never share a plot or a table. */
function protocolSection(page: Page, p: number): Html | undefined {
  const { id, summary: what } = page.summary.protocols[p]!;
  if (!page.summary.cells.some((cell) => cell.protocol === id)) return undefined;
  const parts = [benchmarks, curves, clicksToQuality, draws, distribution, calibration, sizes];
  return markup`<section id="protocol-${p}" aria-labelledby="protocol-${p}-title"><h2 id="protocol-${p}-title">${id}</h2>
<p class="note">${what}</p>
${p === 0 ? remarks(page) : undefined}${parts.flatMap((part) => part(page, id) ?? [])}</section>
`;
}
