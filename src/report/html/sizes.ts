import type { MeasureNote } from "../../core/measure.ts";
import type { Cell, SizeBucket } from "../../core/summary.ts";
import { formatWithUnit, sentence } from "../format-number.ts";
import { columnsOf, fullName } from "../lookup.ts";
import { type SizeBar, sizePlot } from "../plots/size-bars.ts";
import { type Html, html } from "./markup.ts";
import { block, bothWidths, type Page, panelWidth, plotFigure } from "./parts.ts";

/** The first measure by the size of targets, all benchmarks together. */
export function sizes(page: Page, protocol: string): Html | undefined {
  const [first] = columnsOf(page.summary, protocol);
  if (first === undefined) return undefined;
  const cells = page.summary.cells.filter((cell) => cell.protocol === protocol);
  const figures = sizeFigures(page, cells, first, (draw) => bothWidths(draw, 480), "");
  if (figures.length === 0) return undefined;
  return block(
    "By size",
    `${sentence(fullName(first))}, over the targets of all benchmarks together; n is the number of targets.`,
    html`<div class="columns">${figures}</div>`,
  );
}

/** The same for one benchmark. */
export function benchmarkSizes(page: Page, protocol: string, cells: readonly Cell[]): Html[] {
  const [first] = columnsOf(page.summary, protocol);
  return first === undefined ? [] : sizeFigures(page, cells, first, (draw) => draw(panelWidth), "panel");
}

function sizeFigures(
  { series }: Page,
  cells: readonly Cell[],
  measure: MeasureNote,
  place: (draw: (width: number) => Html) => Html,
  className: string,
): Html[] {
  const bars = (bucketsOf: (cell: Cell) => readonly SizeBucket[]): SizeBar[] =>
    series.flatMap((look) => {
      const own = cells.filter(({ model }) => model === look.name).flatMap(bucketsOf);
      return [...new Set(own.map(({ name }) => name))].map((bucket) => ({
        ...{ bucket, series: look },
        ...pool(
          own.filter(({ name }) => name === bucket),
          measure.id,
        ),
      }));
    });
  const figure = (title: string, shown: readonly SizeBar[]): Html[] => {
    if (shown.every(({ n }) => n === 0)) return [];
    const described = shown.map(
      ({ bucket, series: { title: model }, value, n }) =>
        `${model}, ${bucket}: ${value === null ? "none" : formatWithUnit(measure, value)} of ${n} targets`,
    );
    const draw = (width: number) =>
      sizePlot(shown, measure, width, `${sentence(measure.of)} by size. ${described.join(". ")}`);
    return [plotFigure(title, place(draw), undefined, className)];
  };
  return [
    ...figure(
      "Area in pixels (COCO's buckets)",
      bars(({ bySize }) => bySize),
    ),
    ...figure(
      "Share of the image (quartiles)",
      bars(({ byQuartile }) => byQuartile),
    ),
  ];
}

/** Equal buckets of several benchmarks as if their targets were one set. */
function pool(buckets: readonly SizeBucket[], measure: string): { n: number; value: number | null } {
  const known = buckets.flatMap(({ n, values }) => {
    const value = values[measure];
    return value === undefined || value === null ? [] : [{ n, value }];
  });
  const n = known.reduce((sum, bucket) => sum + bucket.n, 0);
  return { n, value: n === 0 ? null : known.reduce((sum, bucket) => sum + bucket.n * bucket.value, 0) / n };
}
