// Every benchmark as a field of numbers, the deeper the colour the better.
import type { Estimate, MeasureNote } from "../../core/measure.ts";
import { phoneWidth, plotFigure, type Series } from "../kit/figures.ts";
import {
  displayWidth,
  formatEstimate,
  formatValue,
  formatWithUnit,
  inUnit,
  percent,
  sentence,
} from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { block } from "../kit/page.ts";
import { drawPlot, Plot, rowFrame } from "../kit/plot.ts";
import { cellOf, columnsOf, keyMeasures, mainProtocol, rankedBenchmarks } from "../lookup.ts";
import { type Page, someInterval } from "./columns.ts";

interface HeatColumn {
  /** What neighbouring columns have in common; written once above them. */
  readonly group: string;
  /** Written above the column, unless the model's symbol stands there. */
  readonly label: string;
  readonly symbolOf?: Series;
  readonly measure: MeasureNote;
  /** One per row. */
  readonly estimates: readonly (Estimate | undefined)[];
}

/** Columns that cells with numbers have room for. */
const most = { wide: 20, half: 12, narrow: 10 } as const;

/** All benchmarks by model, or by protocol and measure where there is one model; it takes half of a wide window or all of it. */
export function heatMap(page: Page): { readonly half?: Html; readonly whole?: Html } | undefined {
  const main = mainProtocol(page.summary);
  if (main === undefined) return undefined;
  const benchmarks = rankedBenchmarks(page.summary, main);
  const columns = columnsOfMap(page, main, benchmarks);
  const [first] = columns;
  if (benchmarks.length < 2 || columns.length < 2 || first === undefined) return undefined;
  const described = benchmarks.map((name, b) => {
    const value = first.estimates[b]?.value;
    return `${name} ${value === undefined ? "without a score" : formatWithUnit(first.measure, value)}`;
  });
  const { of } = first.measure;
  const whats = [...new Set(columns.map(({ measure }) => inUnit(measure.of, measure)))];
  const what = `${sentence(of)} of every benchmark as a heat map. ${first.symbolOf?.title ?? ""} ${first.group} ${first.label}: ${described.join(", ")}`;
  const half = columns.length <= most.half;
  const draw = (width: number, shown: number) =>
    heatMapPlot(benchmarks, columns.slice(0, shown), width, what);
  const bounded = page.summary.protocols.some(({ id }) => someInterval(page.summary, id));
  const map = block(
    "All benchmarks",
    `${sentence(whats.join(", "))}; the deeper the colour, the better.${bounded ? " Every number with its interval is in the tables below." : ""}`,
    plotFigure(
      "Heat map",
      html`<div class="wide">${draw(half ? 580 : 1180, most.wide)}</div><div class="narrow">${draw(phoneWidth, most.narrow)}</div>`,
      page.series.length > 1 ? "Symbols stand for models." : "",
    ),
  );
  return half ? { half: map } : { whole: map };
}

function columnsOfMap({ summary, series }: Page, main: string, benchmarks: readonly string[]): HeatColumn[] {
  const column = (
    protocol: string,
    measure: MeasureNote,
    look: Series,
    names: Pick<HeatColumn, "group" | "label">,
  ): HeatColumn => ({
    ...{ ...names, measure },
    ...(series.length > 1 ? { symbolOf: look } : {}),
    estimates: benchmarks.map((name) => cellOf(summary, protocol, name, look.name)?.measures[measure.id]),
  });
  const others = summary.protocols.map(({ id }) => id).filter((id) => id !== main);
  const short = (protocol: string) => protocol.replace(/@.*/, "");
  const ends = (protocol: string) => {
    const keys = keyMeasures(summary, protocol);
    return keys === undefined ? [] : [keys.first, keys.last].flatMap((measure) => measure ?? []);
  };
  if (series.length > 1)
    return [main, ...others].flatMap((protocol) =>
      ends(protocol).flatMap((measure) => {
        const { at, axis } = measure;
        const placed = axis === undefined || axis.value === 0 ? "" : at;
        const place = measure.step === undefined ? measure.title : placed;
        const named = [short(protocol), place].filter((part) => part !== "").join(", ");
        const group =
          protocol === main && measure.step !== undefined ? at : protocol === main ? place : named;
        return series.map((look) => column(protocol, measure, look, { group, label: "" }));
      }),
    );
  const [only] = series;
  const named = (protocol: string) =>
    columnsOf(summary, protocol).filter(({ boundOf }) => boundOf === undefined);
  return [main, ...others].flatMap((protocol) =>
    (protocol === main ? named(protocol) : ends(protocol)).map((measure) =>
      column(protocol, measure, only!, {
        group: short(protocol),
        label: measure.step === undefined ? measure.title : String(measure.axis?.value || measure.at),
      }),
    ),
  );
}

