// What a benchmark's section folds away: everything about it under one protocol.
import type { Cell, Counts } from "../../core/summary.ts";
import { count, formatValue, inUnit, percent } from "../format-number.ts";
import { columnsOf, keyMeasures } from "../lookup.ts";
import { type HistogramRow, histogramPlot } from "../plots/histogram.ts";
import { benchmarkCurve } from "./curves.ts";
import { type Html, html, slug } from "./markup.ts";
import { benchmarkReliability } from "./measures.ts";
import { dataTable, modelMark, numberCell, type Page, panelWidth, plotFigure, rowHead } from "./parts.ts";
import { benchmarkSizes } from "./sizes.ts";

/** Curve, distribution, sizes, reliability, categories, and what could not be scored. */
export function benchmarkDetails(page: Page, benchmark: string, protocol: string): Html | undefined {
  const cells = page.summary.cells.filter(
    (cell) => cell.benchmark === benchmark && cell.protocol === protocol,
  );
  if (cells.length === 0) return undefined;
  const reliability = benchmarkReliability(page, protocol, cells);
  const figures = [
    benchmarkCurve(page, protocol, cells),
    distribution(page, protocol, cells),
    ...benchmarkSizes(page, protocol, cells),
    ...reliability.map(({ figure }) => figure),
  ].flatMap((figure) => figure ?? []);
  const parts = [
    ...(figures.length > 0 ? ["distribution", "sizes"] : []),
    ...reliability.map(({ title }) => title),
    ...(cells.some(({ byCategory }) => byCategory !== undefined) ? ["categories"] : []),
    ...(cells.some(hasMissing) ? ["not scored"] : []),
  ];
  if (parts.length === 0) return undefined;
  const id = `${page.benchmarkIds.get(benchmark)!}-${slug(protocol)}`;
  return html`<details id="${id}"><summary>${protocol}: ${parts.join(", ")}</summary>
<div class="panels">${figures}</div>
${categories(page, benchmark, protocol, cells)}${missing(page, cells)}</details>
`;
}

/** Histograms of the targets' own numbers, a row per model: the first measure, and the last of its name. */
function distribution({ series, summary }: Page, protocol: string, cells: readonly Cell[]): Html | undefined {
  const keys = keyMeasures(summary, protocol);
  if (keys === undefined) return undefined;
  const { first, last } = keys;
  const rows = series.flatMap((look): HistogramRow[] => {
    const own = cells.find(({ model }) => model === look.name)?.distributions ?? {};
    const bars = own[first.id];
    if (bars === undefined || bars.every((n) => n === 0)) return [];
    const line = last === undefined ? undefined : own[last.id];
    return [{ series: look, first: bars, ...(line === undefined ? {} : { last: line }) }];
  });
  if (rows.length === 0) return undefined;
  const described = rows.map(({ series: { title }, first: counts }) => {
    const total = counts.reduce((sum, n) => sum + n, 0);
    const half = counts.slice(counts.length / 2).reduce((sum, n) => sum + n, 0);
    return `${title}: ${Math.round((100 * half) / total)} % of targets at 50 % ${first.of} or more`;
  });
  const plot = histogramPlot(
    rows,
    first.of,
    panelWidth,
    `Histograms of ${first.of}. ${described.join(". ")}`,
  );
  const line = rows.some((row) => row.last !== undefined) ? ` Line: ${last!.at}.` : "";
  return plotFigure(`Distribution of ${first.of}`, plot, `Bars: ${first.at}.${line}`, "panel");
}

function categories(
  page: Page,
  benchmark: string,
  protocol: string,
  cells: readonly Cell[],
): Html | undefined {
  const [first] = columnsOf(page.summary, protocol);
  const models = page.series.flatMap((look) => {
    const buckets = cells.find(({ model }) => model === look.name)?.byCategory;
    return buckets === undefined ? [] : [{ look, buckets }];
  });
  const listed = models[0]?.buckets;
  if (first === undefined || listed === undefined) return undefined;
  const rows = listed.map(({ name, categories: behind }) => {
    const own = models.map(({ buckets }) => buckets.find((bucket) => bucket.name === name));
    const n = Math.max(...own.map((bucket) => bucket?.n ?? 0));
    return {
      cells: [
        rowHead(html`${name ?? `${count(behind)} other ${behind === 1 ? "category" : "categories"}`}`),
        numberCell(count(n), n),
        ...own.map((bucket, m) => {
          const value = bucket?.values[first.id] ?? undefined;
          if (value === undefined) return numberCell("–");
          const { color, className } = models[m]!.look;
          const share = first.unit === "share" ? percent(value) : "0";
          return html`<td class="num measured ${className}" data-sort="${Number(value.toFixed(6))}" style="--share:${share}%;--own:${color}">${formatValue(first, value)}</td>`;
        }),
      ],
    };
  });
  const heads = [
    { title: "Category", numeric: false },
    { title: "Masks", numeric: true },
    ...models.map(({ look }) => ({
      title: models.length > 1 ? look.title : first.of,
      numeric: true,
      className: look.className,
    })),
  ];
  const place = first.at === "" ? "" : `, ${first.at}`;
  const caption = html`<b>Categories</b> ${inUnit(first.of, first)}${place}, the largest categories first`;
  return dataTable(caption, heads, rows, `Categories of ${benchmark}, ${protocol}`);
}

function hasMissing({ counts: { failed, dropped } }: Cell): boolean {
  return failed > 0 || Object.keys(dropped).length > 0;
}

/** Every reason with its count, in the words of the rows. */
function missing({ series }: Page, cells: readonly Cell[]): Html | undefined {
  const list = (title: string, reasons: Counts["dropped"]) =>
    Object.entries(reasons).map(([reason, n]) => html`<li>${title}: ${count(n)} × ${reason}</li>`);
  const own = series.flatMap((look) => {
    const cell = cells.find(({ model }) => model === look.name);
    if (cell === undefined || !hasMissing(cell)) return [];
    const { dropped, failures } = cell.counts;
    return [{ look, items: [...list("dropped", dropped), ...list("failed", failures)] }];
  });
  if (own.length === 0) return undefined;
  const same =
    own.length === cells.length && new Set(own.map(({ items }) => JSON.stringify(items))).size === 1;
  const lines = same
    ? own[0]!.items
    : own.map(
        ({ look, items }) => html`<li class="${look.className}">${modelMark(look)}<ul>${items}</ul></li>`,
      );
  return html`<p class="caption"><b>Not scored</b></p><ul class="missing">${lines}</ul>
`;
}
