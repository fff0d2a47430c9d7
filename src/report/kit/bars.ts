// Bars that several reports draw: differences from zero, as in Fig. 9a of the SAM paper, and histograms of shares.
import { type MeasureNote, scaledInterval, units } from "../../core/measure.ts";
import type { Estimate } from "../../core/results.ts";
import { gain } from "../lookup.ts";
import { bothWidths, plotFigure, type Series } from "./figures.ts";
import { badge, count, displayWidth, formatDifference, inBrackets, percent } from "./format.ts";
import type { Html } from "./markup.ts";
import { below, cutNames, drawPlot, labelRoom, type Mark, Plot, rowFrame } from "./plot.ts";

interface DifferenceRow {
  readonly name: string;
  /** In the unit shown: points, clicks. */
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** On how few images it stands. */
  readonly badge: string;
  /** Hollow mark, and what it is. */
  readonly bound?: { readonly value: number; readonly of: string } | undefined;
  /** Written at the end of the row. */
  readonly text: string;
  /** Absent where neither side is better. */
  readonly better?: boolean;
  /** Default: one colour for better rows, another for worse ones. */
  readonly color?: string;
}

interface DifferenceFigure {
  readonly title: string;
  /** Width in a wide window. */
  readonly wide: number;
  /** What the axis is of. */
  readonly label: string;
  readonly note?: string;
  readonly className?: string;
  /** What stands before the rows in the description; default: nothing. */
  readonly described?: string;
  /** Values that the scale reaches even if no row does. */
  readonly ends?: readonly number[];
  /** Names of rows in plots that stand below one another: their scales begin at the same place. */
  readonly beside?: readonly string[];
}

/** A row of a measure: its difference in the measure's own unit. */
export function differenceRow(
  name: string,
  measure: MeasureNote,
  difference: Pick<Estimate, "value"> & Partial<Estimate>,
  bound?: { readonly value: number | undefined; readonly of: MeasureNote | undefined },
): DifferenceRow {
  const { value, clusters = 0 } = difference;
  const { scale } = units[measure.unit];
  return {
    ...{ name, ...scaledInterval(difference, scale) },
    badge: badge({ ...difference, clusters }),
    ...(bound?.value === undefined ? {} : { bound: { value: scale * bound.value, of: bound.of!.of } }),
    text: formatDifference(measure, value),
    ...(measure.better === "none" ? {} : { better: gain(measure, value) >= 0 }),
  };
}

/** Better rows in one colour and worse ones in another, with their intervals across. */
export function differenceFigure(rows: readonly DifferenceRow[], figure: DifferenceFigure): Html {
  const { title, wide, note, className, described = "" } = figure;
  const description = `${described}${rows.map(({ name, text }) => `${name}: ${text}`).join(". ")}`;
  const draw = (width: number) => differencePlot(rows, width, figure, description);
  return plotFigure(title, bothWidths(draw, wide), note, className);
}

function differencePlot(
  rows: readonly DifferenceRow[],
  width: number,
  { label, ends = [], beside = [] }: DifferenceFigure,
  description: string,
): Html {
  const names = rows.map(({ name }) => name);
  const { size, y, axis } = rowFrame(names, { width, rowHeight: 24, padding: 0.35, beside });
  const values = rows.flatMap(({ value, low, high, bound }) => [value, low, high, bound?.value]);
  const known = [0, ...ends, ...values.filter((value) => value !== undefined)];
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const pad = Math.max(0.05, 0.04 * (most - least));
  // Nothing but zeros: they stand in the middle.
  const domain =
    least === most ? [-1, 1] : [least - (least < 0 ? pad : 0), most + (most > 0 || least === 0 ? pad : 0)];
  return drawPlot(
    {
      ...size,
      marginRight: labelRoom(Math.max(...rows.map(({ text }) => text.length))),
      x: {
        ...{ ...below(label), grid: true, ticks: width < 400 ? 4 : 7 },
        domain,
        tickFormat: (value: number) => (value > 0 ? `+${value}` : String(value)),
      },
      y,
      marks: [axis, ...rows.flatMap(rowMarks), Plot.ruleX([0], { strokeOpacity: 0.6 })],
    },
    description,
  );
}

