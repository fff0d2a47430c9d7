// A section per benchmark: what it is, how the models do on it, pictures, and folded away by protocol: curve, distribution, sizes,
// reliability, categories, and what was not scored.
import type { Estimate } from "../../core/measure.ts";
import type { CategoryBucket, Counts, Cell as Result } from "../../core/results.ts";
import { nounsOf } from "../../core/words.ts";
import { galleryKey, shotsOf } from "../gallery.ts";
import { histogramPlot } from "../kit/bars.ts";
import { modelMark, panelWidth, plotFigure, type Series } from "../kit/figures.ts";
import {
  badge,
  count,
  formatEstimate,
  formatInterval,
  formatValue,
  inUnit,
  percent,
  sentence,
  withUnitName,
} from "../kit/format.ts";
import { type Html, html, slug } from "../kit/markup.ts";
import { type Section, section, titled } from "../kit/page.ts";
import {
  badgeMark,
  type Cell,
  type Column,
  framed,
  htmlTable,
  left,
  markdownTable,
  number,
  right,
} from "../kit/table.ts";
import { keyColumns, mainProtocol } from "../lookup.ts";
import { type ModelRow, type Page, type ProtocolPage, protocolsOf } from "./columns.ts";
import { benchmarkCurve } from "./curves.ts";
import { sizeOf, sizeText } from "./lead.ts";
import { benchmarkReliability } from "./measures.ts";
import { setsKey, setsOf } from "./sets.ts";
import { benchmarkSizes } from "./sizes.ts";
import { stripsKey, tracksOf } from "./tracks.ts";

const id = "benchmarks";

export const benchmarksSection: Section<Page> = {
  id,
  links: ({ summary }) => [[id, summary.benchmarks.length > 1 ? "Benchmarks" : "Benchmark"]],
  html: (page) => {
    const { benchmarks } = page.summary;
    const links = benchmarks.map(
      ({ name, title }) =>
        html`<li><a href="#${page.benchmarkIds.get(name)!}" title="${title}">${name}</a></li>`,
    );
    const [title, index] =
      benchmarks.length > 1
        ? ["Benchmarks", html`<nav aria-label="Benchmarks"><ul class="index">${links}</ul></nav>`]
        : ["Benchmark", undefined];
    return section(
      id,
      title,
      html`${galleryKey(page.gallery)}${stripsKey(page)}${setsKey(page)}${index}
${benchmarks.map(({ name }) => benchmarkSection(page, name))}`,
    );
  },
};

function benchmarkSection(page: Page, name: string): Html {
  const { summary, benchmarkIds, manifest } = page;
  const note = summary.benchmarks.find((one) => one.name === name)!;
  const own = benchmarkIds.get(name)!;
  const card = manifest.plan.benchmarks.find((one) => one.name === name)?.card;
  const tags = note.domain.map((domain) => html`<span class="tag">${domain}</span>`);
  const sources = [
    ...(card !== undefined && "split" in card && card.split !== undefined ? [`split: ${card.split}`] : []),
    ...(note.licence === undefined ? [] : [`licence: ${note.licence}`]),
    ...(note.homepage ? [note.homepage] : []),
  ];
  const details = protocolsOf(page).map((own) => benchmarkDetails(own, name));
  return html`<section class="benchmark" id="${own}" aria-labelledby="${own}-title">
<div class="about"><h3 id="${own}-title">${note.title}<a class="anchor" href="#${own}" aria-label="Link to ${note.title}">#</a></h3>
<p class="tags">${note.title === name ? undefined : html`<code>${name}</code> `}${tags} ${sizeText(sizeOf(summary, [name]), nounsOf(summary.protocols))}</p>
${note.description === undefined ? undefined : html`<p class="what">${note.description}</p>`}
${sources.length === 0 ? undefined : html`<p class="source">${sources.join(" · ")}</p>`}</div>
${scores(page, name)}${shotsOf(page, name)}${tracksOf(page, name)}${setsOf(page, name)}${details}</section>
`;
}

