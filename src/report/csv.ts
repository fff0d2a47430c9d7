import type { RowEncoder } from "./input.ts";
import { rowColumns, stepsOf, type Value } from "./row-table.ts";

/** Text that is gathered before it is written: few writes, little memory. */
const chunk = 1 << 16;

/** rows.csv: a header, then the lines of every row; quoted as RFC 4180 has it, numbers in full precision. */
export function csvEncoder(scores: readonly string[]): RowEncoder {
  const columns = rowColumns(scores);
  let text = `${columns.map(({ name }) => quoted(name)).join(",")}\n`;
  const take = (): string => {
    const taken = text;
    text = "";
    return taken;
  };
  return {
    add: (row) => {
      for (const step of stepsOf(row))
        text += `${columns.map(({ of }) => quoted(of(row, step))).join(",")}\n`;
      return text.length < chunk ? undefined : take();
    },
    end: take,
  };
}

/** Lists take one field, their members apart by a space. */
function quoted(value: Value): string {
  if (value === null) return "";
  const text = typeof value === "object" ? value.join(" ") : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
