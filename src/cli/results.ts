// What is printed about a run: its table on standard output, where its report lies, and what its end means.
import { join } from "node:path";
import { renderProblem } from "../core/errors.ts";
import { writers } from "../report/index.ts";
import { wrapped } from "../report/kit/format.ts";
import { sharesText, timesSentence } from "../report/times-text.ts";
import { shownPath } from "../run/context.ts";
import type { Reported } from "../run/report/reports.ts";
import type { RunResult } from "../run/run.ts";
import type { WrittenRun } from "../run/write-run.ts";
import type { ShardStatus } from "../store/shards.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { print, screenOf } from "./screen.ts";
import { failed, liveStream, printPlace, say, type Terminal } from "./terminal.ts";

/** What was written down of a run, and what to do with it. */
export function printWrittenRun(
  { file, cards }: WrittenRun,
  { json }: { readonly json: boolean },
  terminal: Terminal,
): ExitCode {
  const [shown, ...others] = [file, ...cards].map((path) => shownPath(path, terminal));
  if (json) terminal.stdout.write(`${JSON.stringify({ file, cards })}\n`);
  else print([shown, ...others].join("\n"), terminal);
  say(
    terminal,
    `next: segbench run ${shown} --queue URL, and on every machine segbench work ${shown} --queue URL`,
  );
  return exitCodes.fine;
}

/** The table of a run, or where it lies as JSON; and the exit code of its end. */
export function printRun(
  {
    dir,
    report,
    finished,
    expected,
    of = "image",
    before,
    complete,
    interrupted,
    timeOver,
    failures,
  }: RunResult,
  { json, pages }: { readonly json: boolean; readonly pages: boolean },
  terminal: Terminal,
): ExitCode {
  const shown = shownPath(dir, terminal);
  if (before === expected) say(terminal, `${shown} is complete: nothing to do (--fresh starts again)`);
  if (interrupted) {
    say(terminal, `stopped: ${finished} of ${expected} ${of}s are in ${shown}; the same command continues`);
    if (timeOver !== true) return terminal.stopCode();
    if (finished === before)
      say(
        terminal,
        `no ${of} was finished in that time: --stop-after is too short for preparing and one ${of}`,
      );
    return exitCodes.tryAgain;
  }
  if (!json && report !== undefined) printTable(report, terminal);
  if (before < expected && report !== undefined) sayTimes(report, terminal);
  if (failures.length > 0) return failed(terminal, failures.map(renderProblem).join("\n"));
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

/** Last the list for a job array: `sbatch $(segbench merge RUNS --status | tail -1) SCRIPT` starts again what is not whole. */
export function printShards(
  { name, count, shards, notBegun, missing }: ShardStatus,
  terminal: Terminal,
): ExitCode {
  const line = (text: string) => print(text, terminal);
  const open = shards.filter(({ finished, expected }) => finished < expected);
  line(`${name}: ${shards.length - open.length} of ${count} shards are whole`);
  for (const { dir, index, finished, expected, holder } of open) {
    const held = holder === undefined ? "" : `; held by ${holder}, which may still be writing`;
    const place = shownPath(dir, terminal);
    line(`unfinished: ${index}/${count}, ${finished} of ${expected} images in ${place}${held}`);
  }
  if (missing.length > 0) line(`missing: ${missing.map((index) => `${index}/${count}`).join(", ")}`);
  for (const dir of notBegun) line(`not begun: ${shownPath(dir, terminal)}`);
  const again = [...open.map(({ index }) => index), ...missing].sort((a, b) => a - b);
  if (again.length === 0) return exitCodes.fine;
  line(`--array=${rangesOf(again)}`);
  return exitCodes.tryAgain;
}

/** [3, 7, 8, 9] -> "3,7-9". */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(",");
}

/** Where the time went, after the result: on standard error, a line for each model. */
function sayTimes({ input: { times = [], summary } }: Reported, terminal: Terminal): void {
  const columns = liveStream(terminal)?.columns ?? Number.POSITIVE_INFINITY;
  for (const one of times) {
    const name = summary.models.length > 1 ? `${one.model}: ` : "";
    const text = `${name}${timesSentence(one, summary.protocols)} (${sharesText(one, 3)})`;
    say(terminal, wrapped(text, columns, "  ").join("\n"));
  }
}

function printTable({ input }: Reported, terminal: Terminal): void {
  terminal.stdout.write(writers.terminal.render(input, screenOf(terminal)));
}
