// `tune`: threads, prompts per call and workers are tried out on a made-up image, and the fastest are proposed.
import { constants } from "node:fs";
import { access, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseDocument } from "yaml";
import { type Overrides, type PreparedRun, preparePlan } from "../config/index.ts";
import { openPrepared } from "../config/models/open.ts";
import { askedAs } from "../config/runs/pair.ts";
import type { GraphCost } from "../core/cost.ts";
import { runDefaults } from "../core/defaults.ts";
import { complain, reasonOf } from "../core/errors.ts";
import type { RunFile } from "../core/schema-types.ts";
import type { ImageSession, Prompt, RgbImage } from "../core/types.ts";
import { type Context, shownPath } from "./context.ts";

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
const tuneDefaults = { prompts: 32, seconds: 45 } as const;

/** Threads, prompts per call and workers tried out; proposes the fastest; changes a file only with `write`. */
export async function tune(model: string, options: TuneOptions, context: Context): Promise<Tuning> {
  const { cwd, env } = context;
  const { provider, optimisation, allowCpuFallback } = options;
  const write = options.write === undefined ? undefined : resolve(cwd, options.write);
  if (write !== undefined) await checkWritable(write, context);
  const runtime = { provider, optimisation, allowCpuFallback };
  const overrides = { model: [model], batch: largestBatch, limit: 1, ...runtime };
  const run = await askedAs("segbench tune", preparePlan({ overrides, cwd, env }));
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

/** A synthetic image: its content does not change any time. */
const image: RgbImage = {
  width: 640,
  height: 480,
  data: Uint8Array.from({ length: 3 * 640 * 480 }, (_, i) => (i * 37 + ((i * i) >> 7)) & 255),
};

const promptsOf = (count: number): Prompt[] =>
  Array.from({ length: count }, (_, i) => ({
    clicks: [{ x: (i * 97) % image.width, y: (i * 61) % image.height, label: 1 }],
    multimask: true,
  }));

interface Stop {
  readonly clock: () => number;
  /** Milliseconds for one measurement, beyond its first repetition. */
  readonly slice: number;
  /** There is only time for what is essential. */
  readonly late: () => boolean;
}

/** Most repetitions for a median. */
const ENOUGH = 15;

/** Milliseconds in the graphs: the median of as many repetitions as fit into the slice. The first one warms up, where there is time. */
async function median(work: (cost: (cost: GraphCost) => void) => Promise<unknown>, { clock, slice }: Stop) {
  const start = clock();
  const times: number[] = [];
  do {
    let spent = 0;
    await work(({ running }) => {
      spent += running;
    });
    times.push(spent);
  } while (clock() - start < slice && times.length <= ENOUGH);
  const counted = (times.length > 1 ? times.slice(1) : times).sort((a, b) => a - b);
  return counted[counted.length >> 1]!;
}

/** A single session: encoding, and decoding in calls of every size. */
async function measureAlone(
  session: ImageSession,
  threads: number,
  batches: readonly number[],
  stop: Stop,
): Promise<ThreadTimes> {
  const encode = await median(async (cost) => session.release(await session.encode(image, cost)), stop);
  const embedding = await session.encode(image);
  const decode: { batch: number; perPrompt: number }[] = [];
  for (const batch of batches) {
    if (decode.length > 0 && stop.late()) break;
    const call = await median((cost) => session.decode(embedding, promptsOf(batch), cost), stop);
    decode.push({ batch, perPrompt: call / batch });
  }
  await session.release(embedding);
  return { threads, encode, decode };
}

/** Images per second of several sessions at once: each encodes an image and answers so many prompts, again and again. */
async function measureTogether(
  sessions: readonly ImageSession[],
  { prompts, batch, images }: { readonly prompts: number; readonly batch: number; readonly images: number },
  clock: () => number,
): Promise<number> {
  const start = clock();
  await Promise.all(
    sessions.map(async (session) => {
      for (let n = 0; n < images; n++) {
        const embedding = await session.encode(image);
        for (let done = 0; done < prompts; done += batch)
          await session.decode(embedding, promptsOf(Math.min(batch, prompts - done)));
        await session.release(embedding);
      }
    }),
  );
  return (1000 * images * sessions.length) / (clock() - start);
}

/** One number of runtime threads: medians, in milliseconds. */
export interface ThreadTimes {
  readonly threads: number;
  /** One image. */
  readonly encode: number;
  /** One prompt, where a call takes this many; ascending. */
  readonly decode: readonly { readonly batch: number; readonly perPrompt: number }[];
}

/** What several workers did together. */
export interface Throughput {
  readonly threads: number;
  readonly batch: number;
  readonly workers: number;
  readonly imagesPerSecond: number;
}

/** Differences below this share are noise. */
const NOISE = 0.05;

/** The smallest batch that is as fast as any. */
export function bestBatch({ decode }: ThreadTimes): number {
  const fastest = Math.min(...decode.map(({ perPrompt }) => perPrompt));
  return decode.find(({ perPrompt }) => perPrompt <= fastest * (1 + NOISE))!.batch;
}

/** Images per second of one worker with nothing else to do, each embedding used for so many prompts. */
export function estimatedRate(times: ThreadTimes, prompts: number): number {
  const batch = bestBatch(times);
  const { perPrompt } = times.decode.find((entry) => entry.batch === batch)!;
  return 1000 / (times.encode + prompts * perPrompt);
}

/**
 * The fastest setting; of those that are as fast, the one with the fewest threads (one thread gives the same bytes on machines
 * with any number of cores), then with the fewest workers (memory).
 */
export function fastest(settings: readonly Throughput[]): Throughput | undefined {
  const most = Math.max(...settings.map(({ imagesPerSecond }) => imagesPerSecond));
  return settings
    .filter(({ imagesPerSecond }) => imagesPerSecond >= most * (1 - NOISE))
    .toSorted((a, b) => a.threads - b.threads || a.workers - b.workers)[0];
}

/** 1, 2, 4, ... and the limit itself. */
export function doublings(limit: number): number[] {
  const steps: number[] = [];
  for (let n = 1; n < limit; n *= 2) steps.push(n);
  return [...steps, limit];
}
