// What is wrong with a configuration: every problem of every file at once, one line each.
import { isAbsolute, relative, sep } from "node:path";
import { closest, distance } from "fastest-levenshtein";
import { SegbenchError } from "../core/errors.ts";

/** Where something is written: in a file, or (without one) on the command line, where `path` begins with the option. */
export interface Place {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
  /** Keys and indices, as in `benchmarks[0].root`; empty for the whole file. */
  readonly path: string;
}

export interface Problem extends Place {
  readonly what: string;
  readonly expected?: string;
  readonly got?: string;
  /** The legal text nearest to what was written. */
  readonly nearest?: string;
}

/** All problems as one error: its message is their lines. */
export class ConfigError extends SegbenchError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const ordered = inOrder(problems);
    super(ordered.map(renderProblem).join("\n"));
    this.problems = ordered;
  }
}

/** `configs/run.yaml:7:3 protocols[1]: unknown protocol; expected one of box@1, mask@1; got "box@2" (did you mean "box@1"?)` */
export function renderProblem({ file, line, column, path, what, expected, got, nearest }: Problem): string {
  const position = [file, line, column].filter((part) => part !== undefined).join(":");
  const where = [position, path].filter((part) => part !== "").join(" ");
  const parts = [
    what,
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(got === undefined ? [] : [`got ${got}`]),
  ];
  return `${where}: ${parts.join("; ")}${nearest === undefined ? "" : ` (did you mean "${nearest}"?)`}`;
}

/** A problem of a name that is none of the known ones. */
export function unknownName(place: Place, what: string, got: string, known: readonly string[]): Problem {
  return { ...place, what, expected: oneOf(known), got: JSON.stringify(got), ...nearest(got, known) };
}

export function oneOf(known: readonly string[]): string {
  return known.length === 0 ? "nothing here" : known.length === 1 ? known[0]! : `one of ${known.join(", ")}`;
}

/** The nearest legal text, when it is near enough to be a slip: letters swapped, or less than a third of them wrong (gpu is not a slip of cpu). */
export function nearest(got: string, known: readonly string[]): { nearest?: string } {
  if (known.length === 0) return {};
  const swapped = known.find((name) => sortedLetters(name) === sortedLetters(got));
  if (swapped !== undefined) return { nearest: swapped };
  const found = closest(got, [...known]);
  const allowed = Math.floor((Math.max(got.length, found.length) - 1) / 3);
  return distance(got.toLowerCase(), found.toLowerCase()) <= allowed ? { nearest: found } : {};
}

function sortedLetters(text: string): string {
  return [...text.toLowerCase()].sort().join("");
}

/** The command line first, then files as they came up, each from top to bottom. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const files = [...new Set([undefined, ...problems.map(({ file }) => file)])];
  return [...problems].sort(
    (a, b) =>
      files.indexOf(a.file) - files.indexOf(b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );
}

/** How a value is shown: scalars as written, the rest by kind. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  return typeof value === "object" ? "a mapping" : JSON.stringify(value);
}

/** A path as messages show it: relative to the working folder where it lies below. */
export function showPath(path: string, cwd: string): string {
  const below = relative(cwd, path);
  if (below === "") return ".";
  return below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below)
    ? path
    : below.split(sep).join("/");
}
