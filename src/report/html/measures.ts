// What a protocol measures beside its columns: groups of measures with a heading of their own, and all others folded away.
import type { MeasureNote, Reliability } from "../../core/measure.ts";
import type { Cell, Estimate } from "../../core/summary.ts";
import { count, formatValue, inUnit, sentence, withUnitName } from "../format-number.ts";
import { columnsOf, furtherMeasures, groupsOf, type MeasureGroup, suiteOf } from "../lookup.ts";
import { reliabilityPlot } from "../plots/reliability.ts";
import { benchmarkIntervals, cellRows, cellTable } from "./benchmarks.ts";
import { furtherCurve } from "./curves.ts";
import { type Html, html } from "./markup.ts";
import {
  block,
  estimateCell,
  modelCells,
  modelMark,
  numberCell,
  type Page,
  panelWidth,
  plotFigure,
  rowHead,
} from "./parts.ts";

/** Measures without a heading: those taken where the first one is, then each along its axis. */
export function further(page: Page, protocol: string): Html | undefined {
  const { here, along } = furtherMeasures(page.summary, protocol);
  const all = [...here, ...along.flat()];
  if (all.length === 0) return undefined;
  const names = [...new Set(all.map(({ of }) => of))];
  const [first] = columnsOf(page.summary, protocol);
  const place = first === undefined || first.at === "" ? "" : `, ${first.at}`;
  const tables = along.map((measures) => {
    const { of, name } = measures[0]!;
    const heads = measures.map(({ at }) => ({ title: at, numeric: true }));
    const caption = sentence(inUnit(of, measures[0]!));
    const table = measuresTable(page, protocol, caption, measures, heads);
    return html`<details><summary>${sentence(of)} over ${measures[0]!.axis?.name}</summary>${furtherCurve(page, protocol, name)}${table}</details>
`;
  });
  return html`<details><summary>Further measures: ${names.join(", ")}</summary>${
    here.length === 0
      ? undefined
      : measuresTable(page, protocol, `Further measures${place}`, here, unitHeads(here))
  }${tables}</details>
`;
}

/** A block for each group: its plots, and its measures of every benchmark. */
export function groups(page: Page, protocol: string): Html[] {
  return groupsOf(page.summary, protocol).map((group) => {
    const { title, measures } = group;
    const plots = peersOf(page, protocol, group);
    const shown = [...new Set(plots.map(({ first }) => first)), ...measures];
    const table = measuresTable(page, protocol, "By benchmark", shown, unitHeads(shown), title);
    return block(
      title,
      measures[0]!.meaning,
      html`${plots.map(({ figure }) => figure)}${reliability(page, protocol, group)}${table}`,
    );
  });
}

function unitHeads(measures: readonly MeasureNote[]) {
  return measures.map((measure) => ({
    title: withUnitName(
      sentence(measure.show === "main" && measure.group === undefined ? measure.of : measure.title),
      measure,
    ),
    ...{ numeric: true, hint: measure.meaning },
  }));
}

function measuresTable(
  page: Page,
  protocol: string,
  caption: string,
  measures: readonly MeasureNote[],
  heads: readonly { readonly title: string; readonly numeric: boolean }[],
  name = caption,
): Html {
  const cellsOf = (estimateOf: (id: string) => Estimate | undefined) => {
    const estimates = measures.map(({ id }) => estimateOf(id));
    const n = Math.max(...estimates.map((estimate) => estimate?.n ?? 0));
    if (n === 0) return [];
    return [...measures.map((measure, m) => estimateCell(measure, estimates[m])), numberCell(count(n), n)];
  };
  const rows = cellRows(page, protocol, ({ measures: own }) => cellsOf((id) => own[id]));
  const suites = page.series.flatMap((look, m) => {
    const own = suiteOf(page.summary, protocol, look.name)?.measures;
    const cells = cellsOf((id) => own?.[id]?.macro);
    if (cells.length === 0) return [];
    const head = rowHead(html`<span class="name">Mean over benchmarks</span>`);
    const className = `${look.className}${m === 0 ? " group" : ""}`;
    return [{ className, cells: [head, ...modelCells(page, look), ...cells] }];
  });
  const all = [...heads, { title: "Masks", numeric: true }];
  return cellTable(page, protocol, caption, all, [...rows, ...suites], name);
}

