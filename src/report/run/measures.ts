// What a protocol measures beside its columns: groups of measures with a heading of their own, and all others folded away.
import { runDefaults } from "../../core/defaults.ts";
import type { Estimate, MeasureNote, Reliability } from "../../core/measure.ts";
import type { Cell as Result } from "../../core/results.ts";
import { nounsOf } from "../../core/words.ts";
import { modelMark, panelWidth, plotFigure, type Series } from "../kit/figures.ts";
import { count, formatMarked, inUnit, percent, sentence, withUnitName } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { block, type Section, titled } from "../kit/page.ts";
import { below, drawPlot, type Mark, Plot } from "../kit/plot.ts";
import { htmlTable, markdownTable, number, right, type Table } from "../kit/table.ts";
import { textTable } from "../kit/text-table.ts";
import { furtherMeasures, groupsOf, type MeasureGroup, suiteOf } from "../lookup.ts";
import {
  type BenchmarkRow,
  benchmarkColumn,
  benchmarkRows,
  hiding,
  isSuite,
  measureColumns,
  modelColumn,
  type ProtocolPage,
} from "./columns.ts";
import { furtherCurve } from "./curves.ts";
import { benchmarkIntervals } from "./intervals.ts";
import { partsFigure, partsOf } from "./parts.ts";

/** Measures without a heading: those taken where the first one is, then each along its axis. */
export const furtherTables: Section<ProtocolPage> = {
  id: "further",
  html: (page) => {
    const { id } = page.protocol;
    const { here, along } = furtherMeasures(page.summary, id);
    const all = [...here, ...along.flat()];
    if (all.length === 0) return undefined;
    const names = [...new Set(all.map(({ of }) => of))];
    const title = furtherTitle(page);
    const tables = along.map((measures) => {
      const { of, name, axis, curve } = measures[0]!;
      const titles = measures.map(({ at }) => at);
      const caption = sentence(inUnit(of, measures[0]!));
      const table = htmlTable(measuresTable(page, measures, { titles }), caption, `${caption}, ${id}`);
      return html`<details><summary>${sentence(curve === true ? of : `${of} over ${axis?.name}`)}</summary>${name === page.broken?.first.name ? undefined : furtherCurve(page, name)}${table}</details>
`;
    });
    const first =
      here.length === 0 ? undefined : htmlTable(measuresTable(page, here), title, `${title}, ${id}`);
    return html`<details><summary>Further measures: ${names.join(", ")}</summary>${first}${tables}</details>
`;
  },
  markdown: (page) => {
    const { here } = furtherMeasures(page.summary, page.protocol.id);
    return textTables(page, furtherTitle(page), here);
  },
  // What is printed has little room: of these only what was requested by name.
  terminal: (page, screen) => {
    const usual: readonly string[] = runDefaults.metrics;
    const asked = page.manifest.plan.metrics.filter((name) => !usual.includes(name));
    const { here } = furtherMeasures(page.summary, page.protocol.id);
    const measures = here.filter(({ name }) => asked.includes(name));
    const table = measuresTable(page, measures, { text: true });
    if (table.rows.length === 0) return [];
    const title = `${page.protocol.id}: ${furtherTitle(page).replace("F", "f")}`;
    return ["", title, ...textTable(table, screen, { elsewhere: "report.md" })];
  },
};

/** A block for each group: its plots, and its measures of every benchmark. */
export const groupTables: Section<ProtocolPage> = {
  id: "groups",
  html: (page) => {
    const { id } = page.protocol;
    const blocks = groupsOf(page.summary, id).map((group) => {
      const { title, measures } = group;
      const plots = peersOf(page, group);
      const shown = [...new Set(plots.map(({ first }) => first)), ...partsOf(page, group).rest];
      const table = htmlTable(measuresTable(page, shown), "By benchmark", `${title}, ${id}`);
      return block(
        title,
        measures[0]!.meaning,
        html`${plots.map(({ figure }) => figure)}${partsFigure(page, group)}${reliability(page, group)}${table}`,
      );
    });
    return html`${blocks}`;
  },
  markdown: (page) =>
    groupsOf(page.summary, page.protocol.id).flatMap((group) =>
      textTables(page, group.title, partsOf(page, group).rest),
    ),
};

