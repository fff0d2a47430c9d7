// Pieces that several sections share.
import type { MeasureNote } from "../../core/measure.ts";
import type { Estimate, Summary } from "../../core/summary.ts";
import { formatInterval, formatValue, type Measured } from "../format-number.ts";
import type { ReportInput } from "../input.ts";
import { type Series, seriesOf } from "../plots/series.ts";
import { phoneWidth } from "../plots/svg.ts";
import { type Html, html, raw, slug } from "./markup.ts";

/** What a section of the page is made from. */
export interface Page {
  readonly input: ReportInput;
  readonly summary: Summary;
  readonly series: readonly Series[];
  /** Protocol -> id of its section. */
  readonly protocolIds: ReadonlyMap<string, string>;
  /** Benchmark -> id of its section. */
  readonly benchmarkIds: ReadonlyMap<string, string>;
}

export function pageOf(input: ReportInput): Page {
  const { summary } = input;
  return {
    ...{ input, summary, series: seriesOf(summary) },
    protocolIds: idsOf(
      "protocol",
      summary.protocols.map(({ id }) => id),
    ),
    benchmarkIds: idsOf(
      "benchmark",
      summary.benchmarks.map(({ name }) => name),
    ),
  };
}

/** Ids that say what they are of and stay the same from run to run: "benchmark-trashcan"; a number sets equal ones apart. */
export function idsOf(prefix: string, names: readonly string[]): Map<string, string> {
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const name of names) {
    const plain = `${prefix}-${slug(name)}`;
    let id = plain;
    for (let n = 2; taken.has(id); n++) id = `${plain}-${n}`;
    taken.add(id);
    ids.set(name, id);
  }
  return ids;
}

export interface Head {
  readonly title: string;
  /** Numbers are right-aligned and sort by value. */
  readonly numeric: boolean;
  /** Words that explain the column, shown as a tooltip. */
  readonly hint?: string;
  /** Classes by which the page hides the column's head. */
  readonly className?: string;
}

export interface TableRow {
  /** Classes by which the page hides rows, and others. */
  readonly className?: string;
  /** Where a link to the row leads. */
  readonly id?: string;
  readonly cells: readonly Html[];
}

/** A caption and a table that scrolls inside its own frame; the first cell of a row is its heading. */
export function dataTable(
  caption: Html,
  heads: readonly Head[],
  rows: readonly TableRow[],
  name: string,
): Html {
  const head = heads.map(
    ({ title, numeric, hint, className }) =>
      html`<th scope="col"${classes(numeric ? "num" : "", className)}${hint === undefined ? undefined : html` title="${hint}"`}>${title}</th>`,
  );
  const body = rows.map(
    ({
      className,
      id,
      cells,
    }) => html`<tr${id === undefined ? undefined : html` id="${id}"`}${className === undefined ? undefined : html` class="${className}"`}>${cells}</tr>
`,
  );
  return html`<p class="caption">${caption}</p>
<div class="frame" role="region" aria-label="${name}" tabindex="0"><table class="sortable" aria-label="${name}">
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}

function classes(...names: readonly (string | undefined)[]): Html | undefined {
  const own = names.filter((name) => name !== undefined && name !== "");
  return own.length === 0 ? undefined : html` class="${own.join(" ")}"`;
}

export function rowHead(content: Html): Html {
  return html`<th scope="row">${content}</th>`;
}

export function textCell(content: Html | string): Html {
  return html`<td>${content}</td>`;
}

/** A number cell; `sort` is what sorting compares. */
export function numberCell(text: string, sort?: number, detail?: string): Html {
  const value = sort === undefined ? undefined : html` data-sort="${Number(sort.toFixed(6))}"`;
  const below =
    detail === undefined || detail === ""
      ? undefined
      : html`<small${raw(/[a-z]/.test(detail) ? ' class="words"' : "")}>${detail}</small>`;
  return html`<td class="num"${value}>${text}${below}</td>`;
}

/** An estimate with its interval below; a dash where there is none. */
export function estimateCell(measure: Measured, estimate: Estimate | undefined): Html {
  if (estimate === undefined) return numberCell("–");
  return numberCell(formatValue(measure, estimate.value), estimate.value, formatInterval(measure, estimate));
}

/** Heads of a protocol's columns; what a column is bounds of is explained where the pointer rests. */
export function measureHeads(measures: readonly MeasureNote[]): Head[] {
  return measures.map(({ title, boundOf, meaning }) => ({
    ...{ title, numeric: true },
    ...(boundOf === undefined ? {} : { hint: meaning }),
  }));
}

/** A model's name with its colour and symbol, as in the plots. */
export function modelMark({ title, color, symbol }: Series): Html {
  return html`<span class="model">${symbolMark(symbol, color)}${title}</span>`;
}

const shapes: Readonly<Record<Series["symbol"], string>> = {
  circle: '<circle r="4.6"/>',
  square: '<rect x="-4.1" y="-4.1" width="8.2" height="8.2"/>',
  triangle: '<path d="M0-5.4L4.9 3.6H-4.9Z"/>',
  diamond: '<path d="M0-6L4 0 0 6-4 0Z"/>',
  star: '<path d="M0-6L1.5-1.9 5.7-1.9 2.4.8 3.5 4.9 0 2.4-3.5 4.9-2.4.8-5.7-1.9-1.5-1.9Z"/>',
  wye: '<path d="M-1.6-.9V-5.5H1.6V-.9L5.5 1.4 3.9 4.2 0 2-3.9 4.2-5.5 1.4Z"/>',
};

function symbolMark(symbol: Series["symbol"], color: string): Html {
  return raw(
    `<svg class="mark" viewBox="-7 -7 14 14" width="14" height="14" fill="${color}" aria-hidden="true">${shapes[symbol]}</svg>`,
  );
}

/** A benchmark's name as the heading of a row, leading to its section. */
export function benchmarkHead({ benchmarkIds, summary }: Page, name: string): Html {
  const title = summary.benchmarks.find((note) => note.name === name)?.title ?? name;
  const id = benchmarkIds.get(name);
  const link = id === undefined ? title : html`<a href="#${id}">${title}</a>`;
  return rowHead(html`<span class="name">${link}</span><small>${name}</small>`);
}

/** The column that names the model, where there is more than one. */
export function modelHeads({ series }: Page): Head[] {
  return series.length > 1 ? [{ title: "Model", numeric: false }] : [];
}

export function modelCells({ series }: Page, look: Series): Html[] {
  return series.length > 1 ? [textCell(modelMark(look))] : [];
}

/** The same plot for wide windows and for phones; the page shows one of them. */
export function bothWidths(draw: (width: number) => Html, wide: number): Html {
  return html`<div class="wide">${draw(wide)}</div><div class="narrow">${draw(phoneWidth)}</div>`;
}

/** Width of the small plots in a benchmark's section: a phone shows one beside nothing, a desk several. */
export const panelWidth = 330;

/** A plot with its title and, where it needs one, a note on how to read it. */
export function plotFigure(title: Html | string, plot: Html, note?: Html | string, className = ""): Html {
  return html`<figure class="chart ${className}"><figcaption><b>${title}</b>${
    note === undefined ? undefined : html` <span>${note}</span>`
  }</figcaption><div class="scroll">${plot}</div></figure>
`;
}

/** A block with a heading of the third level. */
export function block(title: string, note: string, content: Html): Html {
  return html`<section class="block"><h3>${title}</h3><p class="note">${note}</p>
${content}</section>
`;
}
