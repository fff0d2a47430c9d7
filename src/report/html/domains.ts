import type { MeasureNote } from "../../core/measure.ts";
import { formatWithUnit, inUnit, plural, sentence } from "../format-number.ts";
import { columnsOf, gain, keyMeasures } from "../lookup.ts";
import { type IntervalRow, intervalNote, intervalPlot } from "../plots/intervals.ts";
import { type Html, html } from "./markup.ts";
import {
  block,
  bothWidths,
  dataTable,
  estimateCell,
  measureHeads,
  modelCells,
  modelHeads,
  numberCell,
  type Page,
  plotFigure,
  rowHead,
} from "./parts.ts";

/** Domains of a protocol, best first by the mean over models of a measure. */
function rankedDomains({ summary }: Page, protocol: string, first: MeasureNote) {
  const own = summary.domains.filter(
    (entry) => entry.protocol === protocol && entry.measures[first.id] !== undefined,
  );
  const score = (domain: string) => {
    const values = own
      .filter((entry) => entry.domain === domain)
      .map(({ measures }) => measures[first.id]!.macro.value);
    return gain(first, values.reduce((sum, value) => sum + value, 0) / values.length);
  };
  return [...new Set(own.map(({ domain }) => domain))]
    .map((domain) => ({ domain, score: score(domain), of: own.filter((entry) => entry.domain === domain) }))
    .sort((a, b) => b.score - a.score || (a.domain < b.domain ? -1 : 1));
}

/** The suite by domain at a glance. */
export function domainPlot(page: Page, protocol: string): Html | undefined {
  const keys = keyMeasures(page.summary, protocol);
  if (keys === undefined) return undefined;
  const { first, bound, last } = keys;
  const ranked = rankedDomains(page, protocol, first);
  if (ranked.length < 2) return undefined;
  const rows = ranked.map(({ domain, of }): IntervalRow => {
    const marks = page.series.flatMap((look) => {
      const own = of.find(({ model }) => model === look.name)?.measures;
      if (own === undefined) return [];
      const macro = (measure: MeasureNote | undefined) =>
        measure === undefined ? undefined : own[measure.id]?.macro;
      return [{ series: look, estimate: macro(first), beside: macro(bound), last: macro(last) }];
    });
    return { name: `${domain} (${of[0]!.benchmarks})`, marks };
  });
  const described = rows.flatMap(({ name, marks }) =>
    marks.map(
      ({ series, estimate }) => `${name}, ${series.title}: ${formatWithUnit(first, estimate!.value)}`,
    ),
  );
  const measures = { first, beside: bound, last };
  const draw = (width: number) =>
    intervalPlot(rows, measures, { width, prefix: "macro " }, described.join(". "));
  return block(
    "Domains",
    "Unweighted means over a domain's benchmarks, their number in brackets; a benchmark may be in several.",
    plotFigure(`${sentence(first.of)} by domain`, bothWidths(draw, 560), intervalNote(measures)),
  );
}

/** The numbers behind it, for every column. */
export function domainTable(page: Page, protocol: string): Html | undefined {
  const { summary, series } = page;
  const measures = columnsOf(summary, protocol);
  const [first] = measures;
  const ranked = first === undefined ? [] : rankedDomains(page, protocol, first);
  if (first === undefined || ranked.length < 2) return undefined;
  const heads = [
    { title: "Domain", numeric: false },
    ...modelHeads(page),
    ...measureHeads(measures),
    { title: "Benchmarks", numeric: true },
  ];
  const rows = ranked.flatMap(({ domain, of }) =>
    series.flatMap((look) => {
      const own = of.find(({ model }) => model === look.name);
      if (own === undefined) return [];
      const cells = [
        ...[rowHead(html`${domain}`), ...modelCells(page, look)],
        ...measures.map((measure) => estimateCell(measure, own.measures[measure.id]?.macro)),
        numberCell(String(own.benchmarks), own.benchmarks),
      ];
      return [{ className: look.className, cells }];
    }),
  );
  const caption = inUnit(`Macro ${first.of}`, first);
  const table = dataTable(html`${caption}`, heads, rows, `Domains, ${protocol}`);
  return html`<details class="block" id="${page.protocolIds.get(protocol)!}-domains"><summary>By domain: ${plural(ranked.length, "domain")}</summary>${table}</details>
`;
}
