// A unit that was played in parts, protocol by protocol or with more and more clicks, as one.

import { complain } from "../core/errors.ts";
import type { Row } from "../core/rows.ts";
import { isObject } from "../formats/json-file.ts";
import type { UnitText } from "./journal.ts";

/**
 * Texts of a unit that was played in parts, as if it had been played at once: `more` has other protocols than `first`, or further
 * steps of the same ones; then those that were there must have come out as they were.
 */
export function joinTexts(protocols: readonly string[], first: UnitText, more: UnitText): UnitText {
  const played = new Set(linesOf(more.rows).map(protocolOf));
  refuseOtherSteps(linesOf(first.rows), linesOf(more.rows), played);
  const joined = (key: "rows" | "masks") => {
    const lines = [
      ...linesOf(first[key]).filter((line) => !played.has(protocolOf(line))),
      ...linesOf(more[key]),
    ];
    const places = lines.map((line) => protocols.indexOf(protocolOf(line)));
    return [...lines.keys()].sort((a, b) => places[a]! - places[b]! || a - b).map((i) => lines[i]!);
  };
  const rows = joined("rows");
  return {
    rows: textOf(rows),
    masks: textOf(joined("masks")),
    timing: joinedTiming(first.timing, more.timing),
    count: rows.length,
  };
}

function refuseOtherSteps(
  first: readonly string[],
  more: readonly string[],
  played: ReadonlySet<string>,
): void {
  const nameOf = ({ protocol, target }: Row) => JSON.stringify([protocol, target]);
  const now = new Map(more.map((line): [string, Row] => [nameOf(JSON.parse(line)), JSON.parse(line)]));
  for (const line of first) {
    const before: Row = JSON.parse(line);
    if (!played.has(before.protocol) || before.status === "failed") continue;
    const { model, benchmark, sample, protocol, target } = before;
    const after = now.get(nameOf(before));
    const stepsOf = (row: Row | undefined) => (row?.status === "ok" ? row.steps : []);
    const found = new Set(stepsOf(after).map((step) => JSON.stringify(step)));
    const lost = stepsOf(before).find((step) => !found.has(JSON.stringify(step)));
    if (after?.status === before.status && lost === undefined) continue;
    throw complain(
      `${model}, ${benchmark}, sample ${sample}`,
      `${protocol}, target ${target}: ${lost === undefined ? "the row" : `step ${stepsOf(before).indexOf(lost) + 1}`} is not what it was, so the run does not grow (\`fresh\` replaces it)`,
      {
        expected: "the same data, model and runtime as before",
        got: after?.status === "failed" ? after.reason : "another result",
      },
    );
  }
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").slice(0, -1);
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function protocolOf(line: string): string {
  return JSON.parse(line).protocol;
}

/** Times add up, calls come one after the other; the targets are the same ones. */
function joinedTiming(first: string, more: string): string {
  const [one, other] = [first, more].map((text): unknown => JSON.parse(text || "{}"));
  return `${JSON.stringify(added(one, other))}\n`;
}

/** Numbers add up, lists follow one another, and what is made of these is joined by name; anything else is the later one's. */
function added(before: unknown, value: unknown, key = ""): unknown {
  if (Array.isArray(value) && Array.isArray(before)) return [...before, ...value];
  if (typeof value === "number" && typeof before === "number" && key !== "targets")
    return Math.round(1000 * (value + before)) / 1000;
  if (!isObject(value) || !isObject(before)) return value;
  return Object.fromEntries(
    Object.entries({ ...before, ...value }).map(([name, own]) => [
      name,
      name in value ? added(before[name], value[name], name) : own,
    ]),
  );
}
