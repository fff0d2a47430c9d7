import type { Cell, SizeBucket } from "../../core/summary.ts";
import { percent } from "../format-number.ts";
import { roundLabel, shownRounds } from "../lookup.ts";
import { type SizeBar, sizePlot } from "../plots/size-bars.ts";
import { type Html, html } from "./markup.ts";
import { block, bothWidths, type Page, plotFigure } from "./parts.ts";

/** mIoU by the size of targets, all benchmarks together, in the first round. */
export function sizes(page: Page, protocol: string): Html | undefined {
  const clicks = shownRounds(page.summary, protocol)[0];
  if (clicks === undefined) return undefined;
  const coco = bars(page, protocol, clicks, (cell) => cell.bySize);
  const quartiles = bars(page, protocol, clicks, (cell) => cell.byQuartile);
  if ([...coco, ...quartiles].every(({ n }) => n === 0)) return undefined;
  return block(
    "By size",
    `mIoU over the targets of all benchmarks together (${roundLabel(protocol, clicks)}); n is the number of targets.`,
    html`<div class="columns">${figure("Area in pixels (COCO's buckets)", coco)}${figure(
      "Share of the image (quartiles within each benchmark)",
      quartiles,
    )}</div>`,
  );
}

function figure(title: string, shown: readonly SizeBar[]): Html | undefined {
  if (shown.length === 0) return undefined;
  const described = shown.map(
    ({ bucket, series, miou, n }) =>
      `${series.title}, ${bucket}: ${miou === null ? "none" : `${percent(miou)} %`} of ${n} targets`,
  );
  const description = `mIoU by size. ${described.join(". ")}`;
  return plotFigure(
    title,
    bothWidths((width) => sizePlot(shown, width, description), 480),
  );
}

function bars(
  { summary, series }: Page,
  protocol: string,
  clicks: number,
  bucketsOf: (cell: Cell) => readonly SizeBucket[],
): SizeBar[] {
  return series.flatMap((look) => {
    const cells = summary.cells.filter((cell) => cell.protocol === protocol && cell.model === look.name);
    const names = [...new Set(cells.flatMap((cell) => bucketsOf(cell).map(({ name }) => name)))];
    return names.map((bucket) => {
      const own = cells.flatMap((cell) => bucketsOf(cell).filter(({ name }) => name === bucket));
      const values = own.flatMap(({ n, rounds }) => {
        const miou = rounds.find((round) => round.clicks === clicks)?.miou;
        return miou === undefined || miou === null ? [] : [{ n, miou }];
      });
      const n = values.reduce((sum, value) => sum + value.n, 0);
      const miou = n === 0 ? null : values.reduce((sum, value) => sum + value.n * value.miou, 0) / n;
      return { bucket, series: look, n, miou };
    });
  });
}