/** The key measures of every protocol, a row per model. */
function scores(page: Page, benchmark: string): Html | undefined {
  const { series } = page;
  const measures = protocolsOf(page).flatMap(({ protocol: { id: group }, keys, cells }) => {
    const own = cells.filter((cell) => cell.benchmark === benchmark);
    const columns = (keys === undefined ? [] : keyColumns(keys)).map((measure) => ({
      ...{ group, measure },
      of: (model: string): Estimate | undefined =>
        own.find((cell) => cell.model === model)?.measures[measure.id],
    }));
    return columns.filter(({ of }) => series.some(({ name }) => of(name) !== undefined));
  });
  const [first] = measures;
  if (first === undefined) return undefined;
  const { of: what, unit } = first.measure;
  const columns = measures.map(({ group, measure, of }): Column<ModelRow> => {
    const title = measure.unit === unit ? measure.title : withUnitName(measure.title, measure);
    return right(
      title,
      ({ look }) => {
        const estimate = of(look.name);
        if (estimate === undefined) return undefined;
        const few = badge(estimate);
        const shown = `${formatValue(measure, estimate.value)} ${formatInterval(measure, estimate)}`;
        return {
          ...number(formatEstimate(measure, estimate)),
          ...(few === "" ? {} : { page: html`${shown} ${badgeMark(few)}` }),
        };
      },
      { group },
    );
  });
  const head = left<ModelRow>(inUnit(what, first.measure), ({ look }) => ({
    ...{ text: look.title, page: modelMark(look) },
  }));
  const rows = series.map((look) => ({ look }));
  const table = {
    columns: [head, ...columns],
    rows,
    mark: ({ look }: ModelRow) => ({ className: look.className }),
  };
  return html`${framed(table, `${what} on ${benchmark}`, "scores")}
`;
}

