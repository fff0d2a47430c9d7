import * as Plot from "@observablehq/plot";
import type { MeasureNote } from "../../core/measure.ts";
import { count, formatValue } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import type { Series } from "./series.ts";
import { drawPlot, measureAxis } from "./svg.ts";

export interface SizeBar {
  readonly bucket: string;
  readonly series: Series;
  readonly n: number;
  readonly value: number | null;
}

/** A measure per size bucket, the models of a bucket side by side; values above the bars, targets below the buckets. */
export function sizePlot(
  bars: readonly SizeBar[],
  measure: MeasureNote,
  width: number,
  description: string,
): Html {
  const { label, domain, at } = measureAxis(
    measure,
    bars.flatMap(({ value }) => value ?? []),
  );
  const [low, high] = domain;
  const buckets = [...new Set(bars.map(({ bucket }) => bucket))];
  const models = [...new Set(bars.map(({ series }) => series.name))];
  const named = (bucket: string) => {
    const counts = bars.filter((bar) => bar.bucket === bucket).map(({ n }) => n);
    return `${bucket}\nn ${count(Math.max(...counts))}`;
  };
  return drawPlot(
    {
      width,
      height: 220,
      marginTop: 28,
      marginBottom: 42,
      marginLeft: 36,
      marginRight: 8,
      x: { axis: null, domain: models, padding: 0.12 },
      y: { label, domain, grid: true, ticks: 5 },
      fx: { axis: null, domain: buckets, padding: 0.14 },
      marks: [
        Plot.axisFx({ anchor: "bottom", label: null, tickFormat: named, lineHeight: 1.25 }),
        ...bars.flatMap(({ bucket: fx, series, value, n }) => {
          const { color, className } = series;
          const y = value === null ? 0 : at(value);
          return [
            Plot.barY([0], {
              x: () => series.name,
              y: () => y,
              fx: () => fx,
              fill: color,
              fillOpacity: 0.8,
              className,
              title: () =>
                `${series.title}, ${fx}: ${value === null ? "none" : formatValue(measure, value)}, ${count(n)} targets`,
            }),
            Plot.dot(y - low > 0.12 * (high - low) ? [0] : [], {
              x: () => series.name,
              y: () => 0,
              fx: () => fx,
              dy: -9,
              fill: "var(--page)",
              symbol: series.symbol,
              r: 3.4,
              className,
            }),
            Plot.text([0], {
              x: () => series.name,
              y: () => y,
              fx: () => fx,
              text: () =>
                value === null ? "–" : formatValue(measure, value, models.length > 3 ? 0 : undefined),
              dy: -7,
              className,
            }),
          ];
        }),
        Plot.ruleY([0], { strokeOpacity: 0.4 }),
      ],
    },
    description,
  );
}