function furtherTitle({ broken }: ProtocolPage): string {
  const first = broken?.first;
  return `Further measures${first === undefined || first.at === "" ? "" : `, ${first.at}`}`;
}

/** Without intervals, in the order of the run. */
function textTables(page: ProtocolPage, title: string, measures: readonly MeasureNote[]): string[] {
  const table = measuresTable(page, measures, { text: true });
  return table.rows.length === 0 ? [] : titled(`### ${title}`, markdownTable(table));
}

/** Measures of every benchmark and model that has any of them; on the page their means as well. */
function measuresTable(
  page: ProtocolPage,
  measures: readonly MeasureNote[],
  { titles, text = false }: { readonly titles?: readonly string[]; readonly text?: boolean } = {},
): Table<BenchmarkRow> {
  const { summary, series, protocol } = page;
  const targets = `${nounsOf(summary.protocols).target}s`;
  const n = ({ estimateOf }: BenchmarkRow) =>
    Math.max(0, ...measures.map((measure) => estimateOf(measure)?.n ?? 0));
  const means = series.map((look, m): BenchmarkRow => {
    const own = suiteOf(summary, protocol.id, look.name)?.measures;
    return { look, name: "Mean over benchmarks", estimateOf: ({ id }) => own?.[id]?.macro, leads: m === 0 };
  });
  const titleOf = (measure: MeasureNote) =>
    measure.show === "main" && measure.group === undefined && !text ? measure.of : measure.title;
  return {
    columns: [
      ...[benchmarkColumn(page), ...modelColumn(page)],
      ...measureColumns(measures, {
        titles: titles ?? measures.map((measure) => withUnitName(sentence(titleOf(measure)), measure)),
        ...{ bounded: () => !text, hint: ({ meaning }) => (titles === undefined ? meaning : undefined) },
      }),
      right(targets, (row) => number(count(n(row)), n(row)), { head: sentence(targets) }),
    ],
    rows: [...benchmarkRows(page, text ? "run" : "best"), ...(text || !isSuite(page) ? [] : means)].filter(
      (row) => n(row) > 0,
    ),
    mark: hiding,
  };
}

/** A column and those of a group that are written and judged as it is, at the same place: mark and hollow mark. */
function peersOf(page: ProtocolPage, { measures }: MeasureGroup) {
  return page.measures.flatMap((first) =>
    measures
      .filter(
        ({ unit, better, at }) =>
          at !== "" && unit === first.unit && better === first.better && at === first.at,
      )
      .map((beside) => {
        const title = sentence(`${first.of} and ${beside.of}`);
        return { first, figure: benchmarkIntervals(page, { first, beside }, title, 760) };
      }),
  );
}

/** Predicted against actual, all benchmarks together, a plot per model. */
function reliability(page: ProtocolPage, group: MeasureGroup): Html | undefined {
  const { summary, series, protocol, cells } = page;
  const figures = group.measures.flatMap(({ id }) =>
    series.flatMap((look) => {
      const own = cells.flatMap((cell) => (cell.model === look.name ? (detailOf(cell, id) ?? []) : []));
      if (own.length === 0) return [];
      const of = own[0]!.of ?? page.broken?.first.of ?? "";
      const pooled = poolBins(own);
      const all = suiteOf(summary, protocol.id, look.name)?.measures;
      const n = pooled.reduce((sum, bin) => sum + bin.n, 0);
      const numbers = factsOf(group, (measure) => all?.[measure.id]?.micro);
      const facts = [...numbers, `${count(n)} targets`].join(", ");
      const what = `Predicted and actual ${of} of ${look.title}, all benchmarks together: ${facts}`;
      const plot = reliabilityPlot([{ series: look, bins: pooled }], of, 340, what);
      return [plotFigure(modelMark(look), plot, facts, look.className)];
    }),
  );
  if (figures.length === 0) return undefined;
  return html`<p class="note">Below the diagonal a model is overconfident; larger marks hold more targets.</p>
<div class="columns">${figures}</div>`;
}

