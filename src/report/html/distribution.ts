import { cellOf, rankedBenchmarks, roundLabel } from "../lookup.ts";
import { type HistogramRow, histogramPlot } from "../plots/histogram.ts";
import { type Html, html } from "./markup.ts";
import { block, bothWidths, modelMark, type Page, plotFigure } from "./parts.ts";

/** Histograms of IoU, a column per model and a row per benchmark. */
export function distribution({ summary, series }: Page, protocol: string): Html | undefined {
  const figures = series.flatMap((look) => {
    let label = "";
    const rows = rankedBenchmarks(summary, protocol).flatMap((benchmark): HistogramRow[] => {
      const shown = cellOf(summary, protocol, benchmark, look.name)?.distribution ?? [];
      const [first, last] = [shown[0], shown.at(-1)];
      if (first === undefined || first.counts.every((n) => n === 0)) return [];
      const steps = last === undefined || last === first ? {} : { last: last.counts };
      label = `Bars: ${roundLabel(protocol, first.clicks)}.`;
      if (last !== undefined && last !== first) label += ` Line: ${roundLabel(protocol, last.clicks)}.`;
      return [{ name: benchmark, first: first.counts, ...steps }];
    });
    if (rows.length === 0) return [];
    const description = `Histograms of IoU of ${look.title}: ${rows.map(describe).join(". ")}`;
    const plot = bothWidths((width) => histogramPlot(rows, look, width, description), 440);
    return [plotFigure(modelMark(look), plot, label, look.className)];
  });
  if (figures.length === 0) return undefined;
  return block(
    "Distribution of IoU",
    "A mean can hide two peaks: targets that are found and targets that are missed. Heights are shares of a benchmark's targets.",
    html`<div class="columns">${figures}</div>`,
  );
}

function describe({ name, first }: HistogramRow): string {
  const total = first.reduce((sum, n) => sum + n, 0);
  const half = first.slice(first.length / 2).reduce((sum, n) => sum + n, 0);
  return `${name}: ${Math.round((100 * half) / total)} % of targets at 50 % IoU or more`;
}
