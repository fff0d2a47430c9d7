// What is printed of results: the table of a run on standard output, where its report lies, and what an end means.
import { join } from "node:path";
import type { GateResult } from "../core/gate.ts";
import { comparisonWriters } from "../report/comparison/index.ts";
import { writers } from "../report/index.ts";
import { parityWriters } from "../report/parity/index.ts";
import type { Compared } from "../run/compare.ts";
import { shownPath } from "../run/context.ts";
import type { ParityDone } from "../run/parity.ts";
import type { Reported } from "../run/reports.ts";
import type { RunResult } from "../run/run.ts";
import { gateMessage } from "../stats/gate.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { failed, say, type Terminal } from "./terminal.ts";

/** `option`: where the share of failures that is allowed is chosen. */
export function printRun(
  { dir, report, finished, expected, before, complete, interrupted, failure }: RunResult,
  json: boolean,
  terminal: Terminal,
): ExitCode {
  const shown = shownPath(dir, terminal);
  if (before === expected) say(terminal, `${shown} is complete: nothing to do (--fresh starts again)`);
  if (interrupted) {
    say(terminal, `stopped: ${finished} of ${expected} images are in ${shown}; the same command continues`);
    return exitCodes.interrupted;
  }
  if (!json && report !== undefined) printTable(report, terminal);
  if (failure !== undefined) return failed(terminal, failure);
  if (json) terminal.stdout.write(`${JSON.stringify({ out: dir, complete })}\n`);
  else printPlace("report", join(dir, "report.html"), terminal);
  return exitCodes.fine;
}

export function printReport(reported: Reported, terminal: Terminal): void {
  printTable(reported, terminal);
  printPlace("report", join(reported.dir, "report.html"), terminal);
}

export function printMerged(reported: Reported, runs: number, terminal: Terminal): void {
  printTable(reported, terminal);
  terminal.stdout.write(`\nmerged ${runs} runs into ${shownPath(reported.dir, terminal)}\n`);
}

function printTable({ input }: Reported, { stdout }: Terminal): void {
  stdout.write(writers.terminal.render(input));
}

export function printPlace(what: string, path: string, terminal: Terminal): void {
  terminal.stdout.write(`\n${what}: ${shownPath(path, terminal)}\n`);
}

/** The table, where the pages lie, and a message for each limit that is broken. */
export function printComparison({ comparison, dir }: Compared, json: boolean, terminal: Terminal): ExitCode {
  const { stdout } = terminal;
  stdout.write(comparisonWriters[json ? "json" : "terminal"].render(comparison));
  if (!json) printPlace("report", join(dir, "comparison.html"), terminal);
  const verdicts = comparison.pairs.map(({ candidate, gate }) =>
    gate === undefined ? true : printGate(gate, candidate, terminal),
  );
  return verdicts.every((passed) => passed) ? exitCodes.fine : exitCodes.gate;
}

export function printParity({ dir, input }: ParityDone, json: boolean, terminal: Terminal): ExitCode {
  const { stdout } = terminal;
  stdout.write(parityWriters[json ? "json" : "terminal"].render(input));
  if (!json) printPlace("report", join(dir, "parity.html"), terminal);
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
