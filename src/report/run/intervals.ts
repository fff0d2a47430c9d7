// Means with intervals, a row per benchmark or domain, the models of a row below one another.
import type { MeasureNote } from "../../core/measure.ts";
import type { Estimate } from "../../core/results.ts";
import { bothWidths, plotFigure, type Series } from "../kit/figures.ts";
import { formatEstimate, formatValue, formatWithUnit, shorten, shortName } from "../kit/format.ts";
import type { Html } from "../kit/markup.ts";
import { below, drawPlot, type Mark, measureAxis, Plot, rowFrame } from "../kit/plot.ts";
import { cellOf, hasInterval, rankedBenchmarks } from "../lookup.ts";
import type { ProtocolPage } from "./columns.ts";

/** What the marks of a plot are. */
interface IntervalMeasures {
  readonly first: MeasureNote;
  /** Hollow mark: a measure that belongs to the same mark. */
  readonly beside?: MeasureNote | undefined;
  /** Small faint mark: the last measure of the same name. A thin line leads to it, or to the hollow mark. */
  readonly last?: MeasureNote | undefined;
}

/** One model's marks in a row. */
interface IntervalMark {
  readonly series: Series;
  readonly estimateOf: (measure: MeasureNote) => Estimate | undefined;
}

interface IntervalRow {
  readonly name: string;
  readonly marks: readonly IntervalMark[];
}

/** Measures of every benchmark, the best one first. */
export function benchmarkIntervals(
  { summary, series, protocol }: ProtocolPage,
  measures: IntervalMeasures,
  title: string,
  wide: number,
): Html {
  const rows = rankedBenchmarks(summary, protocol.id).map((name) => ({
    name,
    marks: series.flatMap((look) => {
      const own = cellOf(summary, protocol.id, name, look.name)?.measures;
      return own === undefined ? [] : [{ series: look, estimateOf: ({ id }: MeasureNote) => own[id] }];
    }),
  }));
  return intervalFigure(title, rows, measures, wide);
}

/** `prefix`: what stands before the measure at the axis. */
export function intervalFigure(
  title: string,
  rows: readonly IntervalRow[],
  measures: IntervalMeasures,
  wide: number,
  prefix = "",
): Html {
  const { first, beside, last } = measures;
  const described = rows.flatMap(({ name, marks }) =>
    marks.map(({ series, estimateOf }) => {
      const estimate = estimateOf(first);
      return `${name}, ${series.title}: ${estimate === undefined ? "no scores" : formatWithUnit(first, estimate.value)}`;
    }),
  );
  const bounded = rows.some(({ marks }) =>
    marks.some(({ estimateOf }) => {
      const estimate = estimateOf(first);
      return estimate !== undefined && hasInterval(estimate);
    }),
  );
  const note = [
    `Solid: ${first.step === undefined || first.at === "" ? shortName(first) : first.at}${bounded ? ", with its 95 % interval" : ""}.`,
    ...(beside === undefined ? [] : [`Hollow: ${beside.of}.`]),
    ...(last === undefined ? [] : [`Faint: ${last.at}.`]),
  ].join(" ");
  const draw = (width: number) => intervalPlot(rows, measures, { width, prefix }, described.join(". "));
  return plotFigure(title, bothWidths(draw, wide), note);
}

/** Pixels between the models of one row. */
const step = 11;

function intervalPlot(
  rows: readonly IntervalRow[],
  measures: IntervalMeasures,
  { width, prefix }: { readonly width: number; readonly prefix: string },
  description: string,
): Html {
  const rowHeight = 16 + step * Math.max(1, ...rows.map(({ marks }) => marks.length));
  const frame = rowFrame(
    rows.map(({ name }) => name),
    { width, rowHeight },
  );
  const marks = rows.flatMap((row, y) =>
    row.marks.map(({ series, estimateOf }, m) => {
      const [estimate, beside, last] = [measures.first, measures.beside, measures.last].map((measure) =>
        measure === undefined ? undefined : estimateOf(measure),
      );
      return { series, y, dy: (m - (row.marks.length - 1) / 2) * step, estimate, beside, last };
    }),
  );
  const known = marks.flatMap(({ estimate, beside, last }) => [estimate, beside, last].flatMap(endsOf));
  const { label, domain, at } = measureAxis(measures.first, known);
  return drawPlot(
    {
      ...{ ...frame.size, marginRight: 24 },
      x: { ...below(`${prefix}${label}`), domain, grid: true, ticks: 5 },
      y: frame.y,
      marks: [
        frame.axis,
        Plot.ruleY(
          rows.slice(1).map((_, y) => y + 1),
          { dy: -rowHeight / 2, strokeOpacity: 0.08 },
        ),
        ...marks.flatMap((mark) => marksOf(mark, measures, at)),
      ],
    },
    description,
  );
}

function endsOf(estimate: Estimate | undefined): number[] {
  return estimate === undefined ? [] : [estimate.value, estimate.low, estimate.high].flatMap((v) => v ?? []);
}

interface PlacedMark extends Pick<IntervalMark, "series"> {
  readonly y: number;
  readonly dy: number;
  readonly estimate?: Estimate | undefined;
  readonly beside?: Estimate | undefined;
  readonly last?: Estimate | undefined;
}

function marksOf(
  { series, y, dy, estimate, beside, last }: PlacedMark,
  measures: IntervalMeasures,
  scaled: (value: number) => number,
): Mark[] {
  const { first } = measures;
  const { title, color, symbol, className } = series;
  const row = { y: () => y, dy, className };
  if (estimate === undefined)
    return [
      Plot.text([title], {
        ...{ ...row, x: () => 0, dx: 6, textAnchor: "start", className: `${className} faint` },
        text: () => `${shorten(title, 20)}: no scores`,
      }),
    ];
  const at = (value: number) => ({ ...row, x: () => scaled(value) });
  const line = (from: number, to: number, look: object) =>
    Plot.ruleY([0], { ...row, x1: () => scaled(from), x2: () => scaled(to), stroke: color, ...look });
  const end = last ?? beside;
  return [
    ...(end === undefined ? [] : [line(estimate.value, end.value, { strokeOpacity: 0.35 })]),
    ...(last === undefined
      ? []
      : [
          Plot.dot([0], {
            ...{ ...at(last.value), fill: color, fillOpacity: 0.45, symbol, r: 2.6 },
            title: () => `${title}, ${measures.last?.at}: ${formatEstimate(first, last)}`,
          }),
        ]),
    ...(hasInterval(estimate)
      ? [line(estimate.low, estimate.high, { strokeWidth: 5, strokeOpacity: 0.3 })]
      : []),
    ...(beside === undefined
      ? []
      : [
          Plot.dot([0], {
            ...{ ...at(beside.value), stroke: color, fill: "var(--page)", symbol, r: 3.6 },
            title: () => `${title}, ${measures.beside?.of}: ${formatValue(first, beside.value)}`,
          }),
        ]),
    Plot.dot([0], {
      ...{ ...at(estimate.value), fill: color, symbol, r: 4 },
      title: () => `${title}${first.at === "" ? "" : `, ${first.at}`}: ${formatEstimate(first, estimate)}`,
    }),
  ];
}
