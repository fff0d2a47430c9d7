// What is printed about a comparison, and the verdict of its gate.
import { join } from "node:path";
import type { GateCheck, GateResult } from "../core/results.ts";
import { comparisonWriters } from "../report/comparison/index.ts";
import { checksOf, gateMessage, verdictText } from "../report/kit/checks.ts";
import { wrapped } from "../report/kit/format.ts";
import { toned } from "../report/kit/text-table.ts";
import { parityWriters } from "../report/parity/index.ts";
import type { Compared } from "../run/compare/compare.ts";
import { shownPath } from "../run/context.ts";
import type { ParityDone } from "../run/parity/parity.ts";
import { type GateVerdict, verdictOf } from "../stats/verdict.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { screenOf } from "./screen.ts";
import { printPlace, say, type Terminal } from "./terminal.ts";

/** The table, where the pages lie, and the verdict of the gate. */
export function printComparison(
  { comparison, times, dir }: Compared,
  json: boolean,
  terminal: Terminal,
): ExitCode {
  if (json) terminal.stdout.write(comparisonWriters.json.render(comparison));
  else {
    terminal.stdout.write(comparisonWriters.terminal.render(comparison, { times }, screenOf(terminal)));
  }
  const page = join(dir, "comparison.html");
  const verdicts = comparison.pairs.flatMap(({ candidate, gate }) =>
    gate === undefined ? [] : [printGate(gate, candidate, page, terminal)],
  );
  if (!json) printPlace("report", page, terminal);
  return codes[verdictOf(verdicts)];
}

export function printParity({ dir, input }: ParityDone, json: boolean, terminal: Terminal): ExitCode {
  if (json) terminal.stdout.write(parityWriters.json.render(input));
  else {
    terminal.stdout.write(parityWriters.terminal.render(input, screenOf(terminal)));
  }
  const { gate, candidate } = input.summary;
  const page = join(dir, "parity.html");
  const code = gate === undefined ? exitCodes.fine : codes[printGate(gate, candidate.name, page, terminal)];
  if (!json) printPlace("report", page, terminal);
  return code;
}

const codes: Readonly<Record<GateVerdict, ExitCode>> = {
  passed: exitCodes.fine,
  broken: exitCodes.gate,
  undecided: exitCodes.undecided,
};

/** How many undecided limits are printed, one of each reason: on many benchmarks with few images it is all of them, for the same one. */
const printedUndecided = 5;
const tones = { passed: "good", broken: "bad", undecided: "unsure" } as const;

/** The verdict, then a message for each limit that is broken and for the first that are undecided. */
function printGate(gate: GateResult, candidate: string, page: string, terminal: Terminal): GateVerdict {
  const screen = screenOf({ stdout: terminal.stderr, env: terminal.env });
  const line = (text: string) => {
    for (const part of wrapped(text, screen.columns, "  ")) say(terminal, part);
  };
  const of = (verdict: GateVerdict, text: string) =>
    line(`  ${toned(verdict, tones[verdict], screen)}: ${text}`);
  line(`gate ${gate.name}: ${candidate}: ${toned(verdictText(gate), tones[gate.verdict], screen)}`);
  for (const check of checksOf(gate.checks, "broken")) of("broken", gateMessage(check));
  const undecided = checksOf(gate.checks, "undecided");
  const isFirst = ({ reason }: GateCheck, i: number) =>
    undecided.findIndex((other) => other.reason === reason) === i;
  const shown = undecided.filter(isFirst).slice(0, printedUndecided);
  for (const check of shown) of("undecided", gateMessage(check));
  const more = undecided.length - shown.length;
  if (more > 0) of("undecided", `${more} more: ${shownPath(page, terminal)}`);
  return gate.verdict;
}
