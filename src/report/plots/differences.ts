import * as Plot from "@observablehq/plot";
import { displayWidth, shorten } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import { drawPlot, labelColumns, labelRoom } from "./svg.ts";

export interface DifferenceRow {
  readonly name: string;
  /** As numbers are shown: points, clicks. */
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** Hollow mark, and what it is. */
  readonly bound?: { readonly value: number; readonly of: string } | undefined;
  /** Written at the end of the row. */
  readonly text: string;
  readonly better: boolean;
  /** Default: one colour for better rows, another for worse ones. */
  readonly color?: string;
}

const rowHeight = 24;

/** Differences from zero, a bar per row with its interval across, better ones in one colour and worse ones in another. */
export function differencePlot(
  rows: readonly DifferenceRow[],
  {
    width,
    label,
    ends = [],
    beside = [],
  }: {
    readonly width: number;
    readonly label: string;
    /** Values that the scale reaches even if no row does. */
    readonly ends?: readonly number[];
    /** Names of rows in plots that stand below one another: their scales begin at the same place. */
    readonly beside?: readonly string[];
  },
  description: string,
): Html {
  const cut = (name: string) => shorten(name, labelColumns(width));
  const names = rows.map(({ name }) => cut(name));
  const values = rows.flatMap(({ value, low, high, bound }) => [value, low, high, bound?.value]);
  const known = [0, ...ends, ...values.filter((value) => value !== undefined)];
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const pad = Math.max(0.05, 0.04 * (most - least));
  return drawPlot(
    {
      width,
      height: rows.length * rowHeight + 54,
      marginTop: 10,
      marginBottom: 44,
      marginLeft: labelRoom(Math.max(...[...names, ...beside.map(cut)].map(displayWidth))),
      marginRight: labelRoom(Math.max(...rows.map(({ text }) => text.length))),
      x: {
        ...{ labelAnchor: "center", labelArrow: "none", label, grid: true, ticks: width < 400 ? 4 : 7 },
        domain: [least - (least < 0 ? pad : 0), most + (most > 0 || least === 0 ? pad : 0)],
        tickFormat: (value: number) => (value > 0 ? `+${value}` : String(value)),
      },
      y: { domain: rows.map((_, y) => y), label: null, type: "band", padding: 0.35 },
      marks: [
        Plot.axisY({ tickFormat: (y: number) => names[y]!, tickSize: 0, fontSize: 12 }),
        ...rows.flatMap(rowMarks),
        Plot.ruleX([0], { strokeOpacity: 0.6 }),
      ],
    },
    description,
  );
}

function rowMarks(
  { name, value, low, high, bound, text, better, color: own }: DifferenceRow,
  y: number,
): Plot.Markish[] {
  const color = own ?? (better ? "var(--m0)" : "var(--m1)");
  const title = () => `${name}: ${text}`;
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
            ...at,
            x: () => bound.value,
            ...{ stroke: "var(--text)", strokeWidth: 1.3, fill: "var(--page)", r: 3.2 },
            title: () => `${name}, ${bound.of}: ${bound.value.toFixed(1)}`,
          }),
        ]),
    Plot.text([0], { ...at, frameAnchor: "right", text: () => text, textAnchor: "start", dx: 8 }),
  ];
}