function benchmarkDetails(page: ProtocolPage, benchmark: string): Html | undefined {
  const { id: protocol } = page.protocol;
  const cells = page.cells.filter((cell) => cell.benchmark === benchmark);
  if (cells.length === 0) return undefined;
  const reliability = benchmarkReliability(page, cells);
  const figures = [
    benchmarkCurve(page, cells),
    distribution(page, cells),
    ...benchmarkSizes(page, cells),
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
${categories(page, benchmark)}${missing(page, cells)}</details>
`;
}

/** Histograms of the targets' own numbers, a row per model: the first measure, and the last of its name. */
function distribution({ series, broken }: ProtocolPage, cells: readonly Result[]): Html | undefined {
  if (broken === undefined) return undefined;
  const { first, last } = broken;
  const rows = series.flatMap((look) => {
    const own = cells.find(({ model }) => model === look.name)?.distributions ?? {};
    const bars = own[first.id];
    if (bars === undefined || bars.every((n) => n === 0)) return [];
    return [{ series: look, first: bars, last: last === undefined ? undefined : own[last.id] }];
  });
  if (rows.length === 0) return undefined;
  const described = rows.map(({ series: { title }, first: counts }) => {
    const total = counts.reduce((sum, n) => sum + n, 0);
    const half = counts.slice(counts.length / 2).reduce((sum, n) => sum + n, 0);
    return `${title}: ${Math.round((100 * half) / total)} % of targets at 50 % ${first.of} or more`;
  });
  const what = `Histograms of ${first.of}. ${described.join(". ")}`;
  const plot = histogramPlot(rows, first.of, panelWidth, what);
  const line = rows.some((row) => row.last !== undefined) ? ` Line: ${last!.at}.` : "";
  return plotFigure(`Distribution of ${first.of}`, plot, `Bars: ${first.at}.${line}`, "panel");
}

interface CategoryRow extends Pick<CategoryBucket, "name" | "categories"> {
  readonly benchmark: string;
  /** On how few images all categories of the benchmark stand. */
  readonly few: string;
  /** Targets of the model with most of them. */
  readonly n: number;
  /** Of the first measure. */
  readonly numberOf: (model: string) => number | undefined;
}

/** Categories of a benchmark, the largest first, then all others together. */
function categoryRows({ cells: all, broken }: ProtocolPage, benchmark: string): CategoryRow[] {
  const first = broken?.first;
  const cells = all.filter((cell) => cell.benchmark === benchmark && cell.byCategory !== undefined);
  if (first === undefined) return [];
  const few =
    cells.flatMap(({ measures }) => (measures[first.id] && badge(measures[first.id]!)) || [])[0] ?? "";
  return (cells[0]?.byCategory ?? []).map(({ name, categories }) => {
    const own = cells.flatMap(({ model, byCategory }) => {
      const bucket = byCategory?.find((one) => one.name === name);
      return bucket === undefined ? [] : [{ model, bucket }];
    });
    const numberOf = (model: string) =>
      own.find((one) => one.model === model)?.bucket.values[first.id] ?? undefined;
    return { benchmark, few, name, categories, n: Math.max(...own.map(({ bucket }) => bucket.n)), numberOf };
  });
}

/** The categories of a benchmark, the numbers as bars. */
function categories(page: ProtocolPage, benchmark: string): Html | undefined {
  const first = page.broken?.first;
  const rows = categoryRows(page, benchmark);
  if (first === undefined || rows.length === 0) return undefined;
  const models = page.series.filter(({ name }) => rows.some(({ numberOf }) => numberOf(name) !== undefined));
  const column = ({ name: model, title, className, color }: Series): Column<CategoryRow> =>
    right(
      models.length > 1 ? title : first.of,
      ({ numberOf }): Cell => {
        const value = numberOf(model);
        if (value === undefined) return undefined;
        const share = first.unit === "share" ? percent(value) : "0";
        const css = `--share:${share}%;--own:${color}`;
        return { ...number(formatValue(first, value), value), className: `measured ${className}`, css };
      },
      { className },
    );
  const targets = `${nounsOf(page.summary.protocols).target}s`;
  const columns = [
    left<CategoryRow>(
      "Category",
      ({ name, categories: n }) => name ?? `${count(n)} other ${n === 1 ? "category" : "categories"}`,
    ),
    right<CategoryRow>(sentence(targets), ({ n }) => number(count(n), n)),
    ...models.map(column),
  ];
  const place = first.at === "" ? "" : `, ${first.at}`;
  const few = badgeMark(rows[0]!.few);
  const caption = html`<b>Categories</b> ${inUnit(first.of, first)}${place}, the largest categories first${few && html` ${few}`}`;
  return htmlTable({ columns, rows }, caption, `Categories of ${benchmark}, ${page.protocol.id}`);
}

/** Categories that the text lists per benchmark: the page has more. */
const listedCategories = 5;

/** The first measure of the largest categories of every benchmark, a column per model; of the protocol that stands for the run. */
export const categoryTables: Section<ProtocolPage> = {
  id: "categories",
  markdown: (page) => {
    const { summary, series, protocol } = page;
    const first = page.broken?.first;
    const rows = summary.benchmarks.flatMap(({ name }) =>
      categoryRows(page, name)
        .slice(0, listedCategories)
        .filter((row) => row.name !== null),
    );
    if (protocol.id !== mainProtocol(summary) || first === undefined || rows.length === 0) return [];
    const columns = [
      left<CategoryRow>("benchmark", ({ benchmark, few }) => ({ text: benchmark, badge: few })),
      left<CategoryRow>("category", ({ name }) => name ?? ""),
      ...series.map(({ name, title }) =>
        right<CategoryRow>(title, ({ numberOf }) => {
          const value = numberOf(name);
          return value === undefined ? undefined : formatValue(first, value);
        }),
      ),
      right<CategoryRow>(`${nounsOf(summary.protocols).target}s`, ({ n }) => count(n)),
    ];
    return titled("### Largest categories", markdownTable({ columns, rows }));
  },
};

function hasMissing({ counts: { failed, dropped } }: Result): boolean {
  return failed > 0 || Object.keys(dropped).length > 0;
}

/** Every reason with its count, in the words of the rows. */
function missing({ series }: Page, cells: readonly Result[]): Html | undefined {
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
