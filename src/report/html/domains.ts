import type { DomainSummary } from "../../core/summary.ts";
import { percent, plural } from "../format-number.ts";
import { oracleRounds, roundLabel, shownRounds } from "../lookup.ts";
import { type IntervalRow, intervalPlot } from "../plots/intervals.ts";
import { type Html, html } from "./markup.ts";
import {
  block,
  bothWidths,
  dataTable,
  estimateCell,
  modelCells,
  modelHeads,
  numberCell,
  type Page,
  plotFigure,
  rowHead,
} from "./parts.ts";

/** Domains of a protocol, best first by the mean over models of their first round. */
function rankedDomains({ summary }: Page, protocol: string) {
  const own = summary.domains.filter((entry) => entry.protocol === protocol && entry.rounds.length > 0);
  const score = (domain: string) => {
    const values = own.filter((entry) => entry.domain === domain).map(({ rounds }) => rounds[0]!.macro.value);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return [...new Set(own.map(({ domain }) => domain))]
    .map((domain) => ({ domain, score: score(domain), of: own.filter((entry) => entry.domain === domain) }))
    .sort((a, b) => b.score - a.score || (a.domain < b.domain ? -1 : 1));
}

/** The suite by domain at a glance. */
export function domainPlot(page: Page, protocol: string): Html | undefined {
  const ranked = rankedDomains(page, protocol);
  if (ranked.length < 2) return undefined;
  const rows = ranked.map(({ domain, of }): IntervalRow => {
    const marks = page.series.flatMap((look) => {
      const rounds = of.find(({ model }) => model === look.name)?.rounds ?? [];
      const [first, last] = [rounds[0], rounds.at(-1)];
      if (first === undefined) return [];
      return [
        {
          ...{ series: look, label: roundLabel(protocol, first.clicks), estimate: first.macro },
          ...(first.oracleMacro === undefined ? {} : { oracle: first.oracleMacro }),
          ...(last === undefined || last === first ? {} : { last: last.macro }),
        },
      ];
    });
    return { name: `${domain} (${of[0]!.benchmarks})`, marks };
  });
  const described = rows.flatMap(({ name, marks }) =>
    marks.map(({ series, estimate }) => `${name}, ${series.title}: ${percent(estimate!.value)} %`),
  );
  return block(
    "Domains",
    "Unweighted means over a domain's benchmarks, their number in brackets; a benchmark may be in several.",
    plotFigure(
      "mIoU by domain",
      bothWidths(
        (width) => intervalPlot(rows, { width, label: "macro mIoU (%)" }, described.join(". ")),
        560,
      ),
      "Solid: first round, with its 95 % interval. Hollow: oracle. Faint: last round.",
    ),
  );
}

/** The numbers behind it, for every shown round. */
export function domainTable(page: Page, protocol: string): Html | undefined {
  const { summary, series } = page;
  const ranked = rankedDomains(page, protocol);
  if (ranked.length < 2) return undefined;
  const rounds = shownRounds(summary, protocol);
  const oracles = oracleRounds(summary, protocol);
  const heads = [
    { title: "Domain", numeric: false },
    ...modelHeads(page),
    ...rounds.flatMap((clicks) => [
      { title: roundLabel(protocol, clicks), numeric: true },
      ...(oracles.has(clicks) ? [{ title: "oracle", numeric: true }] : []),
    ]),
    { title: "Benchmarks", numeric: true },
  ];
  const cellsOf = ({ rounds: own, benchmarks }: DomainSummary) => [
    ...rounds.flatMap((clicks) => {
      const round = own.find((candidate) => candidate.clicks === clicks);
      return [estimateCell(round?.macro), ...(oracles.has(clicks) ? [estimateCell(round?.oracleMacro)] : [])];
    }),
    numberCell(String(benchmarks), benchmarks),
  ];
  const rows = ranked.flatMap(({ domain, of }) =>
    series.flatMap((look) => {
      const own = of.find(({ model }) => model === look.name);
      if (own === undefined) return [];
      const cells = [rowHead(html`${domain}`), ...modelCells(page, look), ...cellsOf(own)];
      return [{ className: look.className, cells }];
    }),
  );
  const table = dataTable(html`Macro mIoU in percent`, heads, rows, `Domains, ${protocol}`);
  return html`<details class="block" id="${page.protocolIds.get(protocol)!}-domains"><summary>By domain: ${plural(ranked.length, "domain")}</summary>${table}</details>
`;
}
