// One table for every syntax: columns over rows, rendered as HTML, Markdown, LaTeX and plain text.
import type { MeasureNote } from "../../core/measure.ts";
import type { Estimate } from "../../core/results.ts";
import { badge, formatInterval, formatValue, inBrackets, type Measured, sentence } from "./format.ts";
import { type Html, html, raw } from "./markup.ts";

/** A cell: its text, and more for some syntaxes. A plain string is one too; undefined: there is no such number. */
export type Cell = string | CellValue | undefined;

export interface CellValue {
  readonly text: string;
  /** An interval or another second number: in small print below the text on a page, after it elsewhere. */
  readonly detail?: string;
  /** On how few images the number stands: in small print on a page, in brackets elsewhere. Never left out for want of room. */
  readonly badge?: string;
  /** Small print that pages alone have. */
  readonly notes?: readonly string[];
  /** What sorting on a page compares; default: the number that the text of a right-hand column begins with. */
  readonly sort?: number | undefined;
  /** What a page has in place of the text. */
  readonly page?: Html | undefined;
  /** Classes of the cell on a page. A score is written large. */
  readonly className?: string;
  /** CSS of the cell, or of the text of a score. */
  readonly css?: string;
  /** The best of those it competes with. */
  readonly best?: boolean;
  /** How a terminal with colours shows it. */
  readonly tone?: "good" | "bad";
}

export interface Head {
  readonly title: string;
  /** Words go left, numbers right. On pages numbers sort by value. */
  readonly align: "left" | "right";
  /** The title on a page, where it differs. */
  readonly head?: string;
  /** The title on a terminal that has no room for it, and what is said below the table of all that are shortened. */
  readonly brief?: { readonly title: string; readonly of: string };
  /** Words that explain the column, shown as a tooltip. */
  readonly hint?: string | undefined;
  /** Words that explain it where it stands: as a tooltip, below its head on a page, and in a line below the table. */
  readonly explained?: { readonly short?: string; readonly text: string };
  /** How early the column leaves a terminal that is too narrow: the largest first; without it, never. */
  readonly leaves?: number;
  /** What neighbouring columns have in common, written once above them on pages and in LaTeX. */
  readonly group?: string;
  /** Classes by which a page hides the column's head. */
  readonly className?: string;
  /** Where the column stands; default: everywhere. */
  readonly in?: readonly Syntax[];
}

type Syntax = "page" | "markdown" | "terminal";

export interface Column<Row> extends Head {
  readonly cell: (row: Row) => Cell;
}

export interface Table<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Where a link to a row leads, and classes by which a page hides it. */
  readonly mark?: (row: Row) => { readonly id?: string; readonly className?: string };
  /** Cells of sentences: on a phone a row's cells stand below one another, each with its head. */
  readonly stacked?: true;
}

export type More = Omit<Head, "title" | "align">;

/** A column of words. */
export function left<Row>(title: string, cell: Column<Row>["cell"], more: More = {}): Column<Row> {
  return { title, align: "left", cell, ...more };
}

/** A column of numbers. */
export function right<Row>(title: string, cell: Column<Row>["cell"], more: More = {}): Column<Row> {
  return { title, align: "right", cell, ...more };
}

/** A table whose rows are lists of texts, a text per column. */
export function listTable(
  heads: readonly Head[],
  rows: readonly (readonly string[])[],
): Table<readonly string[]> {
  return { columns: heads.map((head, c) => ({ ...head, cell: (row) => row[c] ?? "" })), rows };
}

/** A number and what sorts it. */
export function number(text: string, sort?: number, detail = ""): CellValue {
  return { text, sort, detail };
}

/** An estimate with its badge and its interval, or without the interval where there is no room for it. */
export function estimate(measure: Measured, value: Estimate | undefined, brief = false): Cell {
  if (value === undefined) return undefined;
  const text = formatValue(measure, value.value);
  return brief ? { ...number(text, value.value), badge: badge(value) } : bounded(text, measure, value);
}

/** A number with its interval and its badge. */
export function bounded(
  text: string,
  measure: Measured,
  value: Estimate,
  format: typeof formatValue = formatValue,
): CellValue {
  return { ...number(text, value.value, formatInterval(measure, value, format)), badge: badge(value) };
}

