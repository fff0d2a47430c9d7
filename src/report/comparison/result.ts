// The result of a pair of models: warnings, the lead, the suite, the gate's verdict, and published differences.

import type { MeasureNote } from "../../core/measure.ts";
import { nounsOf } from "../../core/words.ts";
import { differenceFigure, differenceRow } from "../kit/bars.ts";
import { checkGroups, checksTable, verdictText } from "../kit/checks.ts";
import { type Html, html } from "../kit/markup.ts";
import {
  copyable,
  leadMarkdown,
  leadText,
  listed,
  remarks,
  type Section,
  section,
  titled,
} from "../kit/page.ts";
import { escapeMarkdown, htmlTable, markdownTable, type Table } from "../kit/table.ts";
import { textTable, toned } from "../kit/text-table.ts";
import { onColumn, type PublishedRow, publishedColumns, publishedNote, sourceLines } from "../published.ts";
import { comparisonLead, nothingCompared, pairingLines, pairTitle, summaryText } from "./lead.ts";
import {
  axisLabel,
  besideLabel,
  firstMeasure,
  measured,
  overallOf,
  type PairPage,
  shownMeasures,
} from "./lookup.ts";
import { overallTable } from "./tables.ts";
import { tradeSentence } from "./time.ts";

export const resultSection: Section<PairPage> = {
  id: "result",
  html: (page) => {
    const { comparison, pair, n, gallery } = page;
    const lead = comparisonLead(comparison, pair);
    const many = comparison.pairs.length > 1;
    const content = html`${warning(page)}${gateVerdict(page)}<div class="lead"><div>${
      lead === undefined
        ? html`<p>Nothing to compare: ${nothingCompared(comparison, pair)}.</p>`
        : html`<p><b>${lead.score}</b> ${lead.sentences.join(" ")}</p>`
    }${remarks([...pairingLines(comparison, pair), ...(n === 0 ? gallery.missing : [])])}${paste(page)}</div>${overview(page)}</div>
<div class="tables"><div>${htmlTable(
      overallTable(page),
      html`${isSuite(page) ? html`<b>Suite</b> ` : undefined}${overWhat(page)}: percent and points, or the unit in brackets`,
      "Suite differences",
    )}</div></div>
${gateTables(page)}${publishedTable(page)}${
  pair.differences.length === 0
    ? undefined
    : html`<details><summary>What differs between the sides</summary>${list(pair.differences)}</details>
`
}`;
    return many
      ? section(`pair-${n}`, pairTitle(comparison, pair), content)
      : html`<section id="result">${content}</section>
`;
  },
  markdown: (page) => {
    const { comparison, pair } = page;
    return [
      ...[`# ${escapeMarkdown(pairTitle(comparison, pair))}`, ""],
      ...[...refusedLines(page), ...leadLines(page)],
      ...[...listed(pairingLines(comparison, pair)), ""],
      ...[...markdownTable(overallTable(page)), ""],
      ...publishedLines(page),
    ];
  },
  terminal: (page, screen) => {
    const { comparison, pair } = page;
    const lead = comparisonLead(comparison, pair);
    return [
      toned(pairTitle(comparison, pair), "bold", screen),
      ...(pair.refused.length === 0
        ? []
        : [
            "forced: the two sides differ in what affects numbers",
            ...pair.refused.map((line) => `  ${line}`),
          ]),
      lead === undefined ? `nothing to compare: ${nothingCompared(comparison, pair)}` : leadText(lead),
      ...pairingLines(comparison, pair),
      "",
      `${overWhat(page)}: percent and points, or the unit in brackets`,
      ...textTable(overallTable(page), screen, { elsewhere: "comparison.md", explained: true }),
    ];
  },
};

export function leadLines({ comparison, pair }: PairPage): string[] {
  const lead = comparisonLead(comparison, pair);
  const nothing = () => `Nothing to compare: ${escapeMarkdown(nothingCompared(comparison, pair))}.`;
  return [lead === undefined ? nothing() : leadMarkdown(lead), ""];
}

function isSuite({ comparison }: PairPage): boolean {
  return comparison.benchmarks.length > 1;
}

function overWhat(page: PairPage): string {
  if (isSuite(page)) return "unweighted means over benchmarks";
  const { means, target } = nounsOf(page.comparison.protocols);
  return `${means ? `means over the ${target}s of ` : ""}${page.comparison.benchmarks[0]?.title}`;
}

