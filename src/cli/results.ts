// What is printed about a run: its table on standard output, where its report lies, and what its end means.
import { join } from "node:path";
import { renderProblem } from "../core/errors.ts";
import { writers } from "../report/index.ts";
import { shownPath } from "../run/context.ts";
import type { Reported } from "../run/reports.ts";
import type { RunResult } from "../run/run.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { failed, printPlace, say, type Terminal } from "./terminal.ts";

/** The table of a run, or where it lies as JSON; and the exit code of its end. */
export function printRun(
  { dir, report, finished, expected, before, complete, interrupted, failure }: RunResult,
  { json, pages }: { readonly json: boolean; readonly pages: boolean },
  terminal: Terminal,
): ExitCode {
  const shown = shownPath(dir, terminal);
  if (before === expected) say(terminal, `${shown} is complete: nothing to do (--fresh starts again)`);
  if (interrupted) {
    say(terminal, `stopped: ${finished} of ${expected} images are in ${shown}; the same command continues`);
    return terminal.stopCode();
  }
  if (!json && report !== undefined) printTable(report, terminal);
  if (failure !== undefined) return failed(terminal, renderProblem(failure));
  if (json) terminal.stdout.write(`${JSON.stringify({ out: dir, complete })}\n`);
  else printPlace("report", join(dir, pages ? "report.html" : "summary.json"), terminal);
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