/** A badge on a page; nothing of nothing. */
export function badgeMark(text: string): Html | undefined {
  return text === "" ? undefined : html`<span class="badge few">${text}</span>`;
}

/** The hint of a measure's column on a page where the measure bounds another. */
export function boundHint({ boundOf, meaning }: MeasureNote): string | undefined {
  return boundOf === undefined ? undefined : meaning;
}

/** A caption and a table that scrolls inside its own frame and sorts; the first cell of a row is its heading. */
export function htmlTable<Row>(table: Table<Row>, caption: Html | string, name: string): Html {
  return html`<p class="caption">${caption}</p>
${framed(table, name, "sortable")}`;
}

/** A table in its frame: without a caption, and with groups of columns where columns name one. */
export function framed<Row>(
  { columns: all, rows, mark = () => ({}), stacked }: Table<Row>,
  name: string,
  className: string,
): Html {
  const columns = columnsIn(all, "page");
  const heads = columns.map(
    ({ title, align, head = title, hint, explained, className: own = "" }) =>
      html`<th scope="col"${attribute("class", `${align === "right" ? "num" : ""} ${own}`)}${attribute("title", hint ?? explained?.text)}>${head}${
        explained?.short === undefined ? undefined : html`<small>${explained.short}</small>`
      }</th>`,
  );
  const groups = groupsOf(columns).map(({ group, span }) =>
    group === undefined ? html`<td></td>` : html`<th scope="colgroup" colspan="${span}">${group}</th>`,
  );
  const body = rows.map((row) => {
    const { id, className: own } = mark(row);
    const cells = columns.map(({ align, cell, title, head = title }, c) =>
      htmlCell(cell(row), align, c === 0, stacked && head),
    );
    return html`<tr${attribute("id", id)}${attribute("class", own)}>${cells}</tr>
`;
  });
  const above = columns.some(({ group }) => group !== undefined) ? html`<tr>${groups}</tr>` : undefined;
  return html`<div class="frame" role="region" aria-label="${name}" tabindex="0"><table class="${className}${stacked ? " stacked" : ""}" aria-label="${name}">
<thead>${above}<tr>${heads}</tr></thead>
<tbody>
${body}</tbody></table></div>${explanation(columns, (text) => html`<p class="note explained">${text}</p>`)}`;
}

/** What the heads of a table mean, in a line; undefined where they say it themselves. */
function explanation<Text>(columns: readonly Head[], show: (text: string) => Text): Text | undefined {
  const lines = columns.flatMap(({ title, head = title, explained }) =>
    explained === undefined ? [] : [`${head}: ${explained.text}`],
  );
  return lines.length === 0 ? undefined : show(`${lines.join("; ")}.`);
}

/** A table without the columns that stand elsewhere. */
export function columnsIn<Row>(columns: readonly Column<Row>[], syntax: Syntax): readonly Column<Row>[] {
  return columns.filter(({ in: places }) => places?.includes(syntax) !== false);
}

function attribute(name: string, value = ""): Html | undefined {
  return value.trim() === "" ? undefined : html` ${raw(name)}="${value.trim()}"`;
}

function htmlCell(cell: Cell, align: Head["align"], first: boolean, head?: string): Html {
  const value: CellValue = typeof cell === "string" ? { text: cell } : (cell ?? { text: "–" });
  const { detail = "", badge: few = "", notes = [], className = "", css } = value;
  const page = value.page ?? value.text;
  if (first) return html`<th scope="row">${page}</th>`;
  const score = /\bscore\b/.test(className);
  const small = [detail, ...notes]
    .filter((one) => one !== "")
    .map((one) => html`<small${raw(/[a-z]/.test(one) && !score ? ' class="words"' : "")}>${one}</small>`);
  const mark = few === "" ? undefined : html`<small>${badgeMark(few)}</small>`;
  const shown = score ? html`<b${attribute("style", css)}>${page}</b>` : page;
  const sort = align === "right" ? sortOf(value) : undefined;
  return html`<td${attribute("class", `${align === "right" ? "num" : ""} ${className}`)}${attribute("data-head", head)}${sort === undefined ? undefined : html` data-sort="${sort}"`}${score ? undefined : attribute("style", css)}>${shown}${small}${mark}</td>`;
}

