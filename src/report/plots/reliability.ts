import * as Plot from "@observablehq/plot";
import type { Reliability } from "../../core/measure.ts";
import { count, percent } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import type { Series } from "./series.ts";
import { drawPlot } from "./svg.ts";

export interface ReliabilityLine {
  readonly series: Series;
  readonly bins: Reliability["bins"];
}

/** Actual over predicted values of `of` in equal bins; the area of a mark is the share of targets in its bin, the diagonal is perfect. */
export function reliabilityPlot(
  lines: readonly ReliabilityLine[],
  of: string,
  size: number,
  description: string,
): Html {
  return drawPlot(
    {
      width: size,
      height: size,
      marginTop: 24,
      marginBottom: 40,
      marginLeft: 38,
      marginRight: 16,
      x: {
        labelAnchor: "center",
        labelArrow: "none",
        label: `predicted ${of} (%)`,
        domain: [0, 100],
        grid: true,
        ticks: 5,
      },
      y: { label: `actual ${of} (%)`, domain: [0, 100], grid: true, ticks: 5 },
      r: { type: "identity" },
      marks: [
        Plot.line(
          [
            [0, 0],
            [100, 100],
          ],
          { strokeDasharray: "4 4", strokeOpacity: 0.6 },
        ),
        Plot.text(["believable"], {
          x: () => 11,
          y: () => 11,
          text: () => "perfect",
          rotate: -45,
          dy: -8,
          className: "faint",
        }),
        ...lines.flatMap(lineMarks),
      ],
    },
    description,
  );
}

function lineMarks({ bins, series: { color, className, title } }: ReliabilityLine): Plot.Markish[] {
  const total = bins.reduce((sum, { n }) => sum + n, 0);
  const points = bins.flatMap(({ predicted, actual, n }) =>
    predicted === null || actual === null || n === 0
      ? []
      : [{ x: 100 * predicted, y: 100 * actual, n, r: 2.5 + 11 * Math.sqrt(n / total) }],
  );
  return [
    Plot.line(points, { x: "x", y: "y", stroke: color, strokeOpacity: 0.5, className }),
    Plot.dot(points, {
      x: "x",
      y: "y",
      r: "r",
      fill: color,
      fillOpacity: 0.7,
      stroke: "var(--page)",
      className,
      title: (d) =>
        `${title}: predicted ${percent(d.x / 100)}, actual ${percent(d.y / 100)}, ${count(d.n)} targets`,
    }),
  ];
}
