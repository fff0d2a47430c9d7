// Observable Plot on a document without a browser: static SVG whose colours follow the page. Axes and frames that plots share.
import type * as Library from "@observablehq/plot";
import { type MeasureNote, units } from "../../core/measure.ts";
import { phoneWidth } from "./figures.ts";
import { displayWidth, shortenAll } from "./format.ts";
import { type Html, raw } from "./markup.ts";

/** Attributes that say where something is and how large. */
const geometry = / (?:d|transform|[xy][12]?|c[xy]|r|width|height|d[xy]|stroke-width|points)="[^"]*"/g;

/** The library, once a page has loaded it, which takes a quarter of a second. */
export let Plot: typeof Library;
export type Mark = Library.Markish;

/** The document that all plots are drawn in; it keeps nothing of them. */
let sheet: Library.PlotOptions["document"];

/** A writer of a page with plots: their library is loaded first. */
export function withPlots<In extends readonly unknown[]>(
  page: (...input: In) => string,
): (...input: In) => Promise<string> {
  return async (...input) => {
    const [library, { parseHTML }] = await Promise.all([
      import("@observablehq/plot"),
      import("linkedom/worker"),
    ]);
    sheet ??= parseHTML("<!doctype html><html><body></body></html>").document as unknown as typeof sheet;
    Plot = library;
    return page(...input);
  };
}

/** Draws a plot as an image with a description for screen readers. */
export function drawPlot(options: Library.PlotOptions, description: string): Html {
  const drawing = { ...options, className: "plot", ariaLabel: description };
  const svg = Plot.plot(sheet === undefined ? drawing : { ...drawing, document: sheet });
  const { outerHTML } = svg as unknown as { readonly outerHTML: string };
  return raw(
    outerHTML
      // The page has the style; a copy in every plot would only repeat it.
      .replace(/<style>.*?<\/style>/gs, "")
      .replace(/(?<=<\w+)(?: [\w-]+="[^"]*")+/g, (attributes, at: number) =>
        tidied(at < 5 ? ` role="img"${attributes}` : withoutName(attributes)),
      ),
  );
}

/** Names of groups say nothing inside an image; what the style needs of them becomes a class. */
function withoutName(attributes: string): string {
  const [label = ""] = / aria-label="[^"]*"/.exec(attributes) ?? [];
  const [, kind] = /(tick|axis) label"$/.exec(label) ?? [];
  const rest = attributes.replace(label, "");
  if (kind === undefined) return rest;
  return rest.includes(" class=") ? rest.replace(/ class="([^"]*)/, `$& ${kind}`) : ` class="${kind}"${rest}`;
}

/** Numbers of the drawing in hundredths of a pixel: they need no more, and pages stay small. */
function tidied(attributes: string): string {
  return attributes.replace(geometry, (attribute) => attribute.replace(/-?\d+\.\d{3,}(e-\d+)?/g, rounded));
}

function rounded(number: string): string {
  return String(Math.round(Number(number) * 100) / 100 || 0);
}

/** A measure along an axis: numbers as they are written, in a range that holds them all; shares have the whole of theirs. */
export function measureAxis(
  { of, unit }: Pick<MeasureNote, "of" | "unit">,
  values: readonly number[],
): { readonly label: string; readonly domain: [number, number]; readonly at: (value: number) => number } {
  const { scale, value: sign } = units[unit];
  const at = (value: number) => scale * value;
  const label = sign === "" ? of : `${of} (${sign.trim()})`;
  if (unit === "share") return { label, at, domain: [0, scale] };
  const shown = values.map(at);
  const [low, high] = [Math.min(0, ...shown), Math.max(0, ...shown)];
  return { label, at, domain: [low, high === low ? low + 1 : high + (high - low) / 20] };
}

/** An axis whose label stands below its middle. */
export function below(label: string): Pick<Library.ScaleOptions, "label" | "labelAnchor" | "labelArrow"> {
  return { labelAnchor: "center", labelArrow: "none", label };
}

/** The frame of a plot whose rows have names at their left. */
interface RowFrame {
  /** The names, cut to the room for them. */
  readonly names: readonly string[];
  readonly size: Pick<Library.PlotOptions, "width" | "height" | "marginTop" | "marginBottom" | "marginLeft">;
  readonly y: Library.ScaleOptions;
  readonly axis: Mark;
}

/** `beside`: names of rows in plots that stand above or below, so that all begin at the same place. */
export function rowFrame(
  rows: readonly string[],
  {
    width,
    rowHeight,
    padding = 0,
    beside = [],
  }: {
    readonly width: number;
    readonly rowHeight: number;
    readonly padding?: number;
    readonly beside?: readonly string[];
  },
): RowFrame {
  const all = cutNames([...rows, ...beside], width);
  const names = all.slice(0, rows.length);
  const marginLeft = labelRoom(Math.max(...all.map(displayWidth)));
  return {
    names,
    size: { width, height: rows.length * rowHeight + 54, marginTop: 10, marginBottom: 44, marginLeft },
    y: { domain: rows.map((_, y) => y), label: null, type: "band", padding },
    axis: Plot.axisY({
      ...{ tickFormat: (y: number) => names[y]!, tickSize: 0, fontSize: 12 },
      title: (y: number) => (names[y] === rows[y] ? undefined : rows[y]),
    }),
  };
}

/** The names of rows, cut to the columns that labels may take, so that they stay distinct: a phone has room for fewer. */
export function cutNames(names: readonly string[], width: number, more = 0): string[] {
  return shortenAll(names, (width < phoneWidth + 50 ? 16 : 24) + more);
}

/** Room for labels of this many columns at the plots' type size. */
export function labelRoom(columns: number): number {
  return Math.ceil(7.2 * columns) + 14;
}

/** Positions near the wanted ones, in the same order, at least `gap` apart, inside [low, high] where there is room. */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at || a.index - b.index);
  let least = low;
  for (const entry of order) {
    entry.at = Math.max(entry.at, least);
    least = entry.at + gap;
  }
  let most = high;
  for (const entry of order.toReversed()) {
    entry.at = Math.min(entry.at, most);
    most = entry.at - gap;
  }
  const positions: number[] = [];
  for (const { at, index } of order) positions[index] = at;
  return positions;
}
