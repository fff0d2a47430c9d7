import { constants } from "node:fs";
import { access, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseDocument } from "yaml";
import { type Overrides, type PreparedRun, preparePlan } from "../config/index.ts";
import { openPrepared } from "../config/open-model.ts";
import { runDefaults } from "../core/defaults.ts";
import { complain, reasonOf } from "../core/errors.ts";
import type { RunFile } from "../core/schema-types.ts";
import type { ImageSession } from "../core/types.ts";
import { type Context, shownPath } from "./context.ts";
import {
  bestBatch,
  doublings,
  estimatedRate,
  fastest,
  measureAlone,
  measureTogether,
  type ThreadTimes,
  type Throughput,
} from "./tune-measure.ts";

export interface TuneOptions extends Pick<Overrides, "provider" | "optimisation" | "allowCpuFallback"> {
  /** Prompts per image to assume. */
  readonly prompts?: number | undefined;
  /** About how long to measure. */
  readonly seconds?: number | undefined;
  /** A run file in which the three keys are set. */
  readonly write?: string | undefined;
}

/** What `tune` found out. */
export interface Tuning {
  readonly model: string;
  readonly provider: string;
  readonly optimisation: NonNullable<RunFile["optimisation"]>;
  readonly cores: number;
  /** Prompts per image to assume. */
  readonly prompts: number;
  readonly alone: readonly ThreadTimes[];
  readonly together: readonly Throughput[];
  readonly best: Throughput | undefined;
  /** There was no time for everything, or it was aborted. */
  readonly cut: boolean;
}

const largestBatch = 32;

/** Ours. */
export const tuneDefaults = { prompts: 32, seconds: 45 } as const;

/** Threads, prompts per call and workers tried out; proposes the fastest; changes a file only with `write`. */
export async function tune(model: string, options: TuneOptions, context: Context): Promise<Tuning> {
  const { cwd, env } = context;
  const { provider, optimisation, allowCpuFallback } = options;
  const write = options.write === undefined ? undefined : resolve(cwd, options.write);
  if (write !== undefined) await checkWritable(write, context);
  const runtime = { provider, optimisation, allowCpuFallback };
  const run = await preparePlan({
    ...{ overrides: { model: [model], batch: largestBatch, limit: 1, ...runtime }, cwd, env },
  });
  const tuning = await measured(run, options, context);
  if (write !== undefined && tuning.best !== undefined) await writeSetting(write, tuning.best);
  return tuning;
}

async function measured(
  run: PreparedRun,
  { prompts = tuneDefaults.prompts, seconds = tuneDefaults.seconds }: TuneOptions,
  { clock: now, signal, onEvent }: Context,
): Promise<Tuning> {
  const started = now();
  const clock = () => now() - started;
  const cores = availableParallelism();
  const model = run.models[0]!;
  const late = (share: number) => signal.aborted || clock() > share * seconds * 1000;
  const open = (threads: number) => openPrepared(model, { ...run.plan, threads });
  const alone: ThreadTimes[] = [];
  const together: Throughput[] = [];
  let cut = false;
  const steps = doublings(cores);
  for (const threads of steps) {
    if (signal.aborted || (alone.length > 0 && late(0.5))) {
      cut = true;
      break;
    }
    onEvent({ type: "measuring", model: model.name, threads, cores });
    await using([await open(threads)], async ([session]) => {
      const batches = doublings(Math.min(largestBatch, session!.capabilities.batch));
      const slice = (400 * seconds) / steps.length / (batches.length + 1);
      alone.push(await measureAlone(session!, threads, batches, { clock, slice, late: () => late(0.5) }));
    });
  }
  const promise = ({ times, workers }: { times: ThreadTimes; workers: number }) =>
    workers * estimatedRate(times, prompts);
  // The most promising first, should there be no time for all.
  const settings = alone
    .flatMap((times) =>
      doublings(Math.max(1, Math.floor(cores / times.threads))).map((workers) => ({ times, workers })),
    )
    .sort((a, b) => promise(b) - promise(a));
  for (const { times, workers } of settings) {
    const { threads } = times;
    if (signal.aborted || (together.length > 0 && late(0.9))) {
      cut = true;
      break;
    }
    onEvent({ type: "measuring", model: model.name, threads, cores, workers });
    const batch = bestBatch(times);
    const sessions: ImageSession[] = [];
    await using(sessions, async () => {
      while (sessions.length < workers) sessions.push(await open(threads));
      const slice = (400 * seconds) / settings.length;
      const images = Math.max(1, Math.min(20, Math.floor((slice / 1000) * estimatedRate(times, prompts))));
      const imagesPerSecond = await measureTogether(sessions, { prompts, batch, images }, clock);
      together.push({ threads, batch, workers, imagesPerSecond });
    });
  }
  const best = fastest(together);
  const { provider, optimisation = runDefaults.optimisation } = run.plan;
  return { model: model.name, provider, optimisation, cores, prompts, alone, together, best, cut };
}

async function using(
  sessions: ImageSession[],
  work: (sessions: readonly ImageSession[]) => Promise<void>,
): Promise<void> {
  try {
    await work(sessions);
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

/** Checked before a minute of measuring, not after it. */
async function checkWritable(file: string, context: Context): Promise<void> {
  try {
    await access(file, constants.R_OK | constants.W_OK);
  } catch (cause) {
    const got = reasonOf(cause);
    throw complain(shownPath(file, context), "cannot be changed", {
      expected: "an existing run file",
      got,
      cause,
    });
  }
}

/** Sets the three keys of a run file and leaves the rest of it as it is, comments too. */
async function writeSetting(file: string, { threads, batch, workers }: Throughput): Promise<void> {
  try {
    const document = parseDocument(await readFile(file, "utf8"));
    for (const [key, value] of Object.entries({ threads, batch, workers })) document.set(key, value);
    await writeFile(file, document.toString({ lineWidth: 0, flowCollectionPadding: false }));
  } catch (cause) {
    throw complain(file, "the setting cannot be written", { got: reasonOf(cause), cause });
  }
}
