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

/** What the page of a run has beyond every page: the overview, the sections of benchmarks, the gallery and its dialog. */
const runStyle = `
.results { list-style: none; margin: 0 0 1.6rem; padding: 0; display: grid; gap: 1.2rem; }
.results .model { font-size: 1.05rem; }
.results .score { display: block; line-height: 1.1; font-size: 1.1rem; color: var(--soft); }
.results .score b { font-size: clamp(2.6rem, 2rem + 2vw, 3.6rem); font-weight: 700; letter-spacing: -.03em; color: var(--text); font-variant-numeric: tabular-nums; }
.results .more { color: var(--soft); font-size: .92rem; font-variant-numeric: tabular-nums; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20.6rem), 1fr)); gap: .4rem 2rem; margin-top: .6rem; }
.measured { background: linear-gradient(to right, color-mix(in srgb, var(--own) 30%, transparent) calc(.62 * var(--share)), transparent 0) no-repeat 0 50% / 100% 70%; min-width: 9rem; }
.columns.block > .block, .columns.block > div > .block:first-child { margin-top: 0; }
.missing { font-size: .9rem; margin: 0 0 1rem; }
.index { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; padding: 0; margin: 0; font-size: .875rem; }
.benchmark { padding-top: 2.4rem; margin-top: 2.4rem; border-top: 1px solid var(--line); }
.benchmark h3 { font-size: 1.3rem; } .benchmark .about { max-width: 50rem; margin-bottom: .9rem; } .about p { margin: .2rem 0 0; }
.anchor { margin-left: .4rem; color: var(--soft); text-decoration: none; font-weight: 400; opacity: .6; } .anchor:hover, .anchor:focus-visible { opacity: 1; }
.tags { color: var(--soft); font-size: .9rem; } .source { color: var(--soft); font-size: .82rem; }
.tag { display: inline-block; margin-right: .2rem; padding: 0 .55em; border-radius: 1em; background: var(--panel); border: 1px solid var(--line); font-size: .8rem; color: var(--text); }
.scores th[scope=colgroup] { padding-bottom: .15rem; border-bottom: 1px solid var(--line); text-align: center; } .scores thead td { border: 0; } .scores thead th { position: static; }
.shots { display: grid; grid-template-columns: repeat(auto-fill, minmax(11.4rem, 1fr)); gap: 1rem; margin: 0 0 1rem; }
.shot img { display: block; width: 100%; height: auto; aspect-ratio: 4 / 3; object-fit: contain; background: #101214; border-radius: 6px; }
.shot .open { display: block; border-radius: 6px; cursor: zoom-in; } .shot .open:hover { outline: 2px solid var(--strong); outline-offset: 2px; }
.shot figcaption { padding-top: .4rem; font-size: .82rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
.what, .where, .facts, .who { display: block; } .facts, .where { color: var(--soft); } .where { font-size: .76rem; }
.who .model { font-weight: 500; }
.dialogue { margin: 0; font-size: .8rem; color: var(--soft); } .dialogue summary { padding: .1rem 0; } .dialogue ol { margin: .2rem 0; padding-left: 1.4rem; } .later { margin: .2rem 0; }
.shot:target img { outline: 3px solid var(--focus); outline-offset: 2px; }
#viewer { width: min(74rem, calc(100vw - 2rem)); max-width: none; max-height: calc(100vh - 2rem); padding: 1.2rem; border: 1px solid var(--strong); border-radius: 10px; background: var(--page); color: var(--text); }
#viewer button { font: inherit; font-size: .875rem; padding: .3rem .8rem; border: 1px solid var(--strong); border-radius: 6px; background: var(--page); color: inherit; cursor: pointer; }
#viewer button:hover { border-color: var(--text); }
#viewer::backdrop { background: rgb(0 0 0 / .66); }
#viewer h2 { margin: 0 0 .2rem; font-size: 1.25rem; } #viewer h3 { margin-top: .9rem; font-size: 1rem; }
.controls { display: flex; gap: .5rem; margin: .4rem 0 .9rem; } .controls .close { margin-left: auto; }
#viewer .content { display: grid; grid-template-columns: minmax(0, 2.2fr) minmax(13rem, 1fr); gap: 1.2rem; }
#viewer img { width: 100%; height: auto; max-height: calc(100vh - 11rem); object-fit: contain; background: #101214; border-radius: 6px; }
#viewer ol { margin: .3rem 0; padding-left: 1.4rem; } #viewer .facts-beside { font-size: .92rem; font-variant-numeric: tabular-nums; } #viewer .later { color: var(--soft); }
#viewer a { font-size: .85rem; color: var(--soft); }
.dialogue .positive, #viewer .positive { color: var(--plus); } .dialogue .negative, #viewer .negative { color: var(--minus); }
@media (max-width: 40rem) {
  .shots { display: flex; overflow-x: auto; scroll-snap-type: x proximity; margin-inline: -1rem; padding: 4px 1rem .4rem; } .shots .shot { flex: 0 0 78%; scroll-snap-align: center; }
  #viewer { width: 100vw; max-height: 100vh; border: 0; border-radius: 0; padding: .8rem; margin: auto 0; } #viewer .content { grid-template-columns: minmax(0, 1fr); } #viewer img { max-height: 60vh; }
}
@media print {
  .index, .anchor, #viewer { display: none; } .shot { break-inside: avoid; }
  .shots { grid-template-columns: repeat(3, minmax(0, 1fr)); }
}
`;
