import { relative } from "node:path";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { mergeRuns } from "../store/merge.ts";
import { writeReports } from "./reports.ts";

/** `segbench merge`: shards -> one run. */
export async function mergeVerb(runs: readonly string[], out: string): Promise<ExitCode> {
  await mergeRuns(runs, out);
  await writeReports(out, { print: true });
  process.stdout.write(`\nmerged ${runs.length} runs into ${relative(process.cwd(), out) || "."}\n`);
  return exitCodes.fine;
}
