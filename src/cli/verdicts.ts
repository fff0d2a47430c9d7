// What is printed about a comparison, and the verdict of its gate.
import { join } from "node:path";
import type { GateResult } from "../core/results.ts";
import { comparisonWriters } from "../report/comparison/index.ts";
import { parityWriters } from "../report/parity/index.ts";
import type { Compared } from "../run/compare.ts";
import type { ParityDone } from "../run/parity.ts";
import { gateMessage } from "../stats/gate.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { screenOf } from "./screen.ts";
import { printPlace, say, type Terminal } from "./terminal.ts";

/** The table, where the pages lie, and a message for each limit that is broken. */
export function printComparison({ comparison, dir }: Compared, json: boolean, terminal: Terminal): ExitCode {
  if (json) terminal.stdout.write(comparisonWriters.json.render(comparison));
  else {
    terminal.stdout.write(comparisonWriters.terminal.render(comparison, undefined, screenOf(terminal)));
    printPlace("report", join(dir, "comparison.html"), terminal);
  }
  const verdicts = comparison.pairs.map(({ candidate, gate }) =>
    gate === undefined ? true : printGate(gate, candidate, terminal),
  );
  return verdicts.every((passed) => passed) ? exitCodes.fine : exitCodes.gate;
}

export function printParity({ dir, input }: ParityDone, json: boolean, terminal: Terminal): ExitCode {
  if (json) terminal.stdout.write(parityWriters.json.render(input));
  else {
    terminal.stdout.write(parityWriters.terminal.render(input, screenOf(terminal)));
    printPlace("report", join(dir, "parity.html"), terminal);
  }
  const { gate, candidate } = input.summary;
  const passed = gate === undefined || printGate(gate, candidate.name, terminal);
  return passed ? exitCodes.fine : exitCodes.gate;
}

/** One message per broken limit; whether none is. */
function printGate({ name, checks }: GateResult, candidate: string, terminal: Terminal): boolean {
  const broken = checks.filter(({ passed }) => !passed);
  for (const check of broken) say(terminal, `gate ${name}: ${candidate}: ${gateMessage(check)}`);
  if (broken.length === 0) say(terminal, `gate ${name}: ${candidate}: passed, ${checks.length} limits kept`);
  return broken.length === 0;
}
