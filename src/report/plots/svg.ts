// Observable Plot on a document without a browser: static SVG whose colours follow the page.
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom/worker";
import { type MeasureNote, units } from "../../core/measure.ts";
import { type Html, raw } from "../html/markup.ts";

/** Attributes whose numbers are rounded to hundredths of a pixel: they need no more, and pages stay small. */
const geometry = new Set(
  "d transform x y x1 x2 y1 y2 cx cy r width height dx dy stroke-width points".split(" "),
);

/** What all plots are drawn on: nothing of one stays there. */
let sheet: unknown;

/** Draws a plot as an image with a description for people who do not see it. */
export function drawPlot(options: Plot.PlotOptions, description: string): Html {
  sheet ??= parseHTML("<!doctype html><html><body></body></html>").document;
  const svg = Plot.plot({
    ...options,
    document: sheet as unknown as NonNullable<Plot.PlotOptions["document"]>,
    className: "plot",
    ariaLabel: description,
  }) as unknown as PlotElement;
  svg.setAttribute("role", "img");
  // The page has the style; a copy in every plot would only repeat it.
  for (const style of svg.querySelectorAll("style")) style.remove();
  // Names of groups say nothing inside an image; what the style needs of them becomes a class.
  for (const group of svg.querySelectorAll("[aria-label]")) {
    const [, kind] = /(tick|axis) label$/.exec(group.getAttribute("aria-label") ?? "") ?? [];
    if (kind !== undefined)
      group.setAttribute("class", `${group.getAttribute("class") ?? ""} ${kind}`.trim());
    group.removeAttribute("aria-label");
  }
  for (const element of [svg, ...svg.querySelectorAll("*")])
    for (const name of element.getAttributeNames()) {
      const value = geometry.has(name) ? (element.getAttribute(name) ?? "") : "";
      const short = value.replace(/-?\d+\.\d{3,}(e-\d+)?/g, rounded);
      if (short !== value) element.setAttribute(name, short);
    }
  return raw(svg.outerHTML);
}

function rounded(number: string): string {
  return String(Math.round(Number(number) * 100) / 100 || 0);
}

/** What is used of an element: the library is compiled without browser types. */
interface PlotElement {
  readonly outerHTML: string;
  getAttribute(name: string): string | null;
  getAttributeNames(): readonly string[];
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  querySelectorAll(selector: string): Iterable<PlotElement>;
  remove(): void;
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

/** Columns that row labels may take: a phone has room for fewer. */
export function labelColumns(width: number): number {
  return width < phoneWidth + 50 ? 14 : 22;
}

/** Width of plots drawn for a phone: nothing is scaled down there, so all text stays readable. */
export const phoneWidth = 350;

/** Room for labels of this many columns at the plots' type size. */
export function labelRoom(columns: number): number {
  return Math.ceil(7.2 * columns) + 14;
}
