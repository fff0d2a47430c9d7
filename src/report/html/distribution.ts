import type { Cell } from "../../core/summary.ts";
import { roundLabel } from "../lookup.ts";
import { type HistogramRow, histogramPlot } from "../plots/histogram.ts";
import type { Html } from "./markup.ts";
import { type Page, panelWidth, plotFigure } from "./parts.ts";

/** Histograms of the IoU of one benchmark's targets under one protocol, a row per model. */
export function distribution({ series }: Page, protocol: string, cells: readonly Cell[]): Html | undefined {
  let label = "";
  const rows = series.flatMap((look): HistogramRow[] => {
    const shown = cells.find(({ model }) => model === look.name)?.distribution ?? [];
    const [first, last] = [shown[0], shown.at(-1)];
    if (first === undefined || first.counts.every((n) => n === 0)) return [];
    label = `Bars: ${roundLabel(protocol, first.clicks)}.`;
    if (last === undefined || last === first) return [{ series: look, first: first.counts }];
    label += ` Line: ${roundLabel(protocol, last.clicks)}.`;
    return [{ series: look, first: first.counts, last: last.counts }];
  });
  if (rows.length === 0) return undefined;
  const plot = histogramPlot(rows, panelWidth, `Histograms of IoU. ${rows.map(describe).join(". ")}`);
  return plotFigure("Distribution of IoU", plot, label, "panel");
}

function describe({ series, first }: HistogramRow): string {
  const total = first.reduce((sum, n) => sum + n, 0);
  const half = first.slice(first.length / 2).reduce((sum, n) => sum + n, 0);
  return `${series.title}: ${Math.round((100 * half) / total)} % of targets at 50 % IoU or more`;
}