/** Text keeps its contrast in every cell. */
function heatMapPlot(
  rows: readonly string[],
  columns: readonly HeatColumn[],
  width: number,
  description: string,
): Html {
  const { size, y: scale, axis } = rowFrame(rows, { width, rowHeight: 22 });
  const cellWidth = (width - size.marginLeft!) / Math.max(1, columns.length);
  const cells = columns.flatMap(({ estimates, symbolOf, label, group, measure }, x) =>
    estimates.map((estimate, y) => ({
      ...{ x, y, className: symbolOf?.className ?? "" },
      fill:
        estimate === undefined
          ? "none"
          : `color-mix(in oklab, var(--heat) ${percent(depthOf(estimate.value, measure, columns), 0)}%, var(--page))`,
      text:
        estimate === undefined ? "–" : formatValue(measure, estimate.value, cellWidth < 30 ? 0 : undefined),
      title: `${`${rows[y]}, ${symbolOf === undefined ? "" : `${symbolOf.title}, `}${group} ${label}`.trim()}: ${estimate === undefined ? "–" : formatEstimate(measure, estimate)}`,
    })),
  );
  const groups = columns.flatMap(({ group }, x) =>
    x > 0 && columns[x - 1]!.group === group ? [] : [{ x, group }],
  );
  const slanted = groups.some(
    ({ x, group }, g) => displayWidth(group) * 6.5 > ((groups[g + 1]?.x ?? columns.length) - x) * cellWidth,
  );
  const above = slanted ? 4 * Math.max(...groups.map(({ group }) => displayWidth(group))) : 0;
  return drawPlot(
    {
      ...{ ...size, height: rows.length * 22 + 44 + above, marginTop: 40 + above, marginBottom: 4 },
      marginRight: slanted ? Math.max(0, 4 * displayWidth(groups.at(-1)!.group) - cellWidth) : 0,
      x: { domain: columns.map((_, x) => x), type: "band", padding: 0, axis: null },
      y: scale,
      color: { type: "identity" },
      marks: [
        axis,
        ...[...new Set(cells.map(({ className }) => className))].flatMap((className) => {
          const own = cells.filter((cell) => cell.className === className);
          const at = { x: "x", y: "y", ...(className === "" ? {} : { className }) } as const;
          return [
            Plot.cell(own, { ...at, fill: "fill", inset: 0.5, title: "title" }),
            Plot.text(own, { ...at, text: "text", fill: "currentColor", pointerEvents: "none" }),
          ];
        }),
        ...columns.map(({ symbolOf: look, label }, x) => {
          const at = { x: () => x, frameAnchor: "top" } as const;
          return look === undefined
            ? Plot.text([label], { ...at, text: () => label, dy: -12, className: "faint" })
            : Plot.dot([label], {
                ...{ ...at, dy: -10, symbol: look.symbol, fill: look.color, r: 4 },
                ...{ className: look.className, title: () => look.title },
              });
        }),
        ...groups.map(({ x, group }) =>
          Plot.text([group], {
            ...{ x: () => x, text: () => group, frameAnchor: "top", textAnchor: "start", dy: -28 },
            ...{ dx: slanted ? -4 : -cellWidth / 2 + 3, rotate: slanted ? -40 : 0, className: "label" },
          }),
        ),
      ],
    },
    description,
  );
}

/** How deep a cell's colour is: a share itself, another number by its place among all of its unit. */
function depthOf(value: number, { unit, better }: MeasureNote, columns: readonly HeatColumn[]): number {
  const all = columns.flatMap(({ measure, estimates }) => (measure.unit === unit ? estimates : []));
  const known = all.flatMap((one) => one?.value ?? []);
  const [low, high] = unit === "share" ? [0, 1] : [Math.min(...known), Math.max(...known)];
  const place = high === low ? 0.5 : (value - low) / (high - low);
  return better === "lower" ? 1 - place : place;
}
