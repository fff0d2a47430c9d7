// A run's report: its sections in order, as a page, as Markdown and as what is printed. A new section is a file and a line here.

import type { Summary } from "../../core/results.ts";
import { nounsOf } from "../../core/words.ts";
import { filmStyle } from "../film.ts";
import { shownOrder } from "../gallery.ts";
import type { ReportInput } from "../input.ts";
import { answerStyle, choices, modelMark, showBox } from "../kit/figures.ts";
import { byName, inUnit, sentence, wrapped } from "../kit/format.ts";
import { html } from "../kit/markup.ts";
import {
  bar,
  htmlOf,
  markdownOf,
  pageText,
  printedOf,
  remarks,
  type Section,
  section,
  top,
} from "../kit/page.ts";
import { filterRules } from "../kit/style.ts";
import { escapeMarkdown } from "../kit/table.ts";
import { plainScreen, type Screen, toned } from "../kit/text-table.ts";
import { mainProtocol, modelTitle } from "../lookup.ts";
import { benchmarksSection } from "./benchmark-sections.ts";
import { benchmarkTables } from "./benchmarks.ts";
import { categoryTables } from "./categories.ts";
import { type Page, type ProtocolPage, pageOf, protocolsOf, someInterval } from "./columns.ts";
import { suiteCurve } from "./curves.ts";
import { domainTables } from "./domains.ts";
import { failedText, fewText, runSize } from "./lead.ts";
import { furtherTables, groupTables } from "./measures.ts";
import { overviewSection } from "./overview.ts";
import { phraseTables } from "./phrases.ts";
import { planSection, runDefinitions } from "./plan.ts";
import { publishedSection } from "./published.ts";
import { setStyle } from "./sets.ts";
import { sizes } from "./sizes.ts";
import { timesSection } from "./times.ts";
import { worstObjects } from "./tracks.ts";

/** Of every protocol: numbers of different protocols never share a plot or a table. */
const protocolParts: readonly Section<ProtocolPage>[] = [
  benchmarkTables,
  worstObjects,
  phraseTables,
  furtherTables,
  domainTables,
  {
    id: "curve",
    html: (page) => (page.protocol.id === mainProtocol(page.summary) ? undefined : suiteCurve(page)),
  },
  categoryTables,
  groupTables,
  { id: "sizes", html: sizes },
];

const protocolsSection: Section<Page> = {
  id: "protocols",
  links: (page) => protocolsOf(page).map(({ protocol: { id } }) => [page.protocolIds.get(id)!, id]),
  html: (page) => {
    const notes = page.summary.models.flatMap(({ name, remarks: own }) =>
      own.map((note) => html`<li><b>${modelTitle(page.summary, name)}:</b> ${note}</li>`),
    );
    const sections = protocolsOf(page).map((own) => {
      const { id, summary: what } = own.protocol;
      const first = own.protocol === page.summary.protocols[0];
      const content = html`<p class="note">${what}</p>
${first ? remarks(notes) : undefined}${htmlOf(protocolParts, own)}`;
      return section(page.protocolIds.get(id)!, id, content);
    });
    return html`${sections}`;
  },
  markdown: (page) =>
    protocolsOf(page).flatMap((own) => {
      const { id, summary: what } = own.protocol;
      const [first] = own.measures;
      const unit = first === undefined ? [] : [inUnit(first.of, first)];
      const brackets = someInterval(page.summary, id) ? ["95 % intervals in brackets"] : [];
      const numbers = sentence([...unit, ...brackets].join(", "));
      return [
        ...[
          `## ${escapeMarkdown(id)}`,
          "",
          `${escapeMarkdown(what)}.${numbers === "" ? "" : ` ${escapeMarkdown(numbers)}.`}`,
          "",
        ],
        ...protocolParts.flatMap(({ markdown }) => markdown?.(own) ?? []),
      ];
    }),
  terminal: (page, screen) => {
    const few = fewText(page.summary);
    return [
      ...protocolsOf(page).flatMap((own) =>
        protocolParts.flatMap(({ terminal }) => terminal?.(own, screen) ?? []),
      ),
      ...(page.sets?.empty ?? []).flatMap((text) => wrapped(`${text}.`, screen.columns, "  ")),
      ...(few === "" ? [] : wrapped(few, screen.columns, "  ").map((line) => toned(line, "faint", screen))),
    ];
  },
};

