// How numbers and texts are written, the same everywhere.
import { type MeasureNote, type UnitText, units } from "../../core/measure.ts";
import type { Estimate } from "../../core/results.ts";

/** What writing a number needs of its measure. */
export type Measured = Pick<MeasureNote, "unit">;
type Format = (measure: Measured, value: number) => string;

/** A fraction in percent points with one decimal: 0.7134 -> "71.3"; never "-0.0". */
export function percent(fraction: number, digits = 1): string {
  return decimal(100 * fraction, digits);
}

/** A plain number with a fixed number of decimals; never "-0.00". */
export function decimal(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text;
}

/** A count with thousands separators: 1234567 -> "1,234,567"; independent of the machine's locale. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A number as its measure's unit has it, without the unit's sign: "71.3", "9.92"; never "-0.0". */
export function formatValue({ unit }: Measured, value: number, digits?: number): string {
  const { scale, digits: usual, signed }: UnitText = units[unit];
  const text = decimal(scale * value, digits ?? usual);
  return signed === true && Number(text) > 0 ? `+${text}` : text;
}

/** "71.3 %", "9.92 px". */
export function formatWithUnit(measure: Measured, value: number): string {
  return `${formatValue(measure, value)}${units[measure.unit].value}`;
}

/** A difference with its sign, without its unit: "+1.2", "-0.31", "0.0". */
export function formatDifference(measure: Measured, value: number): string {
  const text = formatValue(measure, value);
  return Number(text) > 0 && !text.startsWith("+") ? `+${text}` : text;
}

/** "[69.8, 72.7]", or "" where there is no interval; `format` writes the ends. */
export function formatInterval(
  measure: Measured,
  { low, high }: Pick<Estimate, "low" | "high">,
  format: Format = formatValue,
): string {
  return low === undefined || high === undefined ? "" : `[${format(measure, low)}, ${format(measure, high)}]`;
}

/** "71.3 [69.8, 72.7]", or "71.3" where there is no interval. */
export function formatEstimate(measure: Measured, estimate: Estimate, format: Format = formatValue): string {
  return `${format(measure, estimate.value)} ${formatInterval(measure, estimate, format)}`.trim();
}

/** A column's name with its unit, where units differ: "Dice, %", "HD95, px", "rank correlation". */
export function withUnitName(text: string, { unit }: Measured): string {
  const sign = units[unit].value.trim();
  return sign === "" ? text : `${text}, ${sign}`;
}

/** "IoU in %", where a table has one unit. */
export function inUnit(text: string, { unit }: Measured): string {
  const sign = units[unit].value.trim();
  return sign === "" ? text : `${text} in ${sign}`;
}

/** The same text with a capital at its start. */
export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** "A", "A and B", "A, B and C". */
export function inWords(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** "1 image", "2 images", "3 masks". */
export function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** Bytes in a readable unit: "17.2 MB". */
export function bytes(n: number): string {
  const names = ["B", "kB", "MB", "GB", "TB"];
  const power = n < 1 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(n) / 3));
  return `${power === 0 ? n : (n / 1000 ** power).toFixed(1)} ${names[power]}`;
}

/** Columns a text takes on a terminal: combining marks none, East Asian wide characters and emoji two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) continue;
    width += wide.test(character) ? 2 : 1;
  }
  return width;
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** The text, cut to a display width with an ellipsis in the last column. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  for (const character of text) {
    if (displayWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** JSON that is easy to read and compare: keys in code-unit order, lists of plain values on one line; a newline at the end. */
export function jsonText(value: unknown): string {
  return `${printJson(value)}\n`;
}

function printJson(value: unknown, indent = ""): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const plain = value.every((member) => member === null || typeof member !== "object");
    if (plain) return `[${value.map((member) => printJson(member)).join(", ")}]`;
    return `[\n${value.map((member) => inner + printJson(member, inner)).join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${inner}${JSON.stringify(key)}: ${printJson(member, inner)}`);
  return members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n${indent}}`;
}
