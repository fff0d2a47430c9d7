import { benchmarkSections } from "./html/benchmark-sections.ts";
import { benchmarks } from "./html/benchmarks.ts";
import { suiteCurve } from "./html/curves.ts";
import { domainTable } from "./html/domains.ts";
import { pageText } from "./html/frame.ts";
import { kinds } from "./html/gallery.ts";
import { remarks, top } from "./html/headline.ts";
import { type Html, html as markup } from "./html/markup.ts";
import { further, groups } from "./html/measures.ts";
import { overview } from "./html/overview.ts";
import { modelMark, type Page, pageOf } from "./html/parts.ts";
import { definitionList, provenance } from "./html/provenance.ts";
import { published } from "./html/published.ts";
import { sizes } from "./html/sizes.ts";
import { filterRules } from "./html/style.ts";
import { runStyle } from "./html/style-run.ts";
import { times } from "./html/times.ts";
import type { ReportInput, ReportWriter } from "./input.ts";
import { mainProtocol } from "./lookup.ts";

/** The report for people: one file that loads nothing, works without scripts, in light and dark, on paper and on a phone. */
export const html: ReportWriter = {
  file: "report.html",
  summary: "the report as one self-contained page",
  render: (input) => render(input),
};

function render(input: ReportInput): string {
  const page = pageOf(input);
  const { summary, series } = page;
  return pageText({
    title: summary.title,
    result: "result",
    style: runStyle + filterRules([...series.map(({ className }) => className), ...kinds]),
    content: markup`${top(page)}${bar(page)}${overview(page)}${published(page)}${benchmarkSections(page)}${summary.protocols.map((_, p) => protocolSection(page, p))}${times(page)}${definitionList(page)}${provenance(page)}`,
  });
}

/** Where to go, and which models to see: also the key to colours and symbols. */
function bar({ summary, series, protocolIds, input }: Page): Html {
  const links = summary.protocols
    .filter(({ id }) => summary.cells.some(({ protocol }) => protocol === id))
    .map(({ id }) => markup`<a href="#${protocolIds.get(id)!}">${id}</a>`);
  const boxes = series.map(
    (look) =>
      markup`<label><input type="checkbox" id="show-${look.className}" checked autocomplete="off"> ${modelMark(look)}</label>`,
  );
  return markup`<div class="bar"><nav aria-label="Sections"><a href="#result">Result</a><a href="#benchmarks">Benchmarks</a>${links}${(input.times ?? []).length > 0 ? markup`<a href="#times">Time</a>` : undefined}<a href="#definitions">Definitions</a><a href="#plan">Plan</a></nav>${
    series.length > 1
      ? markup`<fieldset class="filter"><legend>Models</legend>${boxes}</fieldset>`
      : undefined
  }</div>
`;
}

/** Everything about one protocol: numbers of different protocols never share a plot or a table. */
function protocolSection(page: Page, p: number): Html | undefined {
  const { id: protocol, summary: what } = page.summary.protocols[p]!;
  if (!page.summary.cells.some((cell) => cell.protocol === protocol)) return undefined;
  const curve = protocol === mainProtocol(page.summary) ? [] : [suiteCurve];
  const parts = [benchmarks, further, domainTable, ...curve, groups, sizes];
  const id = page.protocolIds.get(protocol)!;
  return markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${protocol}</h2>
<p class="note">${what}</p>
${p === 0 ? remarks(page) : undefined}${parts.flatMap((part) => part(page, protocol) ?? [])}</section>
`;
}
