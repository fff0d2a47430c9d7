// A comparison: its sections in order, as a page, as Markdown and as what is printed. A new section is a file and a line here.

import { bootstrapDefaults, comparisonDefaults } from "../../core/defaults.ts";
import type { Comparison, ProtocolNote } from "../../core/results.ts";
import { type Nouns, nounsOf } from "../../core/words.ts";
import { filmStyle } from "../film.ts";
import type { ComparisonExtras } from "../input.ts";
import { differenceFigure, differenceRow } from "../kit/bars.ts";
import { checkGroups, checksTable, verdictMarkdown } from "../kit/checks.ts";
import { answerStyle } from "../kit/figures.ts";
import { byName, count, fullName, measureLabel } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import {
  bar,
  block,
  definitionSection,
  folded,
  htmlOf,
  listed,
  markdownOf,
  pageText,
  printedOf,
  type Section,
  section,
  titled,
  top,
} from "../kit/page.ts";
import { escapeMarkdown, htmlTable, markdownTable } from "../kit/table.ts";
import { plainScreen, type Screen, textTable } from "../kit/text-table.ts";

import { measureDefinitions, resampled } from "../run/plan.ts";
import { changesScript, changesStyle, filmStrips, phraseChanges, pictures } from "./changes.ts";
import { comparisonLead, pairingLines, pairTitle } from "./lead.ts";
import {
  axisLabel,
  benchmarkTitle,
  firstBound,
  firstMeasure,
  measured,
  movedLimits,
  type PairPage,
  type ProtocolPage,
  rankedCells,
  rowIds,
  titleOf,
} from "./lookup.ts";
import { leadLines, refusedLines, resultSection } from "./result.ts";
import { benchmarksTable, changedTable, domainsTable, overallTable } from "./tables.ts";
import { timeLines, timeSection, tradeSection } from "./time.ts";

const protocolParts: readonly Section<ProtocolPage>[] = [
  {
    id: "benchmarks",
    html: (page) => {
      const label = measureLabel(page.measure);
      const caption = `${label}: percent, points and counts; the other columns are differences`;
      const table = htmlTable(benchmarksTable(page), caption, `Benchmarks, ${page.protocol.id}`);
      const note = `Best difference first, ${label}.`;
      return block("Benchmarks", note, html`${benchmarkBars(page)}${table}`);
    },
    markdown: (page) => titled("### By benchmark", markdownTable(benchmarksTable(page))),
    terminal: (page, screen) => {
      const table = benchmarksTable(page);
      if (table.rows.length < 2) return [];
      const title = `${page.protocol.id}, ${measureLabel(page.measure)}: by benchmark`;
      const explained = page.protocol === protocolsOf(page)[0]!.protocol;
      return ["", title, ...textTable(table, screen, { elsewhere: "comparison.md", explained })];
    },
  },
  {
    id: "domains",
    html: (page) => {
      const table = domainsTable(page);
      if (table.rows.length < 2) return undefined;
      const note = "Unweighted means over a domain's benchmarks; a benchmark may be in several.";
      return block("Domains", note, htmlTable(table, measureLabel(page.measure), "Domains"));
    },
    markdown: (page) => titled("### By domain", markdownTable(domainsTable(page))),
  },
  phraseChanges,
  pictures,
  filmStrips,
  {
    id: "changed",
    html: (page) => {
      const table = changedTable(page);
      if (table.rows.length === 0) return undefined;
      const content = htmlTable(
        table,
        "the worst first, then the best",
        `Most changed ${nounsOf([page.protocol]).row}s`,
      );
      return html`<details><summary>Most changed ${nounsOf([page.protocol]).row}s</summary>${content}</details>
`;
    },
    markdown: (page) => {
      const table = changedTable(page);
      return table.rows.length === 0
        ? []
        : titled(`### Most changed ${nounsOf([page.protocol]).row}s`, markdownTable(table));
    },
  },
];

