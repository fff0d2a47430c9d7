import * as Plot from "@observablehq/plot";
import type { MeasureNote } from "../../core/measure.ts";
import { displayWidth, formatValue, percent, shorten } from "../format-number.ts";
import type { Html } from "../html/markup.ts";
import type { Series } from "./series.ts";
import { drawPlot, labelColumns, labelRoom } from "./svg.ts";

export interface HeatColumn {
  /** What neighbouring columns have in common; written once above them. */
  readonly group: string;
  /** Written above the column, unless the model's symbol stands there. */
  readonly label: string;
  readonly symbolOf?: Series;
  readonly measure: MeasureNote;
  /** One per row. */
  readonly values: readonly (number | undefined)[];
}

const rowHeight = 22;

/** Numbers as a field of cells, the deeper the colour the better; text keeps its contrast in every cell. */
export function heatMapPlot(
  rows: readonly string[],
  columns: readonly HeatColumn[],
  width: number,
  description: string,
): Html {
  const names = rows.map((name) => shorten(name, labelColumns(width)));
  const left = labelRoom(Math.max(...names.map(displayWidth)));
  const cellWidth = (width - left) / Math.max(1, columns.length);
  const cells = columns.flatMap(({ values, symbolOf, label, group, measure }, x) =>
    values.map((value, y) => ({
      ...{ x, y, className: symbolOf?.className ?? "" },
      fill:
        value === undefined
          ? "none"
          : `color-mix(in oklab, var(--heat) ${percent(depthOf(value, measure, columns), 0)}%, var(--page))`,
      text: value === undefined ? "–" : formatValue(measure, value, cellWidth < 30 ? 0 : undefined),
      title: `${rows[y]}, ${symbolOf === undefined ? "" : `${symbolOf.title}, `}${group} ${label}`.trim(),
    })),
  );
  const groups = columns.flatMap(({ group }, x) =>
    x > 0 && columns[x - 1]!.group === group ? [] : [{ x, group }],
  );
  const slanted = groups.some(
    ({ x, group }, g) => displayWidth(group) * 6.5 > ((groups[g + 1]?.x ?? columns.length) - x) * cellWidth,
  );
  const longest = Math.max(...groups.map(({ group }) => displayWidth(group)));
  return drawPlot(
    {
      width,
      height: rows.length * rowHeight + 44 + (slanted ? 4 * longest : 0),
      marginTop: 40 + (slanted ? 4 * longest : 0),
      marginBottom: 4,
      marginLeft: left,
      marginRight: slanted ? Math.max(0, 4 * displayWidth(groups.at(-1)!.group) - cellWidth) : 0,
      x: { domain: columns.map((_, x) => x), type: "band", padding: 0, axis: null },
      y: { domain: rows.map((_, y) => y), type: "band", padding: 0, label: null },
      color: { type: "identity" },
      marks: [
        Plot.axisY({ tickFormat: (y: number) => names[y]!, tickSize: 0, fontSize: 12 }),
        ...[...new Set(cells.map(({ className }) => className))].flatMap((className) => {
          const own = cells.filter((cell) => cell.className === className);
          const at = { x: "x", y: "y", ...(className === "" ? {} : { className }) } as const;
          return [
            Plot.cell(own, { ...at, fill: "fill", inset: 0.5, title: (d) => `${d.title}: ${d.text}` }),
            Plot.text(own, { ...at, text: "text", fill: "currentColor", pointerEvents: "none" }),
          ];
        }),
        ...columns.map(({ symbolOf, label }, x) =>
          symbolOf === undefined
            ? Plot.text([label], {
                x: () => x,
                text: () => label,
                frameAnchor: "top",
                dy: -12,
                className: "faint",
              })
            : Plot.dot([label], {
                x: () => x,
                frameAnchor: "top",
                dy: -10,
                symbol: symbolOf.symbol,
                fill: symbolOf.color,
                r: 4,
                className: symbolOf.className,
                title: () => symbolOf.title,
              }),
        ),
        ...groups.map(({ x, group }) =>
          Plot.text([group], {
            x: () => x,
            text: () => group,
            frameAnchor: "top",
            textAnchor: "start",
            dx: slanted ? -4 : -cellWidth / 2 + 3,
            dy: -28,
            rotate: slanted ? -40 : 0,
            className: "label",
          }),
        ),
      ],
    },
    description,
  );
}

/** How deep a cell's colour is: a share itself, another number by its place among all of its unit. */
function depthOf(value: number, { unit, better }: MeasureNote, columns: readonly HeatColumn[]): number {
  const all = columns.flatMap(({ measure, values }) => (measure.unit === unit ? values : []));
  const known = all.filter((one) => one !== undefined);
  const [low, high] = unit === "share" ? [0, 1] : [Math.min(...known), Math.max(...known)];
  const place = high === low ? 0.5 : (value - low) / (high - low);
  return better === "higher" ? place : 1 - place;
}
