// Tables as a terminal shows them: no row is wider than the screen. Where there is not enough room words are cut first, then
// columns leave, the least important ones first, and a line says which.
import { groupBy } from "../../core/group-by.ts";
import { displayWidth, inBrackets, padEnd, padStart, shorten, shortenAll, wrapped } from "./format.ts";
import { type Cell, type CellValue, type Column, columnsIn, type Head, type Table } from "./table.ts";

/** What text is shown on. */
export interface Screen {
  /** Infinite where nothing is too wide: in a file or a pipe. */
  readonly columns: number;
  readonly colour: boolean;
}

/** A file or a pipe. */
export const plainScreen: Screen = { columns: Number.POSITIVE_INFINITY, colour: false };

const gap = "  ";
/** Widths to which columns of words are cut: before any other column leaves, and afterwards. */
const words = { comfortable: 20, narrowest: 8 };
/** When intervals leave, among columns. */
const intervalsLeave = 15;

const tones = { good: 32, bad: 31, unsure: 33, bold: 1, faint: 2 } as const;

/** Text in a colour or weight, where colours are wanted. */
export function toned(text: string, tone: keyof typeof tones | undefined, { colour }: Screen): string {
  return !colour || tone === undefined || text === "" ? text : `\u001b[${tones[tone]}m${text}\u001b[0m`;
}

/** A column with all that it shows. */
interface Shown {
  readonly title: string;
  readonly brief: Head["brief"];
  readonly words: boolean;
  readonly explained: string | undefined;
  readonly leaves: number | undefined;
  readonly cells: readonly CellValue[];
  readonly text: number;
  /** Width of a mark of the best, where any cell has it. */
  readonly mark: number;
  /** Width of what follows the numbers, with the space before it: intervals and badges, and badges alone. */
  readonly detail: number;
  readonly badge: number;
}

/** What is left of a table on a screen. */
interface Layout {
  readonly columns: readonly Shown[];
  readonly widths: readonly number[];
  readonly details: boolean;
  /** Titles are shortened that can be. */
  readonly brief: boolean;
  /** Titles of what has left. */
  readonly left: readonly string[];
}

interface More {
  /** A file or an option that has what has left for want of room. */
  readonly elsewhere?: string;
  /** Lines that explain the heads follow; default: none. */
  readonly explained?: boolean;
}

/** The lines of a table. */
export function textTable<Row>(
  table: Table<Row>,
  screen: Screen,
  { elsewhere, explained = false }: More = {},
): string[] {
  const { columns, widths, details, brief, left } = layoutOf(table, screen);
  const lines = table.rows.map((_, r) => columns.map(({ cells }) => cells[r]!));
  const names = columns.map((column, c) =>
    column.words
      ? shortenAll(
          column.cells.map(({ text }) => text),
          widths[c]!,
        )
      : [],
  );
  const cellOf = (cell: CellValue, c: number, r: number) => {
    const { words: isWords, text, mark, detail, badge } = columns[c]!;
    const tone = cell.best === true ? "good" : cell.tone;
    if (isWords) return padEnd(toned(names[c]![r]!, tone, screen), widths[c]!);
    const second = padEnd(gapped(after(cell, details)), details ? detail : badge);
    const star = mark === 0 ? "" : cell.best === true ? "*" : " ";
    return padStart(`${padStart(toned(cell.text, tone, screen), text)}${star}${second}`, widths[c]!);
  };
  const said = [
    ...(columns.some(({ mark }) => mark > 0) ? ["* best"] : []),
    ...(brief ? briefText(columns) : []),
    ...(explained
      ? columns.flatMap(({ title, explained: text }) => (text === undefined ? [] : `${title}: ${text}`))
      : []),
  ];
  const faintLines = (text: string) =>
    wrapped(text, screen.columns, "  ").map((line) => toned(line, "faint", screen));
  const titles = columns.map(({ title, words: isWords }, c) => {
    const text = shorten(title, widths[c]!);
    return isWords ? padEnd(text, widths[c]!) : padStart(text, widths[c]!);
  });
  return [
    toned(titles.join(gap).trimEnd(), "bold", screen),
    toned(widths.map((width) => "-".repeat(width)).join(gap), "faint", screen),
    ...lines.map((cells, r) =>
      cells
        .map((cell, c) => cellOf(cell, c, r))
        .join(gap)
        .trimEnd(),
    ),
    ...(said.length === 0 ? [] : faintLines(said.join("; "))),
    ...(left.length === 0
      ? []
      : faintLines(`${leftText(left)}${elsewhere === undefined ? "" : `; all: ${elsewhere}`}`)),
  ];
}

/**
 * A table of one row as a line: "1 click 50.6 [45.0, 55.2], oracle 56.9", after `head`. What has no room leaves, as columns do.
 */
