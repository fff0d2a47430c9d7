import * as Plot from "@observablehq/plot";
import { count, displayWidth, percent, shorten } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import type { Series } from "./series.ts";
import { drawPlot, labelColumns, labelRoom } from "./svg.ts";

export interface HistogramRow {
  readonly series: Series;
  /** Counts in equal bins over [0, 1] of the first measure, and of the last where there is another. */
  readonly first: readonly number[];
  readonly last?: readonly number[];
}

const rowHeight = 64;

/** Histograms of a share, `of` what, a row per model: bars for the first measure, a stepped line for the last. */
export function histogramPlot(
  rows: readonly HistogramRow[],
  of: string,
  width: number,
  description: string,
): Html {
  const names = rows.map(({ series }) =>
    rows.length === 1 ? "" : shorten(series.title, labelColumns(width)),
  );
  const bars = rows.flatMap((row, y) =>
    binsOf(row.first).flatMap((bin) => (bin.n === 0 ? [] : [{ ...bin, y, fill: row.series.color }])),
  );
  const steps = rows.flatMap((row, y) => stepsOf(binsOf(row.last ?? [])).map((point) => ({ ...point, y })));
  const top = Math.max(0.01, ...bars.map(({ share }) => share), ...steps.map(({ share }) => share));
  return drawPlot(
    {
      width,
      height: rows.length * rowHeight + 56,
      marginTop: 8,
      marginBottom: 44,
      marginLeft: rows.length === 1 ? 12 : labelRoom(Math.max(...names.map(displayWidth))),
      marginRight: 16,
      x: { labelAnchor: "center", labelArrow: "none", label: `${of} (%)`, domain: [0, 100], ticks: 5 },
      y: { domain: [0, top], axis: null },
      color: { type: "identity" },
      fy: { domain: rows.map((_, y) => y), axis: null, padding: 0.18 },
      marks: [
        Plot.axisFy({
          anchor: "left",
          label: null,
          tickFormat: (y: number) => names[y]!,
          fontSize: 12,
          frameAnchor: "left",
          textAnchor: "end",
          dx: -8,
        }),
        Plot.rectY(bars, {
          x1: "low",
          x2: "high",
          y1: 0,
          y2: "share",
          fy: "y",
          inset: 0.5,
          fill: "fill",
          fillOpacity: 0.75,
          title: (d) => `${of} ${d.low} to ${d.high}: ${count(d.n)} (${percent(d.share)} %)`,
        }),
        Plot.lineY(steps, { x: "x", y: "share", z: "y", fy: "y", stroke: "currentColor", strokeWidth: 1.2 }),
        Plot.ruleY([0], { strokeOpacity: 0.3 }),
      ],
    },
    description,
  );
}

interface Bin {
  readonly low: number;
  readonly high: number;
  readonly share: number;
  readonly n: number;
}

function binsOf(counts: readonly number[]): Bin[] {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const wide = 100 / counts.length;
  return counts.map((n, b) => ({
    low: Math.round(b * wide),
    high: Math.round((b + 1) * wide),
    share: total === 0 ? 0 : n / total,
    n,
  }));
}

function stepsOf(bins: readonly Bin[]): { x: number; share: number }[] {
  return bins.flatMap(({ low, high, share }) => [
    { x: low, share },
    { x: high, share },
  ]);
}
