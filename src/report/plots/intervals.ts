import * as Plot from "@observablehq/plot";
import type { Estimate } from "../../core/summary.ts";
import { displayWidth, percent, percentWithInterval, shorten } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import { hasInterval } from "../lookup.ts";
import type { Series } from "./series.ts";
import { drawPlot, labelColumns, labelRoom } from "./svg.ts";

/** One model's marks in a row: a solid mark with its interval, and what the same row may add. */
export interface IntervalMark {
  readonly series: Series;
  readonly label: string;
  readonly estimate?: Estimate;
  /** Hollow mark. */
  readonly oracle?: Estimate;
  /** Small faint mark at the end of a thin line: the last round. */
  readonly last?: Estimate;
}

export interface IntervalRow {
  readonly name: string;
  readonly marks: readonly IntervalMark[];
}

/** Pixels between the models of one row. */
const step = 11;

/** Rows of means with intervals, one row per benchmark (or protocol), the models of a row below one another. */
export function intervalPlot(
  rows: readonly IntervalRow[],
  options: { readonly width: number; readonly label: string },
  description: string,
): Html {
  const lanes = Math.max(1, ...rows.map(({ marks }) => marks.length));
  const rowHeight = 16 + step * lanes;
  const names = rows.map(({ name }) => shorten(name, labelColumns(options.width)));
  const marks = rows.flatMap((row, y) =>
    row.marks.map((mark, m) => ({ ...mark, y, dy: (m - (row.marks.length - 1) / 2) * step })),
  );
  return drawPlot(
    {
      width: options.width,
      height: rows.length * rowHeight + 54,
      marginTop: 10,
      marginBottom: 44,
      marginLeft: labelRoom(Math.max(...names.map(displayWidth))),
      marginRight: 24,
      x: {
        labelAnchor: "center",
        labelArrow: "none",
        label: options.label,
        domain: [0, 100],
        grid: true,
        ticks: 5,
      },
      y: { domain: rows.map((_, y) => y), label: null, type: "band", padding: 0 },
      marks: [
        Plot.axisY({ tickFormat: (y: number) => names[y]!, tickSize: 0, fontSize: 12 }),
        Plot.ruleY(
          rows.slice(1).map((_, y) => y + 1),
          { dy: -rowHeight / 2, strokeOpacity: 0.08 },
        ),
        ...marks.flatMap(markOf),
      ],
    },
    description,
  );
}

function markOf(mark: IntervalMark & { readonly y: number; readonly dy: number }): Plot.Markish[] {
  const { series, y, dy, estimate, oracle, last, label } = mark;
  const { color, symbol, className } = series;
  if (estimate === undefined)
    return [
      Plot.text([label], {
        x: () => 0,
        y: () => y,
        dy,
        dx: 6,
        text: () => `${shorten(series.title, 20)}: no scores`,
        textAnchor: "start",
        className: `${className} faint`,
      }),
    ];
  const at = (value: number) => ({ x: () => 100 * value, y: () => y, dy, className });
  const title = () => `${series.title}, ${label}: ${percentWithInterval(estimate)}`;
  return [
    ...(last === undefined
      ? []
      : [
          Plot.ruleY([0], {
            x1: () => 100 * estimate.value,
            x2: () => 100 * last.value,
            y: () => y,
            dy,
            className,
            stroke: color,
            strokeOpacity: 0.35,
          }),
          Plot.dot([0], {
            ...at(last.value),
            fill: color,
            fillOpacity: 0.45,
            symbol,
            r: 2.6,
            title: () => `${series.title}, last round: ${percentWithInterval(last)}`,
          }),
        ]),
    ...(hasInterval(estimate)
      ? [
          Plot.ruleY([0], {
            x1: () => 100 * estimate.low,
            x2: () => 100 * estimate.high,
            y: () => y,
            dy,
            className,
            stroke: color,
            strokeWidth: 5,
            strokeOpacity: 0.3,
          }),
        ]
      : []),
    ...(oracle === undefined
      ? []
      : [
          Plot.dot([0], {
            ...at(oracle.value),
            stroke: color,
            fill: "var(--page)",
            symbol,
            r: 3.6,
            title: () => `${series.title}, oracle: ${percent(oracle.value)}`,
          }),
        ]),
    Plot.dot([0], { ...at(estimate.value), fill: color, symbol, r: 4, title }),
  ];
}
