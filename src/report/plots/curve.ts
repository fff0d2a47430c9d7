import * as Plot from "@observablehq/plot";
import type { Estimate } from "../../core/summary.ts";
import { displayWidth, percent, percentWithInterval, shorten } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import { hasInterval } from "../lookup.ts";
import { type Series, spread } from "./series.ts";
import { drawPlot, labelRoom } from "./svg.ts";

export interface CurveLine {
  readonly series: Series;
  readonly points: readonly {
    readonly clicks: number;
    readonly miou: Estimate;
    readonly oracle?: Estimate;
  }[];
}

export interface CurveSize {
  readonly width: number;
  readonly height: number;
  /** Lines end in their model's name, or in the last value alone. */
  readonly names: boolean;
}

/** mIoU over clicks with its interval band; the oracle as a hollow mark. */
export function curvePlot(
  lines: readonly CurveLine[],
  range: readonly [number, number],
  size: CurveSize,
  description: string,
): Html {
  const label = (line: CurveLine) =>
    size.names
      ? shorten(line.series.title, size.width < 500 ? 12 : 22)
      : percent(line.points.at(-1)!.miou.value);
  // Many bands in a small plot are mud: there lines alone are told apart.
  const detailed = size.names || lines.length <= 3;
  const clicks = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.clicks)))];
  const top = 26;
  const bottom = 34;
  const plotHeight = size.height - top - bottom;
  const toPixels = (v: number) => plotHeight * (1 - (100 * v - range[0]) / (range[1] - range[0]));
  const ends = lines.map((line) => toPixels(line.points.at(-1)!.miou.value));
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
        label: "clicks",
        ticks: ticksOf(clicks),
        tickFormat: String,
        domain: domainOf(clicks),
      },
      y: { label: "mIoU (%)", domain: range, grid: true, ticks: 5 },
      marks: lines.flatMap((line, l) => {
        const { color: fill, className, symbol } = line.series;
        const band = (detailed ? line.points : []).flatMap(({ clicks: x, miou }) =>
          hasInterval(miou) ? [{ x, low: 100 * miou.low, high: 100 * miou.high }] : [],
        );
        const points = line.points.map(({ clicks: x, miou }) => ({ x, y: 100 * miou.value, miou }));
        const oracles = (detailed ? line.points : []).flatMap(({ clicks: x, oracle }) =>
          oracle === undefined ? [] : [{ x, y: 100 * oracle.value, text: percent(oracle.value) }],
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
            title: (d) => `${line.series.title}: ${percentWithInterval(d.miou)} at ${d.x} clicks`,
          }),
          Plot.dot(oracles, {
            x: "x",
            y: "y",
            stroke: fill,
            fill: "var(--page)",
            symbol,
            r: 3.6,
            className,
            title: (d) => `${line.series.title}: oracle ${d.text}`,
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

function ticksOf(clicks: readonly number[]): number[] {
  const sorted = [...clicks].sort((a, b) => a - b);
  return sorted.length <= 9 ? sorted : sorted.filter((n) => n === 1 || n % 5 === 0);
}

function domainOf(clicks: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...clicks), Math.max(...clicks)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** A range in whole tens around all values of some lines, at least 20 points wide. */
export function niceRange(lines: readonly CurveLine[]): [number, number] {
  const values = lines.flatMap(({ points }) =>
    points.flatMap(({ miou, oracle }) => [
      miou.low ?? miou.value,
      miou.high ?? miou.value,
      oracle?.value ?? miou.value,
    ]),
  );
  const low = Math.max(0, 10 * Math.floor(10 * Math.min(...values) - 0.2));
  const high = Math.min(100, 10 * Math.ceil(10 * Math.max(...values) + 0.2));
  return high - low >= 20 ? [low, high] : [Math.max(0, high - 20), Math.max(20, high)];
}