const protocolsSection: Section<PairPage> = {
  id: "protocols",
  html: (page) =>
    html`${protocolsOf(page).map((own) => {
      const { id, summary } = own.protocol;
      const p = page.comparison.protocols.indexOf(own.protocol);
      return section(
        `pair-${page.n}-${p}`,
        id,
        html`<p class="note">${summary}</p>
${htmlOf(protocolParts, own)}`,
      );
    })}`,
  markdown: (page) =>
    protocolsOf(page).flatMap((own) => [
      `## ${escapeMarkdown(`${own.protocol.id}, ${measureLabel(own.measure)}`)}`,
      "",
      ...protocolParts.flatMap(({ markdown }) => markdown?.(own) ?? []),
    ]),
  terminal: (page, screen) =>
    protocolsOf(page).flatMap((own) =>
      protocolParts.flatMap(({ terminal }) => terminal?.(own, screen) ?? []),
    ),
};

/** Protocols with pairs. */
function protocolsOf(page: PairPage): ProtocolPage[] {
  const { comparison, pair, n } = page;
  return comparison.protocols.flatMap((protocol, p) => {
    const measure = firstMeasure(pair, protocol);
    return measure === undefined ? [] : [{ ...page, protocol, measure, ids: rowIds(comparison, n, p) }];
  });
}

const sections: readonly Section<PairPage>[] = [
  resultSection,
  timeSection,
  protocolsSection,
  {
    id: "differences",
    markdown: ({ pair }) => titled("## What differs between the sides", listed(pair.differences)),
  },
];

/** Benchmarks by the first measure of a protocol. */
function benchmarkBars({ comparison, pair, protocol, measure }: ProtocolPage): Html | undefined {
  const of = firstBound(pair, protocol);
  const rows = rankedCells(pair, protocol.id, measure).flatMap((cell) => {
    const found = measured(cell, measure.id);
    if (found === undefined) return [];
    const value = of === undefined ? undefined : measured(cell, of.id)?.difference.value;
    const name = benchmarkTitle(comparison, cell.benchmark);
    return [differenceRow(name, measure, found.difference, { value, of })];
  });
  if (rows.length < 2) return undefined;
  return differenceFigure(rows, {
    ...{ title: `Difference by benchmark, ${fullName(measure)}`, wide: 760, label: axisLabel(measure) },
    note: [
      ...(rows.some(({ low }) => low !== undefined) ? ["Lines: 95 % interval."] : []),
      ...(of === undefined ? [] : [`Hollow: ${of.of}.`]),
    ].join(" "),
  });
}

const definitions = definitionSection(({ protocols }: Comparison) => {
  const nouns = nounsOf(protocols);
  return [...Object.entries(meanings(nouns, protocols)), ...measureDefinitions(protocols)];
});

/** One file that loads nothing, works without scripts, in light and dark, on paper and on a phone. */
export function comparisonPage(comparison: Comparison, extras: ComparisonExtras = {}): string {
  const { base, candidates, pairs, protocols } = comparison;
  const title = `${candidates.map((side) => side.title).join(", ")} against ${base.title}`;
  const pages = pagesOf(comparison, extras);
  const own: Section<Comparison> = {
    id: "pairs",
    links: () =>
      pairs.length > 1
        ? pairs.map((pair, n) => [`pair-${n}`, titleOf(comparison, pair.candidate)] as const)
        : protocols.map(({ id }, p) => [`pair-0-${p}`, id] as const),
    html: () => html`${pages.map((page) => htmlOf(sections, page))}${tradeSection(comparison, pages)}`,
  };
  const heading = pairs.length === 1 ? title : `${pairs.length} models against ${base.title}`;
  const { folder } = base;
  const from = folder === undefined || base.title.includes(folder) ? "" : ` of ${folder}`;
  const line = `Candidate minus base, the same ${nounsOf(protocols).row}s and prompts. Base: ${base.title}${from}.`;
  const all = [own, definitions];
  return pageText({
    ...{ title, result: pairs.length === 1 ? "result" : "pair-0", bodyClass: "one" },
    style:
      (extras.gallery?.strips === undefined ? changesStyle : filmStyle) +
      (extras.gallery?.phrases === undefined ? "" : answerStyle),
    script: changesScript,
    content: html`${top(heading, line)}${bar(all, comparison)}${htmlOf(all, comparison)}`,
  });
}