function sortOf(cell: CellValue): number | undefined {
  const value = "sort" in cell ? cell.sort : Number.parseFloat(cell.text.replace("> ", ""));
  return value === undefined || Number.isNaN(value) ? undefined : Number(value.toFixed(6));
}

/** Neighbouring columns of one group, or one column of none. */
function groupsOf(columns: readonly Head[]): { readonly group: string | undefined; readonly span: number }[] {
  const starts = columns.flatMap(({ group }, c) =>
    c > 0 && group !== undefined && group === columns[c - 1]!.group ? [] : [c],
  );
  return starts.map((start, s) => ({
    group: columns[start]!.group,
    span: (starts[s + 1] ?? columns.length) - start,
  }));
}

/** A cell in one line of text; `none` replaces a missing number. */
function plain(cell: Cell, none = "-"): string {
  if (cell === undefined) return none;
  if (typeof cell === "string") return cell;
  return [cell.text, cell.detail ?? "", inBrackets(cell.badge ?? "")].filter((part) => part !== "").join(" ");
}

/** A pipe table; cells are escaped. */
export function markdownTable<Row>({ columns: all, rows }: Table<Row>): string[] {
  const columns = columnsIn(all, "markdown");
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(({ title }) => escapeMarkdown(title))),
    line(columns.map(({ align }) => (align === "left" ? "---" : "---:"))),
    ...rows.map((row) => line(columns.map(({ cell }) => escapeMarkdown(plain(cell(row)))))),
    ...(explanation(
      columns.map(({ head: _, ...column }) => column),
      (text) => ["", escapeMarkdown(sentence(text))],
    ) ?? []),
  ];
}

/** Text that Markdown shows as it is: markup characters are escaped, line breaks become spaces. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, " ")
    .replace(/([\\`*_{}[\]<>|#~])/g, "\\$1")
    .replace(/\\\[([-+]?[\d.]+, [-+]?[\d.]+)\\\]/g, "[$1]");
}

/** A booktabs tabular; the last `feet` rows stand below a rule. */
export function latexTable<Row>({ columns, rows }: Table<Row>, feet = 0): string[] {
  const line = (fields: readonly string[]) => `${fields.join(" & ")} \\\\`;
  const groups = groupsOf(columns);
  const rules = groups.flatMap(({ group, span }, g) => {
    const first = 1 + groups.slice(0, g).reduce((sum, { span: before }) => sum + before, 0);
    return group === undefined ? [] : [`\\cmidrule(lr){${first}-${first + span - 1}}`];
  });
  const above = groups.map(({ group, span }) =>
    group === undefined ? "" : `\\multicolumn{${span}}{c}{${escapeLatex(group)}}`,
  );
  const body = rows.map((row) => line(columns.map(({ cell, align }) => latexCell(cell(row), align))));
  return [
    `\\begin{tabular}{${columns.map(({ align }) => align[0]).join("")}}`,
    "\\toprule",
    ...(rules.length === 0 ? [] : [line(above), rules.join(" ")]),
    line(columns.map(({ title }) => escapeLatex(title))),
    "\\midrule",
    ...body.slice(0, body.length - feet),
    ...(feet === 0 ? [] : ["\\midrule", ...body.slice(-feet)]),
    "\\bottomrule",
    "\\end{tabular}",
  ];
}

/** "81.8 {\\scriptsize [80.7, 82.7]}"; two dashes where there is no number. */
function latexCell(cell: Cell, align: Head["align"]): string {
  if (typeof cell !== "object" || align === "left")
    return cell === undefined ? "--" : escapeLatex(plain(cell));
  const small = [cell.detail ?? "", inBrackets(cell.badge ?? "")].filter((part) => part !== "").join(" ");
  return small === "" ? cell.text : `${cell.text} {\\scriptsize ${small}}`;
}

const escapes: Readonly<Record<string, string>> = {
  ...{ "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}" },
  ...{ "<": "\\textless{}", ">": "\\textgreater{}", "|": "\\textbar{}", '"': "''", "[": "{[}" },
};

/** Text as LaTeX prints it: its special characters escaped, line breaks as spaces; a bracket after a line's end would be an argument. */
export function escapeLatex(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, " ")
    .replace(/[\\~^<>|"[&%$#_{}]/g, (character) => escapes[character] ?? `\\${character}`);
}
