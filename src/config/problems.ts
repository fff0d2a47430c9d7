// How problems in settings are worded: known names, the nearest one, values as messages show them.
import { closest, distance } from "fastest-levenshtein";
import type { Place, Problem } from "../core/errors.ts";

/** The problem of a name that is not known. */
export function unknownName(where: Place, what: string, got: string, known: readonly string[]): Problem {
  return {
    code: "unknown-name",
    where,
    what,
    expected: oneOf(known),
    got: JSON.stringify(got),
    ...nearest(got, known),
  };
}

/** More names than these are not listed in a message. */
const few = 12;

/** The problem of a name that no card has; of many cards those that hold the word are named, and the verb that lists all. */
export function unknownCard(
  where: Place,
  kinds: readonly ("benchmark" | "model")[],
  got: string,
  known: readonly string[],
): Problem {
  const problem = unknownName(where, `unknown ${kinds.join(" or ")}`, got, known);
  if (known.length <= few) return problem;
  const word = plain(got);
  const holding = word.length < 3 ? [] : known.filter((name) => plain(name).includes(word));
  const beginning = holding.filter((name) => plain(name).startsWith(word));
  const near = [...new Set([...beginning, ...holding])].slice(0, few / 2);
  const verbs = kinds.map((kind) => `segbench list ${kind}s`).join(" and ");
  const all = `the ${known.length} that ${verbs} ${kinds.length === 1 ? "shows" : "show"}`;
  const expected = near.length === 0 ? `one of ${all}` : `${near.join(", ")}, or another of ${all}`;
  return { ...problem, expected };
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

export function oneOf(known: readonly string[]): string {
  return known.length === 0 ? "nothing here" : known.length === 1 ? known[0]! : `one of ${known.join(", ")}`;
}

/** The nearest valid text, where it is near enough for a typo: letters swapped, or less than a third of them wrong (gpu is not a typo of cpu). */
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

/** How a value is shown: scalars as written, the rest by kind. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  return typeof value === "object" ? "a mapping" : JSON.stringify(value);
}
