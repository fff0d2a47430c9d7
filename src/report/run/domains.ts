// The suite by domain: a plot on the first screen, and the numbers.
import type { Estimate, MeasureNote } from "../../core/measure.ts";
import type { DomainSummary } from "../../core/results.ts";
import { inUnit, plural, sentence } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { block, type Section, titled } from "../kit/page.ts";
import { htmlTable, left, markdownTable, number, right, type Table } from "../kit/table.ts";
import { gain } from "../lookup.ts";
import { hiding, isSuite, type ModelRow, measureColumns, modelColumn, type ProtocolPage } from "./columns.ts";
import { intervalFigure } from "./intervals.ts";

interface Domain {
  readonly name: string;
  /** A row per model. */
  readonly rows: readonly DomainRow[];
}

interface DomainRow extends ModelRow {
  readonly own: DomainSummary;
  readonly estimateOf: (measure: MeasureNote) => Estimate | undefined;
}

/** Domains of a protocol, best first by the mean over models of a measure. */
function rankedDomains({ summary, series, protocol, keys }: ProtocolPage): Domain[] {
  const first = keys?.first;
  if (first === undefined) return [];
  const own = summary.domains.filter(
    (entry) => entry.protocol === protocol.id && entry.measures[first.id] !== undefined,
  );
  return [...new Set(own.map(({ domain }) => domain))]
    .map((name) => {
      const entries = own.filter(({ domain }) => domain === name);
      const values = entries.map(({ measures }) => measures[first.id]!.macro.value);
      const rows = series.flatMap((look): DomainRow[] => {
        const entry = entries.find(({ model }) => model === look.name);
        if (entry === undefined) return [];
        return [{ look, own: entry, estimateOf: ({ id }) => entry.measures[id]?.macro }];
      });
      return { name, rows, score: gain(first, values.reduce((sum, v) => sum + v, 0) / values.length) };
    })
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
}

/** The suite by domain at a glance. */
export function domainPlot(page: ProtocolPage): Html | undefined {
  const ranked = rankedDomains(page);
  if (page.keys === undefined || ranked.length < 2 || !isSuite(page)) return undefined;
  const { first, bound, last } = page.keys;
  const rows = ranked.map(({ name, rows: marks }) => ({
    name: `${name} (${marks[0]!.own.benchmarks})`,
    marks: marks.map(({ look, estimateOf }) => ({ series: look, estimateOf })),
  }));
  const title = `${sentence(first.of)} by domain`;
  return block(
    "Domains",
    "Unweighted means over a domain's benchmarks, their number in brackets; a benchmark may be in several.",
    intervalFigure(title, rows, { first, beside: bound, last }, 560, "macro "),
  );
}

/** The numbers behind it, for every column. */
export const domainTables: Section<ProtocolPage> = {
  id: "domains",
  html: (page) => {
    const { id } = page.protocol;
    const first = page.keys?.first;
    const ranked = rankedDomains(page);
    if (first === undefined || ranked.length < 2 || !isSuite(page)) return undefined;
    const table = htmlTable(tableOf(page, ranked), inUnit(`Macro ${first.of}`, first), `Domains, ${id}`);
    return html`<details class="block" id="${page.protocolIds.get(id)!}-domains"><summary>By domain: ${plural(ranked.length, "domain")}</summary>${table}</details>
`;
  },
  markdown: (page) => {
    const ranked = rankedDomains(page);
    return ranked.length === 0 || !isSuite(page)
      ? []
      : titled("### Domains", markdownTable(tableOf(page, ranked, page.keys?.first.id)));
  },
};

function tableOf(page: ProtocolPage, ranked: readonly Domain[], bounded?: string): Table<DomainRow> {
  return {
    columns: [
      left("domain", ({ own }) => own.domain, { head: "Domain" }),
      ...modelColumn<DomainRow>(page),
      ...measureColumns<DomainRow>(page.measures, {
        bounded: ({ id }) => bounded === undefined || id === bounded,
      }),
      right("benchmarks", ({ own }) => number(String(own.benchmarks), own.benchmarks), {
        head: "Benchmarks",
      }),
    ],
    rows: ranked.flatMap(({ rows }) => rows),
    mark: hiding,
  };
}
