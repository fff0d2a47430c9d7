import type { Cell, SizeBucket } from "../../core/summary.ts";
import { percent } from "../format-number.ts";
import { roundLabel, shownRounds } from "../lookup.ts";
import { type SizeBar, sizePlot } from "../plots/size-bars.ts";
import { type Html, html } from "./markup.ts";
import { block, bothWidths, type Page, panelWidth, plotFigure } from "./parts.ts";

/** mIoU by the size of targets, all benchmarks together, in the first round. */
export function sizes(page: Page, protocol: string): Html | undefined {
  const clicks = shownRounds(page.summary, protocol)[0];
  if (clicks === undefined) return undefined;
  const cells = page.summary.cells.filter((cell) => cell.protocol === protocol);
  const figures = sizeFigures(page, cells, clicks, (draw) => bothWidths(draw, 480), "");
  if (figures.length === 0) return undefined;
  return block(
    "By size",
    `mIoU over the targets of all benchmarks together (${roundLabel(protocol, clicks)}); n is the number of targets.`,
    html`<div class="columns">${figures}</div>`,
  );
}

/** The same for one benchmark. */
export function benchmarkSizes(page: Page, protocol: string, cells: readonly Cell[]): Html[] {
  const clicks = shownRounds(page.summary, protocol)[0];
  return clicks === undefined ? [] : sizeFigures(page, cells, clicks, (draw) => draw(panelWidth), "panel");
}

function sizeFigures(
  { series }: Page,
  cells: readonly Cell[],
  clicks: number,
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
          clicks,
        ),
      }));
    });
  const figure = (title: string, shown: readonly SizeBar[]): Html[] => {
    if (shown.every(({ n }) => n === 0)) return [];
    const described = shown.map(
      ({ bucket, series: { title: model }, miou, n }) =>
        `${model}, ${bucket}: ${miou === null ? "none" : `${percent(miou)} %`} of ${n} targets`,
    );
    const draw = (width: number) => sizePlot(shown, width, `mIoU by size. ${described.join(". ")}`);
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
function pool(buckets: readonly SizeBucket[], clicks: number): { n: number; miou: number | null } {
  const values = buckets.flatMap(({ n, rounds }) => {
    const miou = rounds.find((round) => round.clicks === clicks)?.miou;
    return miou === undefined || miou === null ? [] : [{ n, miou }];
  });
  const n = values.reduce((sum, value) => sum + value.n, 0);
  return { n, miou: n === 0 ? null : values.reduce((sum, value) => sum + value.n * value.miou, 0) / n };
}