function rowMarks(
  { name, value, low, high, badge: few, bound, text, better, color: own }: DifferenceRow,
  y: number,
): Mark[] {
  const color = own ?? (better === undefined ? "var(--soft)" : better ? "var(--m0)" : "var(--m1)");
  const title = () => `${name}: ${text} ${inBrackets(few)}`.trim();
  const at = { y: () => y };
  return [
    Plot.barX([0], { ...at, x1: () => 0, x2: () => value, fill: color, fillOpacity: 0.55, title }),
    ...(low === undefined || high === undefined
      ? []
      : [Plot.ruleY([0], { ...at, x1: () => low, x2: () => high, stroke: color, strokeWidth: 2, title })]),
    Plot.dot([0], { ...at, x: () => value, fill: color, r: 3.2, title }),
    ...(bound === undefined
      ? []
      : [
          Plot.dot([0], {
            ...{ ...at, x: () => bound.value },
            ...{ stroke: "var(--text)", strokeWidth: 1.3, fill: "var(--page)", r: 3.2 },
            title: () => `${name}, ${bound.of}: ${bound.value.toFixed(1)}`,
          }),
        ]),
    Plot.text([0], { ...at, frameAnchor: "right", text: () => text, textAnchor: "start", dx: 8 }),
  ];
}

interface HistogramRow {
  readonly series: Pick<Series, "title" | "color">;
  /** Counts in equal bins over [0, 1] of the first measure, and of the last where there is another. */
  readonly first: readonly number[];
  readonly last?: readonly number[] | undefined;
}

const rowHeight = 64;

/** Histograms of a share, `of` what, a row per model: bars for the first measure, a stepped line for the last. */
export function histogramPlot(
  rows: readonly HistogramRow[],
  of: string,
  width: number,
  description: string,
): Html {
  const titles = rows.map(({ series }) => series.title);
  const names = rows.length === 1 ? [""] : cutNames(titles, width);
  const bars = rows.flatMap((row, y) =>
    binsOf(row.first).flatMap((bin) => (bin.n === 0 ? [] : [{ ...bin, y, fill: row.series.color }])),
  );
  const steps = rows.flatMap((row, y) =>
    binsOf(row.last ?? []).flatMap(({ low, high, share }) => [
      { x: low, share, y },
      { x: high, share, y },
    ]),
  );
  const top = Math.max(0.01, ...[...bars, ...steps].map(({ share }) => share));
  return drawPlot(
    {
      ...{ width, height: rows.length * rowHeight + 56, marginTop: 8, marginBottom: 44, marginRight: 16 },
      marginLeft: rows.length === 1 ? 12 : labelRoom(Math.max(...names.map(displayWidth))),
      x: { ...below(`${of} (%)`), domain: [0, 100], ticks: 5 },
      y: { domain: [0, top], axis: null },
      color: { type: "identity" },
      fy: { domain: rows.map((_, y) => y), axis: null, padding: 0.18 },
      marks: [
        Plot.axisFy({
          ...{ anchor: "left", label: null, fontSize: 12, frameAnchor: "left", textAnchor: "end", dx: -8 },
          tickFormat: (y: number) => names[y]!,
          title: (y: number) => (names[y] === titles[y] ? undefined : titles[y]),
        }),
        Plot.rectY(bars, {
          ...{ x1: "low", x2: "high", y1: 0, y2: "share", fy: "y" },
          ...{ inset: 0.5, fill: "fill", fillOpacity: 0.75 },
          title: (d) => `${of} ${d.low} to ${d.high}: ${count(d.n)} (${percent(d.share)} %)`,
        }),
        Plot.lineY(steps, { x: "x", y: "share", z: "y", fy: "y", stroke: "currentColor", strokeWidth: 1.2 }),
        Plot.ruleY([0], { strokeOpacity: 0.3 }),
      ],
    },
    description,
  );
}

function binsOf(counts: readonly number[]) {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const wide = 100 / counts.length;
  return counts.map((n, b) => ({
    ...{ low: Math.round(b * wide), high: Math.round((b + 1) * wide), n },
    share: total === 0 ? 0 : n / total,
  }));
}
