import type { Row, RowRound } from "../core/rows.ts";
import type { RowEncoder } from "./input.ts";

const columns = [
  "model",
  "benchmark",
  "protocol",
  "image",
  "cluster",
  "target",
  "status",
  "reason",
  "category",
  "width",
  "height",
  "area",
  "x0",
  "y0",
  "x1",
  "y1",
  "clicks",
  "draw",
  "selected",
  "oracle",
  "dice",
  "boundary",
  "predicted",
  "candidates",
] as const;

type Field = string | number | undefined;

/** Text that is gathered before it is written: few writes, little memory. */
const chunk = 1 << 16;

/** rows.csv: a header, then the lines of every row. */
export function csvEncoder(): RowEncoder {
  let text = `${columns.join(",")}\n`;
  const take = (): string => {
    const taken = text;
    text = "";
    return taken;
  };
  return {
    add: (row) => {
      text += csvLines(row);
      return text.length < chunk ? undefined : take();
    },
    end: take,
  };
}

/** Lines of one row: one per round, one where nothing was scored; quoted as RFC 4180 has it, numbers in full precision. */
function csvLines(row: Row): string {
  if (row.status !== "ok") return line(row, []);
  const target = [row.size.width, row.size.height, row.area, ...row.box];
  return row.rounds.map((round) => line(row, [...target, ...roundFields(round)])).join("");
}

function line(row: Row, rest: readonly Field[]): string {
  const reason = row.status === "ok" ? undefined : row.reason;
  const head = [
    row.model,
    row.benchmark,
    row.protocol,
    row.image,
    row.cluster,
    row.target,
    row.status,
    reason,
  ];
  const fields: Field[] = [...head, row.category, ...rest];
  return `${columns.map((_, c) => quoted(fields[c])).join(",")}\n`;
}

/** Lists take one field, their members apart by a space. */
function roundFields(round: RowRound): Field[] {
  const { clicks, draw, selected, oracle, dice, boundary, predicted, candidates } = round;
  return [clicks, draw, selected, oracle, dice, boundary, predicted.join(" "), candidates.join(" ")];
}

function quoted(field: Field): string {
  const text = field === undefined ? "" : String(field);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