/** The same for one benchmark, all models in one plot. */
export function benchmarkReliability(
  { summary, series, protocol, broken }: ProtocolPage,
  cells: readonly Result[],
): { readonly title: string; readonly figure: Html }[] {
  return groupsOf(summary, protocol.id).flatMap((group) =>
    group.measures.flatMap(({ id }) => {
      const lines = series.flatMap((look) => {
        const cell = cells.find(({ model }) => model === look.name);
        const detail = cell === undefined ? undefined : detailOf(cell, id);
        return detail === undefined
          ? []
          : [{ series: look, bins: detail.bins, of: detail.of, measures: cell!.measures }];
      });
      if (lines.length === 0) return [];
      const of = lines[0]!.of ?? broken?.first.of ?? "";
      const facts = lines.map(({ series: { title }, measures }) => {
        const own = factsOf(group, (measure) => measures[measure.id]).join(", ");
        return lines.length > 1 ? `${title}: ${own}` : own;
      });
      const what = `Predicted and actual ${of}. ${facts.join(". ")}`;
      const plot = reliabilityPlot(lines, of, panelWidth, what);
      const figure = plotFigure(group.title, plot, `${facts.join(". ")}.`, "panel");
      return [{ title: group.title.toLowerCase(), figure }];
    }),
  );
}

/** "ECE 3.1", "ECE 3.1 (3 images)", for every measure of a group that has a value. */
function factsOf(
  { measures }: MeasureGroup,
  numberOf: (measure: MeasureNote) => Estimate | undefined,
): string[] {
  return measures.flatMap((measure) => {
    const own = numberOf(measure);
    return own === undefined ? [] : [`${measure.title} ${formatMarked(measure, own)}`];
  });
}

function detailOf(cell: Result, measure: string): Reliability | undefined {
  const detail = cell.details?.[measure];
  return detail?.kind === "reliability" && detail.n > 0 ? detail : undefined;
}

/** The bins of several benchmarks as if their targets were of one. */
function poolBins(details: readonly Reliability[]): Reliability["bins"] {
  return details[0]!.bins.map(({ low, high }, b) => {
    const bins = details.flatMap(({ bins: own }) => own[b] ?? []);
    const n = bins.reduce((sum, bin) => sum + bin.n, 0);
    const mean = (of: "predicted" | "actual") =>
      n === 0 ? null : bins.reduce((sum, bin) => sum + bin.n * (bin[of] ?? 0), 0) / n;
    return { low, high, n, predicted: mean("predicted"), actual: mean("actual") };
  });
}

interface ReliabilityLine {
  readonly series: Series;
  readonly bins: Reliability["bins"];
}

/** Actual over predicted values of `of` in equal bins; the area of a mark is the share of targets in its bin, the diagonal is perfect. */
function reliabilityPlot(
  lines: readonly ReliabilityLine[],
  of: string,
  size: number,
  description: string,
): Html {
  const ends = [0, 100];
  return drawPlot(
    {
      ...{ width: size, height: size, marginTop: 24, marginBottom: 40, marginLeft: 38, marginRight: 16 },
      x: { ...below(`predicted ${of} (%)`), domain: ends, grid: true, ticks: 5 },
      y: { label: `actual ${of} (%)`, domain: ends, grid: true, ticks: 5 },
      r: { type: "identity" },
      marks: [
        Plot.line(
          ends.map((end) => [end, end] as const),
          { strokeDasharray: "4 4", strokeOpacity: 0.6 },
        ),
        Plot.text([0], {
          ...{ x: () => 11, y: () => 11, text: () => "perfect", rotate: -45, dy: -8, className: "faint" },
        }),
        ...lines.flatMap(lineMarks),
      ],
    },
    description,
  );
}

function lineMarks({ bins, series: { color, className, title } }: ReliabilityLine): Mark[] {
  const total = bins.reduce((sum, { n }) => sum + n, 0);
  const points = bins.flatMap(({ predicted, actual, n }) =>
    predicted === null || actual === null || n === 0
      ? []
      : [{ x: 100 * predicted, y: 100 * actual, n, r: 2.5 + 11 * Math.sqrt(n / total) }],
  );
  return [
    Plot.line(points, { x: "x", y: "y", stroke: color, strokeOpacity: 0.5, className }),
    Plot.dot(points, {
      ...{ x: "x", y: "y", r: "r", fill: color, fillOpacity: 0.7, stroke: "var(--page)", className },
      title: (d) =>
        `${title}: predicted ${percent(d.x / 100)}, actual ${percent(d.y / 100)}, ${count(d.n)} targets`,
    }),
  ];
}