/** Every table, no pictures. */
export function comparisonMarkdown(comparison: Comparison, extras: ComparisonExtras = {}): string {
  return [
    ...pagesOf(comparison, extras).map((page) => markdownOf(sections, page)),
    markdownOf([definitions], comparison),
  ].join("\n");
}

/** What `compare` prints. */
export function comparisonText(
  comparison: Comparison,
  extras: ComparisonExtras = {},
  screen: Screen = plainScreen,
): string {
  const { base, candidates } = comparison;
  const named = { ...comparison, base: byName(base), candidates: candidates.map(byName) };
  return pagesOf(named, extras)
    .map((page) => printedOf(sections, page, screen))
    .join("\n");
}

function pagesOf(
  comparison: Comparison,
  { gallery = { changes: [], missing: [] }, times }: ComparisonExtras,
): PairPage[] {
  return comparison.pairs.map((pair, n) => ({ comparison, pair, n, gallery, times: times?.[n] }));
}

/** The verdict for a pull request: short, broken limits first, then what is undecided, the rest folded away. */
export function gateMarkdown(comparison: Comparison, extras: ComparisonExtras = {}): string {
  const lines = pagesOf(comparison, extras).flatMap((page) => {
    const { pair } = page;
    if (pair.gate === undefined) return [];
    const limits = checkGroups(pair.gate).flatMap(({ verdict, title, checks }) => {
      const table = markdownTable(checksTable(checks));
      return verdict === "passed" ? folded(title, table) : [`**${title}**`, "", ...table, ""];
    });
    return [
      ...[`### ${escapeMarkdown(pairTitle(comparison, pair))}`, ""],
      ...[verdictMarkdown(pair.gate), "", ...refusedLines(page)],
      ...limits,
      ...(comparisonLead(comparison, pair) === undefined ? [] : leadLines(page)),
      ...timeLines(page),
      ...folded("All numbers", [
        ...[...markdownTable(overallTable(page)), ""],
        ...listed(pairingLines(comparison, pair)),
      ]),
    ];
  });
  return `${lines.join("\n").trimEnd()}\n`;
}

const meanings = ({ sample, target, row }: Nouns, protocols: readonly ProtocolNote[]) => ({
  Pair: `One ${row} that both models scored with the same prompts. ${row === "image" ? "An image" : "A target"} that either failed on is left out of both sides, and counted.`,
  Difference:
    "Candidate minus base over the pairs; of a share in percent points. Over several benchmarks it is the unweighted mean of theirs.",
  Interval: `The 95 % expanded percentile interval of the paired difference: ${resampled}, both models together. There is none below ${bootstrapDefaults.intervalClusters} ${sample}s.`,
  p: `Sign-flip permutation test by ${sample}: how often a difference at least as large arises when, ${sample} by ${sample}, chance decides which model is called the candidate. Two-sided; ${count(comparisonDefaults.draws)} patterns, or all of them for few ${sample}s.`,
  Holm: `The p-value corrected for testing all benchmarks of a protocol; clearly better or worse means below ${comparisonDefaults.alpha} after it.`,
  "+ / = / -": `On how many benchmarks or ${target}s the candidate is better, exactly the same, or worse${tallied(protocols)}.`,
  Moved: `Share of the ${target}s whose score changed by more than ${movedLimits(protocols)}, for the better and for the worse.`,
  Detectable: `The smallest true difference that a sample like this one finds with 80 % probability at the 5 % level: about 2.8 standard errors. A difference that was not found does not prove that there is none below this. Not given below ${bootstrapDefaults.detectableClusters} ${sample}s, where it is found less often.`,
});

function tallied(protocols: readonly ProtocolNote[]): string {
  const undirected = protocols.some(({ measures }) => measures.some(({ better }) => better === "none"));
  return undirected ? "; of a number that is better neither high nor low, how many moved" : "";
}
