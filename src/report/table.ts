import { displayWidth, padEnd, padStart, shorten } from "./format-number.ts";

export interface Column {
  readonly title: string;
  /** Words go left, numbers right. */
  readonly align: "left" | "right";
}

/** Rows and alignment, independent of syntax. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const gap = "  ";
const narrowest = 8;

/** Plain text at most `width` columns wide: words are cut first, the widest column first; numbers never are. */
export function textTable(table: Table, width: number): string[] {
  const widths = table.columns.map((column, c) =>
    Math.max(displayWidth(column.title), ...table.rows.map((row) => displayWidth(row[c] ?? ""))),
  );
  let excess = widths.reduce((sum, w) => sum + w + gap.length, -gap.length) - width;
  while (excess > 0) {
    const words = widths.map((w, c) => (table.columns[c]!.align === "left" ? w : 0));
    const widest = words.indexOf(Math.max(...words));
    if (words[widest]! <= narrowest) break;
    widths[widest]!--;
    excess--;
  }
  const line = (cells: readonly string[]) =>
    table.columns
      .map((column, c) => {
        const text = shorten(cells[c] ?? "", widths[c]!);
        return column.align === "left" ? padEnd(text, widths[c]!) : padStart(text, widths[c]!);
      })
      .join(gap)
      .trimEnd();
  return [
    line(table.columns.map((column) => column.title)),
    widths.map((w) => "-".repeat(w)).join(gap),
    ...table.rows.map(line),
  ];
}

/** A pipe table; cells are escaped. */
export function markdownTable(table: Table): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(table.columns.map((column) => escapeMarkdown(column.title))),
    line(table.columns.map((column) => (column.align === "left" ? "---" : "---:"))),
    ...table.rows.map((row) => line(table.columns.map((_, c) => escapeMarkdown(row[c] ?? "")))),
  ];
}

/** Text that Markdown shows as it is: markup characters are escaped, line breaks become spaces. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, " ")
    .replace(/([\\`*_{}[\]<>|#~])/g, "\\$1")
    .replace(/\\\[([-+]?[\d.]+, [-+]?[\d.]+)\\\]/g, "[$1]");
}