/** A column and those of a group that are written and judged as it is, at the same place: mark and hollow mark. */
function peersOf(page: Page, protocol: string, { measures }: MeasureGroup) {
  return columnsOf(page.summary, protocol).flatMap((first) =>
    measures
      .filter(({ unit, better, at }) => unit === first.unit && better === first.better && at === first.at)
      .map((beside) => ({
        first,
        figure: benchmarkIntervals(
          page,
          protocol,
          { first, beside },
          sentence(`${first.of} and ${beside.of}`),
          760,
        ),
      })),
  );
}

/** Predicted against actual, all benchmarks together, a plot per model. */
function reliability(page: Page, protocol: string, group: MeasureGroup): Html | undefined {
  const { summary, series } = page;
  const of = columnsOf(summary, protocol)[0]?.of ?? "";
  const figures = group.measures.flatMap(({ id }) =>
    series.flatMap((look) => {
      const own = summary.cells.flatMap((cell) =>
        cell.protocol === protocol && cell.model === look.name ? (detailOf(cell, id) ?? []) : [],
      );
      if (own.length === 0) return [];
      const pooled = poolBins(own);
      const all = suiteOf(summary, protocol, look.name)?.measures;
      const n = pooled.reduce((sum, bin) => sum + bin.n, 0);
      const numbers = factsOf(group, (measure) => all?.[measure.id]?.micro?.value);
      const facts = [...numbers, `${count(n)} targets`].join(", ");
      const what = `Predicted and actual ${of} of ${look.title}, all benchmarks together: ${facts}`;
      const plot = reliabilityPlot([{ series: look, bins: pooled }], of, 340, what);
      return [plotFigure(modelMark(look), plot, facts, look.className)];
    }),
  );
  if (figures.length === 0) return undefined;
  return html`<p class="note">Below the diagonal a model trusts itself too much; larger marks hold more targets.</p>
<div class="columns">${figures}</div>`;
}

/** The same for one benchmark, all models in one plot. */
export function benchmarkReliability(
  { summary, series }: Page,
  protocol: string,
  cells: readonly Cell[],
): { readonly title: string; readonly figure: Html }[] {
  const of = columnsOf(summary, protocol)[0]?.of ?? "";
  return groupsOf(summary, protocol).flatMap((group) =>
    group.measures.flatMap(({ id }) => {
      const lines = series.flatMap((look) => {
        const cell = cells.find(({ model }) => model === look.name);
        const detail = cell === undefined ? undefined : detailOf(cell, id);
        return detail === undefined ? [] : [{ series: look, bins: detail.bins, measures: cell!.measures }];
      });
      if (lines.length === 0) return [];
      const facts = lines.map(({ series: { title }, measures }) => {
        const own = factsOf(group, (measure) => measures[measure.id]?.value).join(", ");
        return lines.length > 1 ? `${title}: ${own}` : own;
      });
      const what = `Predicted and actual ${of}. ${facts.join(". ")}`;
      const plot = reliabilityPlot(lines, of, panelWidth, what);
      return [
        {
          title: group.title.toLowerCase(),
          figure: plotFigure(group.title, plot, `${facts.join(". ")}.`, "panel"),
        },
      ];
    }),
  );
}

/** "ECE 3.1", for every measure of a group that has a value. */
function factsOf(
  { measures }: MeasureGroup,
  numberOf: (measure: MeasureNote) => number | undefined,
): string[] {
  return measures.flatMap((measure) => {
    const value = numberOf(measure);
    return value === undefined ? [] : [`${measure.title} ${formatValue(measure, value)}`];
  });
}

function detailOf(cell: Cell, measure: string): Reliability | undefined {
  const detail = cell.details?.[measure];
  return detail?.kind === "reliability" && detail.n > 0 ? detail : undefined;
}

/** The bins of several benchmarks as if their targets were one set. */
function poolBins(details: readonly Reliability[]): Reliability["bins"] {
  return details[0]!.bins.map(({ low, high }, b) => {
    const bins = details.flatMap(({ bins: own }) => own[b] ?? []);
    const n = bins.reduce((sum, bin) => sum + bin.n, 0);
    const mean = (of: "predicted" | "actual") =>
      n === 0 ? null : bins.reduce((sum, bin) => sum + bin.n * (bin[of] ?? 0), 0) / n;
    return { low, high, n, predicted: mean("predicted"), actual: mean("actual") };
  });
}
