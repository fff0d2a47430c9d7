// A section per benchmark: what it is, how the models do on it, pictures, and folded away by protocol: curve, distribution, sizes,
// reliability, categories, and what was not scored.
import type { Estimate } from "../../core/measure.ts";
import type { Counts, Cell as Result } from "../../core/results.ts";
import { nounsOf } from "../../core/words.ts";
import { galleryKey, shotsOf } from "../gallery.ts";
import { histogramPlot } from "../kit/bars.ts";
import { modelMark, panelWidth, plotFigure } from "../kit/figures.ts";
import {
  badge,
  count,
  formatEstimate,
  formatInterval,
  formatValue,
  inUnit,
  withUnitName,
} from "../kit/format.ts";
import { type Html, html, slug } from "../kit/markup.ts";
import { type Section, section } from "../kit/page.ts";
import { badgeMark, type Column, framed, left, number, right } from "../kit/table.ts";
import { keyColumns } from "../lookup.ts";
import { categories, categoryWords } from "./categories.ts";
import { type ModelRow, type Page, type ProtocolPage, protocolsOf } from "./columns.ts";
import { benchmarkCurve } from "./curves.ts";
import { sizeOf, sizeText } from "./lead.ts";
import { benchmarkReliability } from "./measures.ts";
import { answersKey, answersOf } from "./phrases.ts";
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
      html`${galleryKey(page.gallery)}${stripsKey(page)}${setsKey(page)}${answersKey(page)}${index}
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
${scores(page, name)}${shotsOf(page, name)}${tracksOf(page, name)}${setsOf(page, name)}${answersOf(page, name)}${details}</section>
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
  const sizes = benchmarkSizes(page, cells);
  const figures = [
    benchmarkCurve(page, cells),
    distribution(page, cells),
    ...sizes,
    ...reliability.map(({ figure }) => figure),
  ].flatMap((figure) => figure ?? []);
  const parts = [
    ...(figures.length > 0 ? ["distribution"] : []),
    ...(sizes.length > 0 ? ["sizes"] : []),
    ...reliability.map(({ title }) => title),
    ...(cells.some(({ byCategory }) => byCategory !== undefined) ? [categoryWords(page).many] : []),
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
  const bars = first.at === "" ? "" : `Bars: ${first.at}.`;
  return plotFigure(`Distribution of ${first.of}`, plot, `${bars}${line}`, "panel");
}

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
