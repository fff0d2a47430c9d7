// How numbers and texts are written, the same everywhere.

import stringWidth from "string-width";
import { bootstrapDefaults } from "../../core/defaults.ts";
import { type MeasureNote, type UnitText, units } from "../../core/measure.ts";
import type { Estimate } from "../../core/results.ts";
import * as words from "../../core/words.ts";

export { count, sentence } from "../../core/words.ts";

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
export function formatDifference(measure: Measured, value: number, digits?: number): string {
  const text = formatValue(measure, value, digits);
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

/** "3 images": what a number carries that stands on too few of them for an interval that is known to hold; else "". */
export function badge({ few, grouped, clusters }: Pick<Estimate, "few" | "grouped" | "clusters">): string {
  return few === true ? clustersText(clusters, { grouped }) : "";
}

/** Says it where badges stand, why of a mean where many do not help, and what a cluster is where one counts clusters; "" where none of these numbers has one. */
export function badgeNote(estimates: Iterable<Estimate | undefined>): string {
  const marked = [...estimates].flatMap((one) => (one?.few === true ? one : []));
  const [first] = marked;
  if (first === undefined) return "";
  const grouped = marked.some((one) => one.grouped === true)
    ? " A cluster is the images that belong together (of one camera, recording or patient, as the benchmark's card says) and resemble one another."
    : "";
  const isMean = ({ clusters, low }: Estimate) =>
    low === undefined && clusters >= bootstrapDefaults.intervalClusters;
  const means = marked.some(isMean)
    ? " However many there are in all, a mean over benchmarks needs enough of each benchmark."
    : "";
  return `A number with its count beside it (${badge(first)}) stands on too few of them for a 95 % interval that is known to hold.${means}${grouped}`;
}

/** "71.3 [69.8, 72.7]", "71.3" where there is no interval, "71.3 (3 images)" with its badge. */
export function formatEstimate(measure: Measured, estimate: Estimate, format: Format = formatValue): string {
  return joined(
    format(measure, estimate.value),
    formatInterval(measure, estimate, format),
    inBrackets(badge(estimate)),
  );
}

/** The same without its interval: "71.3", "71.3 (3 images)". */
export function formatMarked(measure: Measured, estimate: Estimate): string {
  return joined(formatValue(measure, estimate.value), inBrackets(badge(estimate)));
}

/** A model's title within a sentence: one with a comma is quoted. */
export function titleWithin(title: string): string {
  return title.includes(",") ? `“${title}”` : title;
}

/** A model as a terminal calls it: by the name that is typed. */
export function byName<Model extends { readonly name: string; readonly title: string }>(model: Model): Model {
  return { ...model, title: model.name };
}

/** With a space between them, without those that are empty. */
export function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}

/** "(3 images)"; nothing of nothing. */
export function inBrackets(text: string): string {
  return text === "" ? "" : `(${text})`;
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

/** A measure in full, wherever it stands: "oracle IoU, 1 click". */
export function fullName({ of, at }: Pick<MeasureNote, "of" | "at">): string {
  return at === "" ? of : `${of}, ${at}`;
}

/** The name of a measure where units differ: "oracle IoU, 1 click", "HD95, 1 click (px)". */
export function measureLabel(measure: MeasureNote): string {
  return `${fullName(measure)}${unitLabel(measure)}`;
}

/** Nothing for shares, which are the default. */
export function unitLabel({ unit }: MeasureNote): string {
  const sign = units[unit].value.trim();
  return unit === "share" || sign === "" ? "" : ` (${sign})`;
}

/** What it is without its step: "IoU"; "NoC@90", whose place is no step. */
export function shortName({ of, title, step }: Pick<MeasureNote, "of" | "title" | "step">): string {
  return step === undefined ? title : of;
}

/** The same in a sentence: "IoU after 1 click", "IoU with a box"; "NoC, 90 % IoU" where it is not taken at a step. */
export function placedName(measure: Pick<MeasureNote, "of" | "at" | "step">): string {
  const { of, at, step } = measure;
  if (at === "" || step === undefined) return fullName(measure);
  return /^\d/.test(at) ? `${of} after ${at}` : `${of} with a ${at}`;
}

/** "1 image", "2 images", "3 masks". */
export function plural(n: number, noun: string): string {
  return words.plural(n, noun, words.count(n));
}

/** "1,234 images", clips or clusters. */
export function clustersText(n: number, of: { readonly grouped?: words.Grouped }): string {
  return words.clustersText(n, of, words.count(n));
}

/** Bytes in a readable unit: "17.2 MB". */
export function bytes(n: number): string {
  const names = ["B", "kB", "MB", "GB", "TB"];
  const power = n < 1 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(n) / 3));
  return `${power === 0 ? n : (n / 1000 ** power).toFixed(1)} ${names[power]}`;
}

