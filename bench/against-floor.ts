// The whole harness against the runtime itself: the same encodings and decodings, made bare, in the same surroundings.
import { join } from "node:path";
import { median } from "simple-statistics";
import { type Contender, tiny, vitB } from "./contenders.ts";
import { type Line, ms, type Surroundings, skipped, withFolder } from "./measure.ts";
import { writeRealSet } from "./real-set.ts";
import { floor, harness, writeRun } from "./runs.ts";

/** Of the real set; the large model with one thread takes 20 s for each. */
const images = 12;
const few = 4;

/** Harness time / floor, one worker. */
export function againstFloor(around: Surroundings): Promise<Line[]> {
  return onRealSet(around, "floor", async (folder, benchmark) => [
    await oneWorker(folder, benchmark, tiny(around)),
  ]);
}

export function vitAgainstFloor(around: Surroundings): Promise<Line[]> {
  return onRealSet(around, "vit-b", async (folder, benchmark) => {
    const contender = vitB(around, join(folder, "vit-b"));
    const single = { ...contender, threads: 1 };
    return [
      await oneWorker(folder, benchmark, contender),
      await warmCache(folder, benchmark, contender),
      await oneWorker(folder, benchmark, single, few),
      await secondProcess(folder, benchmark, single, { limit: few }),
    ];
  });
}

async function oneWorker(
  folder: string,
  benchmark: string,
  contender: Contender,
  limit?: number,
): Promise<Line> {
  const run = writeRun(folder, { contender, benchmark, data: folder, workers: 1, limit });
  const pairs = await repeated(contender.repeats, async () => {
    const { evaluation } = await harness(run);
    return [evaluation, (await floor(run.rows, contender)).calls] as const;
  });
  return lineOf(
    "floor",
    `whole harness / bare calls, ${contender.title}, ${threadsOf(contender)}; ${setOf(limit)}`,
    pairs,
    contender.goal,
  );
}

/** A second run on the same images / the time of its decodings alone. */
export function cache(around: Surroundings): Promise<Line[]> {
  return onRealSet(around, "cache", async (folder, benchmark) => [
    await warmCache(folder, benchmark, tiny(around)),
  ]);
}

async function warmCache(folder: string, benchmark: string, contender: Contender): Promise<Line> {
  const facts = { contender, benchmark, data: folder, workers: 1, cache: join(folder, "cache") };
  const run = writeRun(join(folder, "cached"), facts);
  await harness(run);
  const pairs = await repeated(contender.repeats, async () => {
    const { evaluation } = await harness(run);
    return [evaluation, (await floor(run.rows, contender)).decode] as const;
  });
  return lineOf(
    "cache",
    `run from a warm embedding cache / its decodings alone, ${contender.title}`,
    pairs,
    "1.15",
  );
}

/**
 * What a second process gains with `--shard`, against what a second bare process gains: a ratio of gains. In a run of seconds every
 * process warms up for a good part of it, so a longer one is measured too.
 */
export function shards(around: Surroundings): Promise<Line[]> {
  return onRealSet(around, "shards", async (folder, benchmark) => [
    await secondProcess(folder, benchmark, tiny(around)),
    await secondProcess(join(folder, "davis"), "davis2016", tiny(around), {
      data: around.data!,
      set: "99 frames of DAVIS, 9 clicks",
    }),
  ]);
}

async function secondProcess(
  folder: string,
  benchmark: string,
  contender: Contender,
  { limit, data = folder, set = setOf(limit) }: { limit?: number; data?: string; set?: string } = {},
): Promise<Line> {
  const run = writeRun(folder, { contender, benchmark, data, workers: 1, limit });
  const halves = ["0/2", "1/2"];
  const gains = await repeated(contender.repeats, async () => {
    const whole = (await harness(run)).evaluation;
    const parts = await Promise.all(halves.map((shard) => harness(run, shard)));
    const bare = (await floor(run.rows, contender)).calls;
    const bareParts = await Promise.all(halves.map((shard) => floor(run.rows, contender, shard)));
    return [
      whole / Math.max(...parts.map(({ evaluation }) => evaluation)),
      bare / Math.max(...bareParts.map(({ calls }) => calls)),
    ] as const;
  });
  const gain = (side: 0 | 1) => `${median(gains.map((pair) => pair[side])).toFixed(2)} x`;
  return {
    ...{ part: "shards", ours: gain(0), theirs: gain(1), goal: ">= 0.95" },
    what: `speed gained by a second process, ${contender.title}, ${threadsOf(contender)}; ${set}`,
    ratio: median(gains.map(([ours, theirs]) => ours / theirs)).toFixed(3),
  };
}

export function threadsOf({ threads }: Pick<Contender, "threads">): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}

function setOf(limit = images): string {
  return `${limit} real images, at most 4 targets each, 9 clicks`;
}

async function onRealSet(
  { data }: Surroundings,
  part: string,
  work: (folder: string, benchmark: string) => Promise<Line[]>,
): Promise<Line[]> {
  if (data === undefined) return skipped(part, "SEGBENCH_DATA names no folder of samples");
  return withFolder(async (folder) => work(folder, await writeRealSet(folder, data)));
}

export async function repeated<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let i = 0; i < times; i++) all.push(await work());
  return all;
}

export function lineOf(
  part: string,
  what: string,
  pairs: readonly (readonly [number, number])[],
  goal: string,
): Line {
  const side = (index: 0 | 1) => ms(median(pairs.map((pair) => pair[index])));
  const ratio = median(pairs.map(([ours, theirs]) => ours / theirs)).toFixed(3);
  return { part, what, ours: side(0), theirs: side(1), ratio, goal: `<= ${goal}` };
}