/** Suite difference in every main measure of a protocol that has its first one's unit: a plot per protocol, all of a unit to one scale. */
function overview(page: PairPage): Html | undefined {
  const { comparison, pair } = page;
  const groups = comparison.protocols.flatMap((protocol) => {
    const measures = shownMeasures(pair, protocol);
    const first = firstMeasure(pair, protocol);
    if (first === undefined) return [];
    const rows = measures
      .filter(({ show, unit }) => show === "main" && unit === first.unit)
      .map((measure) => {
        const found = measured(overallOf(pair, protocol.id), measure.id)!;
        return differenceRow(besideLabel(first, measure), measure, found.difference);
      });
    return rows.length === 0 ? [] : [{ title: protocol.id, rows, first }];
  });
  if (groups.length === 0) return undefined;
  const endsOf = (unit: MeasureNote["unit"]) =>
    groups
      .filter(({ first }) => first.unit === unit)
      .flatMap(({ rows }) => rows.flatMap(({ value, low, high }) => [value, low ?? 0, high ?? 0]));
  const beside = groups.flatMap(({ rows }) => rows.map(({ name }) => name));
  const plots = groups.map(({ title, rows, first }, g) => {
    const suite = isSuite(page);
    const what = suite ? "Suite difference: the unweighted mean over benchmarks" : "Difference";
    const bounded = groups.some((group) => group.rows.some(({ low }) => low !== undefined));
    const note = g === 0 ? `${what}${bounded ? ", with its 95 % interval" : ""}.` : "";
    const label = suite ? `suite ${axisLabel(first)}` : axisLabel(first);
    return differenceFigure(rows, { title, wide: 520, label, note, ends: endsOf(first.unit), beside });
  });
  return html`<div>${plots}</div>`;
}

function list(lines: readonly string[]): Html {
  return html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

/** A prominent warning. */
function warning({ pair: { refused } }: PairPage): Html | undefined {
  if (refused.length === 0) return undefined;
  return html`<div class="warning" role="note"><b>Forced.</b> The two sides differ in what affects numbers; what follows is not the difference of the models alone.${list(refused)}</div>
`;
}

export function refusedLines({ pair: { refused } }: PairPage): string[] {
  if (refused.length === 0) return [];
  return [
    "> **Forced.** The two sides differ in what affects numbers; the differences below are not those of the models alone.",
    ...refused.map((line) => `> - ${escapeMarkdown(line)}`),
    "",
  ];
}

/** Ready for a message or a pull request; the button needs a script, the text does not. */
function paste(page: PairPage): Html | undefined {
  const { comparison, pair, n } = page;
  const text = summaryText(comparison, pair);
  if (text === undefined) return undefined;
  const all = [text, tradeSentence(page) ?? ""].join(" ").trim();
  return html`<details class="paste"><summary>Summary to paste</summary>${copyable(`summary-${n}`, all, "note")}</details>
`;
}

/** The gate's verdict in a line. */
function gateVerdict({ pair: { gate } }: PairPage): Html | undefined {
  if (gate === undefined) return undefined;
  return html`<p class="verdict ${gate.verdict}">Gate ${gate.name} ${verdictText(gate)}</p>
`;
}

/** Its limits: broken and undecided ones in view, the others folded away. */
function gateTables({ pair: { gate } }: PairPage): Html | undefined {
  if (gate === undefined) return undefined;
  const tables = checkGroups(gate).map(({ verdict, title, checks }) => {
    const table = htmlTable(checksTable(checks), title, title);
    return verdict === "passed" ? html`<details><summary>${title}</summary>${table}</details>` : table;
  });
  return html`<div class="block">${tables}</div>
`;
}

const nothingPublished = "No published number of these two models is measured in this comparison.";

function publishedDifferences({ comparison, pair: { published = [] } }: PairPage): Table<PublishedRow> {
  return {
    columns: [onColumn(comparison), ...publishedColumns(comparison)],
    rows: published.map((score) => ({ score, signed: true, interval: true })),
  };
}

/** A table, a sentence where nothing is published, nothing where the cards name no numbers. */
function publishedTable(page: PairPage): Html | undefined {
  const { published } = page.pair;
  if (published === undefined) return undefined;
  if (published.length === 0) return html`<p class="note">${nothingPublished}</p>`;
  const caption = "Candidate minus base: shares in points";
  return html`<h3>Beside published differences</h3><p class="note">${publishedNote}</p>
${htmlTable(publishedDifferences(page), caption, "Published differences beside ours")}
${remarks(sourceLines(published))}`;
}

function publishedLines(page: PairPage): string[] {
  const { published } = page.pair;
  if (published === undefined) return [];
  const title = "## Beside published differences";
  if (published.length === 0) return titled(title, [nothingPublished]);
  const table = markdownTable(publishedDifferences(page));
  return titled(title, [publishedNote, "", ...table, "", ...listed(sourceLines(published))]);
}