/** Columns that a text takes on a terminal: combining marks none, East Asian wide characters and emoji two. */
export const displayWidth: (text: string) => number = stringWidth;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** What a reader sees as one character each. */
function charactersOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** As many characters as fit, from the start or from the end. */
function fitting(characters: readonly string[], width: number, end: "start" | "end" = "start"): string {
  const kept: string[] = [];
  let room = width;
  for (const character of end === "start" ? characters : characters.toReversed()) {
    room -= displayWidth(character);
    if (room < 0) break;
    kept.push(character);
  }
  return (end === "start" ? kept : kept.reverse()).join("");
}

/** The text, cut to a display width with an ellipsis in the last column. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return `${fitting(charactersOf(text), width - 1).trimEnd()}…`;
}

/**
 * Names cut to a display width in their middle, where beginnings and ends tell them apart. Names that would look alike are cut around
 * the place where they differ, and numbered where even that is not enough; what fits stays whole.
 *
 * @example shortenAll(["sam-vit-b-export-a", "sam-vit-b-export-b"], 10) // ["sam-v…rt-a", "sam-v…rt-b"]
 */
export function shortenAll(names: readonly string[], width: number): string[] {
  const shown = new Map<string, string>();
  const long = new Map<string, string[]>();
  for (const name of new Set(names)) {
    if (displayWidth(name) <= width) shown.set(name, name);
    else {
      const cut = cutMiddle(name, width);
      long.set(cut, [...(long.get(cut) ?? []), name]);
    }
  }
  const taken = new Set(shown.values());
  for (const [cut, group] of long)
    for (const name of group) {
      const candidates = group.length > 1 || taken.has(cut) ? [aroundDifference(name, group, width)] : [cut];
      let text = candidates[0]!;
      for (let n = 2; taken.has(text); n++) text = `${shorten(cut, width - 1 - String(n).length)}~${n}`;
      taken.add(text);
      shown.set(name, text);
    }
  return names.map((name) => shown.get(name)!);
}

function cutMiddle(name: string, width: number): string {
  const characters = charactersOf(name);
  const head = fitting(characters, Math.ceil((width - 1) / 2));
  return `${head}…${fitting(characters, width - 1 - displayWidth(head), "end")}`;
}

/** Of names that begin alike: a little of the beginning, and what follows from just before the first difference. */
function aroundDifference(name: string, group: readonly string[], width: number): string {
  const all = group.map(charactersOf);
  const own = charactersOf(name);
  let same = 0;
  while (own[same] !== undefined && all.every((other) => other[same] === own[same])) same++;
  const head = fitting(own, Math.max(1, Math.floor(width / 4)));
  const room = width - displayWidth(head) - 1;
  return `${head}…${shorten(own.slice(Math.max(0, same - 1)).join(""), room)}`;
}

/** Text in lines of a display width, broken between words, never before a percent sign; lines after the first are indented further. */
export function wrapped(text: string, width: number, indent = ""): string[] {
  if (displayWidth(text) <= width) return [text];
  const [lead = ""] = /^ */.exec(text) ?? [];
  const lines: string[] = [];
  let line = lead;
  for (const word of text.slice(lead.length).split(/ (?!%)/)) {
    const longer = line.trim() === "" ? line + word : `${line} ${word}`;
    if (displayWidth(longer) <= width || line.trim() === "") line = longer;
    else {
      lines.push(line.trimEnd());
      line = lead + indent + word;
    }
  }
  return [...lines, line];
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
