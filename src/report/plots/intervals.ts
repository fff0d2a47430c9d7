import * as Plot from "@observablehq/plot";
import type { MeasureNote } from "../../core/measure.ts";
import type { Estimate } from "../../core/summary.ts";
import { displayWidth, formatEstimate, formatValue, shorten } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import { hasInterval } from "../lookup.ts";
import type { Series } from "./series.ts";
import { drawPlot, labelColumns, labelRoom, measureAxis } from "./svg.ts";

/** One model's marks in a row: a solid mark with its interval, and what the same row may add. */
export interface IntervalMark {
  readonly series: Series;
  readonly estimate?: Estimate | undefined;
  /** Hollow mark: a measure that belongs to the same mark. */
  readonly beside?: Estimate | undefined;
  /** Small faint mark: the last measure of the same name. A thin line leads to it, or to the hollow mark. */
  readonly last?: Estimate | undefined;
}

export interface IntervalRow {
  readonly name: string;
  readonly marks: readonly IntervalMark[];
}

/** What the marks of a plot are. */
export interface IntervalMeasures {
  readonly first: MeasureNote;
  readonly beside?: MeasureNote | undefined;
  readonly last?: MeasureNote | undefined;
}

/** The sentence that tells the marks apart. */
export function intervalNote({ first, beside, last }: IntervalMeasures): string {
  return [
    `Solid: ${first.at === "" ? first.of : first.at}, with its 95 % interval.`,
    ...(beside === undefined ? [] : [`Hollow: ${beside.of}.`]),
    ...(last === undefined ? [] : [`Faint: ${last.at}.`]),
  ].join(" ");
}

/** Pixels between the models of one row. */
const step = 11;

/** Rows of means with intervals, one row per benchmark (or protocol), the models of a row below one another. */
export function intervalPlot(
  rows: readonly IntervalRow[],
  measures: IntervalMeasures,
  options: { readonly width: number; readonly prefix?: string },
  description: string,
): Html {
  const lanes = Math.max(1, ...rows.map(({ marks }) => marks.length));
  const rowHeight = 16 + step * lanes;
  const names = rows.map(({ name }) => shorten(name, labelColumns(options.width)));
  const marks = rows.flatMap((row, y) =>
    row.marks.map((mark, m) => ({ ...mark, y, dy: (m - (row.marks.length - 1) / 2) * step })),
  );
  const known = marks.flatMap(({ estimate, beside, last }) => [estimate, beside, last].flatMap(endsOf));
  const { label, domain, at } = measureAxis(measures.first, known);
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
        label: `${options.prefix ?? ""}${label}`,
        domain,
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
        ...marks.flatMap((mark) => markOf(mark, measures, at)),
      ],
    },
    description,
  );
}

function endsOf(estimate: Estimate | undefined): number[] {
  return estimate === undefined ? [] : [estimate.value, estimate.low, estimate.high].flatMap((v) => v ?? []);
}

function markOf(
  mark: IntervalMark & { readonly y: number; readonly dy: number },
  measures: IntervalMeasures,
  scaled: (value: number) => number,
): Plot.Markish[] {
  const { series, y, dy, estimate, beside, last } = mark;
  const { first } = measures;
  const { color, symbol, className } = series;
  if (estimate === undefined)
    return [
      Plot.text([series.title], {
        x: () => 0,
        y: () => y,
        dy,
        dx: 6,
        text: () => `${shorten(series.title, 20)}: no scores`,
        textAnchor: "start",
        className: `${className} faint`,
      }),
    ];
  const at = (value: number) => ({ x: () => scaled(value), y: () => y, dy, className });
  const title = () => `${series.title}, ${first.at}: ${formatEstimate(first, estimate)}`;
  const end = last ?? beside;
  return [
    ...(end === undefined
      ? []
      : [
          Plot.ruleY([0], {
            x1: () => scaled(estimate.value),
            x2: () => scaled(end.value),
            y: () => y,
            dy,
            className,
            stroke: color,
            strokeOpacity: 0.35,
          }),
        ]),
    ...(last === undefined
      ? []
      : [
          Plot.dot([0], {
            ...at(last.value),
            fill: color,
            fillOpacity: 0.45,
            symbol,
            r: 2.6,
            title: () => `${series.title}, ${measures.last?.at}: ${formatEstimate(first, last)}`,
          }),
        ]),
    ...(hasInterval(estimate)
      ? [
          Plot.ruleY([0], {
            x1: () => scaled(estimate.low),
            x2: () => scaled(estimate.high),
            y: () => y,
            dy,
            className,
            stroke: color,
            strokeWidth: 5,
            strokeOpacity: 0.3,
          }),
        ]
      : []),
    ...(beside === undefined
      ? []
      : [
          Plot.dot([0], {
            ...at(beside.value),
            stroke: color,
            fill: "var(--page)",
            symbol,
            r: 3.6,
            title: () => `${series.title}, ${measures.beside?.of}: ${formatValue(first, beside.value)}`,
          }),
        ]),
    Plot.dot([0], { ...at(estimate.value), fill: color, symbol, r: 4, title }),
  ];
}
