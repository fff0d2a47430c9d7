// A measure by the size of targets: bars per bucket, the models of a bucket side by side.
import type { MeasureNote } from "../../core/measure.ts";
import type { Cell, SizeBucket } from "../../core/results.ts";
import { bothWidths, panelWidth, plotFigure, type Series } from "../kit/figures.ts";
import { count, formatValue, formatWithUnit, fullName, sentence } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { block } from "../kit/page.ts";
import { drawPlot, measureAxis, Plot } from "../kit/plot.ts";

import { isSuite, type Page, type ProtocolPage } from "./columns.ts";

interface SizeBar {
  readonly bucket: string;
  readonly series: Series;
  readonly n: number;
  readonly value: number | null;
}

/** The broken-down measure by the size of targets, all benchmarks together. */
export function sizes(page: ProtocolPage): Html | undefined {
  const first = page.broken?.first;
  if (first === undefined || !isSuite(page)) return undefined;
  const figures = sizeFigures(page, page.cells, first, (draw) => bothWidths(draw, 480), "");
  if (figures.length === 0) return undefined;
  return block(
    "By size",
    `${sentence(fullName(first))}, over the targets of all benchmarks together; n is the number of targets.`,
    html`<div class="columns">${figures}</div>`,
  );
}

/** The same for one benchmark. */
export function benchmarkSizes(page: ProtocolPage, cells: readonly Cell[]): Html[] {
  const first = page.broken?.first;
  return first === undefined ? [] : sizeFigures(page, cells, first, (draw) => draw(panelWidth), "panel");
}

function sizeFigures(
  { series }: Page,
  cells: readonly Cell[],
  measure: MeasureNote,
  place: (draw: (width: number) => Html) => Html,
  className: string,
): Html[] {
  const figure = (title: string, bucketsOf: (cell: Cell) => readonly SizeBucket[]): Html[] => {
    const bars = series.flatMap((look) => {
      const own = cells.filter(({ model }) => model === look.name).flatMap(bucketsOf);
      return [...new Set(own.map(({ name }) => name))].map((bucket): SizeBar => {
        const same = own.filter(({ name }) => name === bucket);
        return { bucket, series: look, ...pool(same, measure.id) };
      });
    });
    if (bars.every(({ n }) => n === 0)) return [];
    const described = bars.map(
      ({ bucket, series: { title: model }, value, n }) =>
        `${model}, ${bucket}: ${value === null ? "none" : formatWithUnit(measure, value)} of ${n} targets`,
    );
    const draw = (width: number) =>
      sizePlot(bars, measure, width, `${sentence(measure.of)} by size. ${described.join(". ")}`);
    return [plotFigure(title, place(draw), "", className)];
  };
  return [
    ...figure("Area in pixels (COCO's buckets)", ({ bySize }) => bySize),
    ...figure("Share of the image (quartiles)", ({ byQuartile }) => byQuartile),
  ];
}

/** Equal buckets of several benchmarks as if their targets were of one. */
function pool(buckets: readonly SizeBucket[], measure: string): { n: number; value: number | null } {
  const known = buckets.flatMap(({ n, values }) => {
    const value = values[measure];
    return value === undefined || value === null ? [] : [{ n, value }];
  });
  const n = known.reduce((sum, bucket) => sum + bucket.n, 0);
  return { n, value: n === 0 ? null : known.reduce((sum, bucket) => sum + bucket.n * bucket.value, 0) / n };
}

/** Values above the bars, targets below the buckets. */
function sizePlot(bars: readonly SizeBar[], measure: MeasureNote, width: number, description: string): Html {
  const { label, domain, at } = measureAxis(
    measure,
    bars.flatMap(({ value }) => value ?? []),
  );
  const buckets = [...new Set(bars.map(({ bucket }) => bucket))];
  const models = [...new Set(bars.map(({ series }) => series.name))];
  const named = (bucket: string) => {
    const counts = bars.filter((bar) => bar.bucket === bucket).map(({ n }) => n);
    return `${bucket}\nn ${count(Math.max(...counts))}`;
  };
  return drawPlot(
    {
      ...{ width, height: 220, marginTop: 28, marginBottom: 42, marginLeft: 36, marginRight: 8 },
      x: { axis: null, domain: models, padding: 0.12 },
      y: { label, domain, grid: true, ticks: 5 },
      fx: { axis: null, domain: buckets, padding: 0.14 },
      marks: [
        Plot.axisFx({ anchor: "bottom", label: null, tickFormat: named, lineHeight: 1.25 }),
        ...bars.flatMap(({ bucket, series, value, n }) => {
          const { color, className, name, title } = series;
          const y = value === null ? 0 : at(value);
          const place = { x: () => name, fx: () => bucket, className };
          const shown = value === null ? "none" : formatValue(measure, value);
          const short = value === null ? "–" : formatValue(measure, value, models.length > 3 ? 0 : undefined);
          return [
            Plot.barY([0], {
              ...{ ...place, y: () => y, fill: color, fillOpacity: 0.8 },
              title: () => `${title}, ${bucket}: ${shown}, ${count(n)} targets`,
            }),
            Plot.text([0], { ...place, y: () => y, text: () => short, dy: -7 }),
          ];
        }),
        Plot.ruleY([0], { strokeOpacity: 0.4 }),
      ],
    },
    description,
  );
}
