import * as Plot from "@observablehq/plot";
import type { MeasureNote } from "../../core/measure.ts";
import type { Estimate } from "../../core/summary.ts";
import { displayWidth, formatEstimate, formatValue, shorten } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import { hasInterval } from "../lookup.ts";
import { type Series, spread } from "./series.ts";
import { drawPlot, labelRoom, measureAxis } from "./svg.ts";

export interface CurveLine {
  readonly series: Series;
  readonly points: readonly {
    readonly x: number;
    readonly estimate: Estimate;
    /** What the estimate can only be worse than. */
    readonly bound?: Estimate;
  }[];
}

/** What the curve is of, and what its hollow marks are. */
export interface CurveMeasures {
  readonly measure: MeasureNote;
  readonly bound?: MeasureNote | undefined;
}

export interface CurveSize {
  readonly width: number;
  readonly height: number;
  /** Lines end in their model's name, or in the last value alone. */
  readonly names: boolean;
}

/** A measure along its axis with its interval band; its bound as a hollow mark. */
export function curvePlot(
  lines: readonly CurveLine[],
  { measure, bound }: CurveMeasures,
  range: readonly [number, number],
  size: CurveSize,
  description: string,
): Html {
  const label = (line: CurveLine) =>
    size.names
      ? shorten(line.series.title, size.width < 500 ? 12 : 22)
      : formatValue(measure, line.points.at(-1)!.estimate.value);
  // Many bands in a small plot are mud: there lines alone are told apart.
  const detailed = size.names || lines.length <= 3;
  const places = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))];
  const axis = measureAxis(measure, []);
  const top = 26;
  const bottom = 34;
  const plotHeight = size.height - top - bottom;
  const toPixels = (v: number) => plotHeight * (1 - (axis.at(v) - range[0]) / (range[1] - range[0]));
  const ends = lines.map((line) => toPixels(line.points.at(-1)!.estimate.value));
  const placed = spread(ends, 13, 0, plotHeight);
  return drawPlot(
    {
      width: size.width,
      height: size.height,
      marginTop: top,
      marginBottom: bottom,
      marginLeft: 36,
      marginRight: labelRoom(Math.max(3, ...lines.map((line) => displayWidth(label(line))))),
      x: {
        labelAnchor: "center",
        labelArrow: "none",
        label: measure.axis?.name ?? "",
        ticks: ticksOf(places),
        tickFormat: String,
        domain: domainOf(places),
      },
      y: { label: axis.label, domain: range, grid: true, ticks: 5 },
      marks: lines.flatMap((line, l) => {
        const { color: fill, className, symbol } = line.series;
        const band = (detailed ? line.points : []).flatMap(({ x, estimate }) =>
          hasInterval(estimate) ? [{ x, low: axis.at(estimate.low), high: axis.at(estimate.high) }] : [],
        );
        const points = line.points.map(({ x, estimate }) => ({ x, y: axis.at(estimate.value), estimate }));
        const bounds = (detailed ? line.points : []).flatMap(({ x, bound: best }) =>
          best === undefined ? [] : [{ x, y: axis.at(best.value), text: formatValue(measure, best.value) }],
        );
        const end = points.at(-1)!;
        return [
          Plot.areaY(band, { x: "x", y1: "low", y2: "high", fill, fillOpacity: 0.16, className }),
          Plot.lineY(points, { x: "x", y: "y", stroke: fill, strokeWidth: 2, className }),
          Plot.dot(points, {
            x: "x",
            y: "y",
            fill,
            symbol,
            r: 3.2,
            className,
            title: (d) =>
              `${line.series.title}: ${formatEstimate(measure, d.estimate)} at ${d.x} ${measure.axis?.name}`,
          }),
          Plot.dot(bounds, {
            x: "x",
            y: "y",
            stroke: fill,
            fill: "var(--page)",
            symbol,
            r: 3.6,
            className,
            title: (d) => `${line.series.title}: ${bound?.of} ${d.text}`,
          }),
          Plot.text([end], {
            x: "x",
            y: "y",
            text: () => label(line),
            fill,
            textAnchor: "start",
            dx: 9,
            dy: placed[l]! - ends[l]!,
            className: `${className} label`,
          }),
        ];
      }),
    },
    description,
  );
}

function ticksOf(places: readonly number[]): number[] {
  const sorted = [...places].sort((a, b) => a - b);
  return sorted.length <= 9 ? sorted : sorted.filter((n) => n === 1 || n % 5 === 0);
}

function domainOf(places: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...places), Math.max(...places)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** A range around all values of some lines: of shares in whole tens and at least 20 points wide, of others from zero. */
export function niceRange(lines: readonly CurveLine[], measure: MeasureNote): [number, number] {
  const values = lines.flatMap(({ points }) =>
    points.flatMap(({ estimate, bound }) => [
      estimate.low ?? estimate.value,
      estimate.high ?? estimate.value,
      bound?.value ?? estimate.value,
    ]),
  );
  if (measure.unit !== "share") return measureAxis(measure, values).domain;
  const low = Math.max(0, 10 * Math.floor(10 * Math.min(...values) - 0.2));
  const high = Math.min(100, 10 * Math.ceil(10 * Math.max(...values) + 0.2));
  return high - low >= 20 ? [low, high] : [Math.max(0, high - 20), Math.max(20, high)];
}