export function textPairs<Row>(head: string, { columns: all, rows }: Table<Row>, screen: Screen): string {
  const [row] = rows;
  const columns = columnsIn(all, "terminal");
  const pairs =
    row === undefined
      ? []
      : columns.map(({ title, cell, leaves }) => ({ title, cell: cellValue(cell(row)), leaves }));
  const lineOf = (shown: typeof pairs, details: boolean) =>
    `${head} ${shown.map(({ title, cell }) => `${title} ${cell.text}${gapped(after(cell, details))}`).join(", ")}`;
  let [shown, details] = [pairs, true];
  while (displayWidth(lineOf(shown, details)) > screen.columns) {
    const next = leaving(shown, details && shown.some(({ cell }) => cell.detail !== undefined));
    if (next === undefined) break;
    if (next === "details") details = false;
    else shown = shown.filter((pair) => pair !== next);
  }
  return lineOf(shown, details);
}

/** "2, 3, 5: clicks". */
function briefText(columns: readonly Shown[]): string[] {
  const found = [
    ...groupBy(
      columns.filter((column) => column.brief !== undefined),
      ({ brief }) => brief!.of,
    ),
  ];
  return found.map(([of, own]) => `${own.map(({ title }) => title).join(", ")}: ${of}`);
}

/** "5 more in a wider terminal: 2, 3, 5, masks, intervals". */
function leftText(left: readonly string[]): string {
  return `${left.length} more in a wider terminal: ${left.join(", ")}`;
}

function gapped(detail = ""): string {
  return detail === "" ? "" : ` ${detail}`;
}

/** What stands after a number: its interval, where there is room, and its badge. */
function after({ detail = "", badge = "" }: CellValue, details: boolean): string {
  return [details ? detail : "", inBrackets(badge)].filter((part) => part !== "").join(" ");
}

function cellValue(cell: Cell): CellValue {
  return typeof cell === "string" ? { text: cell } : (cell ?? { text: "-" });
}

function shownColumn<Row>(
  { title, brief, align, cell, leaves, explained }: Column<Row>,
  rows: readonly Row[],
): Shown {
  const isWords = align === "left";
  const cells = rows.map((row) => {
    const value = cellValue(cell(row));
    return isWords ? { ...value, text: `${value.text}${gapped(after(value, true))}` } : value;
  });
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(displayWidth));
  return {
    ...{ title, brief, words: isWords, explained: explained?.text, leaves, cells },
    text: widest(cells.map(({ text }) => text)),
    mark: !isWords && cells.some(({ best }) => best === true) ? 1 : 0,
    detail: isWords ? 0 : widest(cells.map((cell) => gapped(after(cell, true)))),
    badge: isWords ? 0 : widest(cells.map((cell) => gapped(after(cell, false)))),
  };
}

function widthOf({ title, text, mark, detail, badge }: Shown, details: boolean): number {
  return Math.max(displayWidth(title), text + mark + (details ? detail : badge));
}

function hasIntervals({ detail, badge }: Shown): boolean {
  return detail > badge;
}

/** Which of those that may leave is the next to go; intervals go together. */
function leaving<One extends { readonly leaves: number | undefined }>(
  columns: readonly One[],
  details: boolean,
): One | "details" | undefined {
  const next = columns
    .filter(({ leaves }) => leaves !== undefined)
    .toSorted((a, b) => b.leaves! - a.leaves! || columns.indexOf(b) - columns.indexOf(a))[0];
  return details && (next === undefined || next.leaves! < intervalsLeave) ? "details" : next;
}

function layoutOf<Row>(table: Table<Row>, { columns: room }: Screen): Layout {
  const all = columnsIn(table.columns, "terminal").map((column) => shownColumn(column, table.rows));
  let columns: readonly Shown[] = all;
  let details = true;
  let brief = false;
  const excess = (widths: readonly number[]) =>
    widths.reduce((sum, width) => sum + width + gap.length, -gap.length) - room;
  const cutTo = (least: number) => {
    const widths = columns.map((column) => widthOf(column, details));
    for (let over = excess(widths); over > 0; over--) {
      const cuttable = widths.map((width, c) => (columns[c]!.words ? width : 0));
      const widest = cuttable.indexOf(Math.max(...cuttable));
      if (cuttable[widest]! <= least) break;
      widths[widest]!--;
    }
    return widths;
  };
  let widths = cutTo(words.comfortable);
  if (excess(widths) > 0 && all.some((column) => column.brief !== undefined)) {
    brief = true;
    columns = all.map((column) => ({ ...column, title: column.brief?.title ?? column.title }));
    widths = cutTo(words.comfortable);
  }
  const whole = columns;
  while (excess(widths) > 0) {
    const next = leaving(columns, details && columns.some(hasIntervals));
    if (next === undefined) break;
    if (next === "details") details = false;
    else columns = columns.filter((column) => column !== next);
    widths = cutTo(words.comfortable);
  }
  if (excess(widths) > 0) widths = cutTo(words.narrowest);
  while (excess(widths) > 0 && columns.length > 1) {
    columns = columns.slice(0, -1);
    widths = cutTo(words.narrowest);
  }
  const gone = all.filter((_, c) => !columns.includes(whole[c]!)).map(({ title }) => title);
  const intervals = !details && all.some(hasIntervals) ? ["intervals"] : [];
  return { columns, widths, details, brief, left: [...gone, ...intervals] };
}