const sections: readonly Section<Page>[] = [
  overviewSection,
  publishedSection,
  benchmarksSection,
  protocolsSection,
  timesSection,
  runDefinitions,
  planSection,
];

/** One file that loads nothing, works without scripts, in light and dark, on paper and on a phone. */
export function runPage(input: ReportInput): string {
  const page = pageOf(input);
  const { summary, series } = page;
  const { sample } = nounsOf(summary.protocols);
  // Which models to see: also the key to colours and symbols.
  const boxes = series.map((look) => showBox(look.className, modelMark(look)));
  const partial = summary.complete
    ? undefined
    : html`<p class="warning" role="note"><b>Incomplete run.</b> Not every ${sample} has been scored yet: the numbers are those of the rows so far.</p>
`;
  const failure = failedText(summary);
  const failed =
    failure === undefined
      ? undefined
      : html`<p class="warning" role="note"><b>Failed targets.</b> ${failure} Each benchmark's section says why.</p>
`;
  const drawn = drawnText(summary);
  const made =
    drawn === undefined
      ? undefined
      : html`<p class="warning" role="note"><b>${drawn[0]}</b> ${drawn[1]}</p>
`;
  const empty = page.sets?.empty.map(
    (text) => html`<p class="warning" role="note"><b>No masks.</b> ${text}.</p>
`,
  );
  return pageText({
    ...{ title: summary.title, result: "result" },
    style:
      runStyle +
      (page.tracks === undefined ? "" : filmStyle) +
      (page.sets === undefined ? "" : setStyle) +
      (page.phrases === undefined ? "" : answerStyle) +
      filterRules([...series.map(({ className }) => className), ...shownOrder]),
    content: html`${top(summary.title, runSize(summary))}${partial}${failed}${empty}${made}${bar(sections, page, series.length > 1 ? choices("Models", boxes) : undefined)}${htmlOf(sections, page)}`,
  });
}

/** Whoever sees the numbers of drawn pictures must know. */
function drawnText({ benchmarks, protocols }: Summary): readonly [string, string] | undefined {
  const names = benchmarks.filter(({ drawn }) => drawn === true).map(({ name }) => name);
  if (names.length === 0) return undefined;
  const nothing = "mean nothing about real data.";
  const images = `${nounsOf(protocols).sample}s`;
  if (names.length === benchmarks.length)
    return ["Drawn pictures.", `The ${images} are miniatures that a program drew: the numbers ${nothing}`];
  return [
    "Drawn pictures.",
    `The ${images} of ${names.join(", ")} are miniatures that a program drew: their numbers, and means over all benchmarks, ${nothing}`,
  ];
}

/** Every number, no pictures. */
export function runMarkdown(input: ReportInput): string {
  const drawn = drawnText(input.summary);
  const made = drawn === undefined ? "" : `> **${drawn[0]}** ${escapeMarkdown(drawn[1])}\n\n`;
  const empty = (input.sets?.empty ?? []).map((text) => `> **No masks.** ${escapeMarkdown(text)}.\n\n`);
  return `# ${escapeMarkdown(input.summary.title)}\n\n${empty.join("")}${made}${markdownOf(sections, pageOf(input))}`;
}

/** What a run prints at its end. */
export function runText(input: ReportInput, screen: Screen = plainScreen): string {
  const summary = { ...input.summary, models: input.summary.models.map(byName) };
  return printedOf(sections, pageOf({ ...input, summary }), screen);
}

/** The style of what only the page of a run has: the overview, the sections of benchmarks, the gallery and its dialog. */
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
