import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join, relative } from "node:path";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { onInterrupt } from "../cli/interrupt.ts";
import { type Overrides, type PreparedRun, preparePlan } from "../config/index.ts";
import { openPrepared } from "../config/open-model.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import type { Manifest, Shard } from "../core/plan.ts";
import type { ModelSession } from "../core/types.ts";
import { refusals } from "../eval/index.ts";
import { makeFolder } from "../formats/make-folder.ts";
import { sharesText, timesSentence } from "../report/times-text.ts";
import { summarizeTimes } from "../stats/timing.ts";
import { readTimes } from "../store/read-times.ts";
import { openRunFolder } from "../store/run-folder.ts";
import { evaluate } from "./evaluate.ts";
import { drawGallery } from "./gallery.ts";
import { writeReports } from "./reports.ts";
import { type Attempts, attempts as handedAttempts } from "./supervised.ts";
import { hardware, software } from "./surroundings.ts";
import { unitJobs } from "./units.ts";
import { workersFor } from "./workers.ts";

export interface RunOptions {
  readonly overrides: Overrides;
  readonly shard: Shard | null;
  readonly fresh: boolean;
  /** Trace the first worker of every model. */
  readonly profile: boolean;
  readonly json: boolean;
}

/** `segbench run`: prepare and check everything, evaluate what is not done yet, write the reports. */
export async function runVerb(file: string | undefined, options: RunOptions): Promise<ExitCode> {
  const { overrides } = options;
  const run = await preparePlan({ file, overrides, cwd: process.cwd(), env: process.env });
  return runPrepared(run, options);
}

/** The rest of it: opens the models, evaluates, writes the reports. */
export async function runPrepared(
  run: PreparedRun,
  options: Omit<RunOptions, "overrides">,
): Promise<ExitCode> {
  const started = performance.now();
  const clock = () => performance.now() - started;
  if (run.cache !== undefined) await makeCacheFolder(run.cache.dir);
  const attempts = handedAttempts();
  const opened = await openModels(run, options.profile, attempts);
  const shown = relative(process.cwd(), run.out) || ".";
  try {
    const jobs = unitJobs(run.plan, new Map(run.benchmarks.map(({ name, refs }) => [name, refs])));
    // What an earlier process of this command wrote is not thrown away again.
    const fresh = options.fresh && !attempts.again;
    const folder = await openRunFolder(run.out, manifestOf(run, options.shard, opened), { fresh });
    const interrupt = onInterrupt(() =>
      say("stopping after the images in flight; press again to stop at once"),
    );
    let trouble: string | undefined;
    const before = folder.finished.size;
    try {
      if (before > 0 && before < folder.expected)
        say(`continuing ${shown}: ${before} of ${folder.expected} images are done`);
      const { interrupted } = { interrupted: interrupt.asked };
      trouble = await evaluate({
        run,
        folder,
        shard: options.shard,
        jobs,
        workers: workersFor(run),
        opened,
        attempts,
        clock,
        interrupted,
      });
    } finally {
      interrupt.stop();
      await folder.close();
    }
    const complete = folder.finished.size === folder.expected;
    if (before === folder.expected) say(`${shown} is complete: nothing to do (--fresh starts again)`);
    if (interrupt.asked() && !complete) {
      say(
        `stopped: ${folder.finished.size} of ${folder.expected} images are in ${shown}; the same command continues`,
      );
      return exitCodes.interrupted;
    }
    await drawGallery(run);
    await writeReports(run.out, { print: !options.json });
    await sayTimes(run.out);
    if (trouble !== undefined) throw new SegbenchError(trouble);
    if (options.json) process.stdout.write(`${JSON.stringify({ out: run.out, complete })}\n`);
    else process.stdout.write(`\nreport: ${relative(process.cwd(), `${run.out}/report.html`)}\n`);
    return exitCodes.fine;
  } finally {
    await Promise.all([...opened.values()].flat().map((session) => session.close()));
  }
}

/** Opens every model once before the first image: contracts, capabilities and the providers really used are known then. */
async function openModels(
  run: PreparedRun,
  profile: boolean,
  attempts: Attempts,
): Promise<Map<string, readonly ModelSession[]>> {
  const opened = new Map<string, readonly ModelSession[]>();
  const problems: string[] = [];
  for (const model of run.models) {
    attempts.opening(model.name);
    try {
      const traces = profile ? traceFiles(run, model.name) : undefined;
      const session = await openPrepared(model, { ...run.plan, cache: run.cache, traces });
      opened.set(model.name, [session]);
      for (const protocol of run.protocols)
        problems.push(...refusals(model.name, session.capabilities, protocol));
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  attempts.opening(undefined);
  if (problems.length === 0) return opened;
  await Promise.all([...opened.values()].flat().map((session) => session.close()));
  throw new SegbenchError(problems.join("\n"));
}

/** One line per model; on standard error, since no two runs take the same time. */
async function sayTimes(dir: string): Promise<void> {
  for (const times of await summarizeTimes(readTimes(dir)))
    say(`${times.model}: ${timesSentence(times)} (${sharesText(times)})`);
}

/** A cache that cannot be written to is found out before the first image. */
async function makeCacheFolder(dir: string): Promise<void> {
  try {
    await makeFolder(dir);
    await access(dir, constants.W_OK);
  } catch (cause) {
    throw complain({ where: dir, what: "embeddings cannot be kept here", got: reasonOf(cause), cause });
  }
}

function traceFiles({ out, models }: PreparedRun, model: string) {
  return (part: string) => join(out, `profile-${part}${models.length > 1 ? `-${model}` : ""}.json`);
}

function manifestOf(
  run: PreparedRun,
  shard: Shard | null,
  opened: ReadonlyMap<string, readonly ModelSession[]>,
): Manifest {
  return {
    format: "segbench/manifest@1",
    plan: run.plan,
    planHash: run.planHash,
    shard,
    software: software(),
    hardware: hardware(),
    models: Object.fromEntries(
      [...opened].flatMap(([name, sessions]) =>
        sessions.map(({ capabilities, facts }) => [name, { capabilities, ...facts }]),
      ),
    ),
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
