import { join, relative } from "node:path";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { writeReports } from "./reports.ts";

/** `segbench report`: the reports of run folders again, from their rows. */
export async function reportVerb(
  runs: readonly string[],
  { json, rows }: { readonly json: boolean; readonly rows: boolean },
): Promise<ExitCode> {
  for (const run of runs) {
    const summary = await writeReports(run, { print: !json, rows });
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    else process.stdout.write(`\nreport: ${relative(process.cwd(), join(run, "report.html"))}\n`);
  }
  return exitCodes.fine;
}
