// The units of a plan: which there are, how many workers share them, what they will take, and how the times of each are written.

import { availableParallelism, cpus, freemem, loadavg } from "node:os";
import { type PreparedRun, withPlugins } from "../config/index.ts";
import { given } from "../core/given.ts";
import { sum } from "../core/numbers.ts";
import { inShard, type Plan, type Shard, type Unit } from "../core/plan.ts";
import type { CallStage, UnitCalls } from "../core/timing.ts";
import type { Sample, SampleRef, Session } from "../core/types.ts";
import type { PartTime, Trial, UnitJob, UnitTiming } from "../eval/index.ts";
import type { UsualClicks } from "../store/growth.ts";
import type { Context, ExpectedTime } from "./context.ts";

/** Every unit of a run in the order of its plan: model, benchmark, sample. */
export function unitJobs<S extends Sample = Sample>({
  plan,
  benchmarks,
}: {
  readonly plan: Plan;
  readonly benchmarks: readonly { readonly name: string; readonly refs: readonly SampleRef<S>[] }[];
}): UnitJob<S>[] {
  let index = 0;
  const refs = new Map(benchmarks.map((one) => [one.name, one.refs]));
  return plan.models.flatMap(({ name: model }) =>
    plan.benchmarks.flatMap(({ name: benchmark, card }) =>
      (refs.get(benchmark) ?? []).map((ref): UnitJob<S> => {
        const unit: Unit = { index: index++, model, benchmark, sample: ref.id };
        const { surfaceTolerance } = card;
        const evaluator = "evaluator" in card ? card.evaluator : undefined;
        return { unit, ref, scoring: given({ surfaceTolerance, evaluator }) };
      }),
    ),
  );
}

/** The units that are left for this process. */
export function openJobs<S extends Sample>(
  jobs: readonly UnitJob<S>[],
  shard: Shard | null,
  finished: ReadonlySet<number>,
): UnitJob<S>[] {
  return jobs.filter(({ unit }) => inShard(unit.index, shard) && !finished.has(unit.index));
}

/** Numbers of clicks that protocols report where a run does not ask for others: of all that are known, since a run folder may have more. */
export function usualClicks({ plugins }: Pick<PreparedRun, "plugins">): UsualClicks {
  const known = Object.entries(withPlugins(plugins).protocols);
  return new Map(
    known.flatMap(([id, { points, reported = [] }]) =>
      points === undefined ? [] : [[id, reported] as const],
    ),
  );
}

/** Steps that are played: this share of those that are left, within these. */
const SHARE_PLAYED = 0.03;
const LEAST_STEPS = 5;
const MOST_STEPS = 10;
/** Samples that are tried until one has something to play. */
const MOST_TRIED = 4;

/** Steps of a sample: its own, those that its task knows of, or undefined. */
export function stepsIn(
  { task, protocols }: Pick<PreparedRun, "task" | "protocols">,
  ref: Pick<SampleRef<Sample>, "frames" | "queries" | "only">,
): number | undefined {
  return ref.frames ?? task.steps?.(protocols, ref);
}

/** What a run will take; a few steps are played of the first sample that is left and has any. Undefined where samples have no steps, these are not known, or none of the first samples could be played. */
export async function expectedTime(
  run: Pick<PreparedRun, "task" | "protocols">,
  jobs: readonly UnitJob<Sample>[],
  {
    opened,
    workers,
    started,
  }: {
    readonly opened: ReadonlyMap<string, readonly Session[]>;
    readonly workers: number;
    /** Told of the sample that is played, which may crash the process. */
    readonly started?: (unit: Unit) => Promise<void>;
  },
  { clock, signal }: Pick<Context, "clock" | "signal">,
): Promise<ExpectedTime | undefined> {
  const { task, protocols } = run;
  if (task.trial === undefined || task.step === undefined) return undefined;
  const stepsOf = (some: typeof jobs) => some.reduce((sum, { ref }) => sum + (stepsIn(run, ref) ?? 0), 0);
  const steps = stepsOf(jobs);
  const played = Math.min(MOST_STEPS, Math.max(LEAST_STEPS, Math.round(SHARE_PLAYED * steps)));
  // What is over as soon as it is known.
  if (steps <= played) return undefined;
  let seconds = 0;
  const before = processorTime();
  let slowest: (Trial & { readonly model: string; readonly sample: string }) | undefined;
  for (const [model, [session]] of opened) {
    const own = jobs.filter(({ unit }) => unit.model === model);
    if (own.length === 0 || session === undefined) continue;
    let trial: (Trial & { readonly sample: string }) | undefined;
    for (const { unit, ref } of own.slice(0, MOST_TRIED)) {
      if (signal.aborted) return undefined;
      await started?.(unit);
      const sample = await ref.load().catch(() => undefined);
      const found = sample && (await task.trial(sample, session, protocols, { clock, steps: played }));
      trial = found && { ...found, sample: unit.sample };
      if (trial !== undefined) break;
    }
    if (trial === undefined) return undefined;
    seconds += (stepsOf(own) * trial.perStep) / 1000 / timesFaster(Math.min(workers, own.length), before);
    if (slowest === undefined || trial.perStep > slowest.perStep) slowest = { ...trial, model };
  }
  if (slowest === undefined) return undefined;
  const { model, sample, perStep, steps: timed } = slowest;
  const each = { model, sample, secondsPerStep: perStep / 1000, played: timed };
  // Steps that a task counts are those of all protocols; frames are played under all of them at once.
  const together = task.steps === undefined && protocols.length > 1 ? protocols.length : undefined;
  return { seconds, steps, samples: jobs.length, of: task.step, ...each, ...given({ together }) };
}

/** Milliseconds of all processors so far: how many they were idle, and how many this process took. */
function processorTime() {
  const all = cpus().map(({ times }) => times);
  const { user, system } = process.cpuUsage();
  return {
    all: sum(all.flatMap((times) => Object.values(times))),
    idle: sum(all.map(({ idle }) => idle)),
    own: (user + system) / 1000,
  };
}

/** Processors tell their time in hundredths of a second: what is shorter says nothing. */
const LEAST_MS = 300;

/** How much faster so many workers are than the one that played since: what others leave idle is all that there is for more. */
function timesFaster(workers: number, before: ReturnType<typeof processorTime>): number {
  const now = processorTime();
  if (now.all - before.all < LEAST_MS) return workers;
  return Math.min(workers, 1 + (now.idle - before.idle) / (now.own - before.own));
}

/** Of the memory that is free, workers may take this share. */
const MEMORY_SHARE = 0.7;
/** Memory of a worker: the model's files this many times, as the runtime unpacks and rearranges them, and this besides. */
const COPIES = 3;
const WORKER_BYTES = 2 ** 28;

/**
 * Model workers of a run that does not say how many: one for each processor that the runtime's threads leave, as scoring takes a
 * small part of one, as far as free memory has room for the largest model.
 */
export function workersFor({
  workers,
  plan,
}: Pick<PreparedRun, "workers"> & { readonly plan: Pick<Plan, "models" | "threads"> }): number {
  if (workers !== undefined) return workers;
  const sizes = plan.models.map(({ files }) => files.reduce((sum, { bytes }) => sum + bytes, 0));
  const fit = (MEMORY_SHARE * freemem()) / (COPIES * Math.max(...sizes) + WORKER_BYTES);
  return Math.max(1, Math.floor(Math.min(availableParallelism() / plan.threads, fit)));
}

/**
 * Writes the units of this process and times that too. A unit's line says besides its own times how long the unit before it took
 * to be written (its own writing is not over when the line is), and how much time passed since the line before; and where a model was
 * called, each call.
 */
export function timedWriter(clock: () => number) {
  let before = clock();
  let write = 0;
  return async (
    { calls, parts, ...timing }: UnitTiming,
    append: (timing: object) => Promise<void>,
    facts?: Pick<UnitCalls, "sitting" | "batch">,
  ): Promise<void> => {
    const now = clock();
    const line = { ...timing, write, passed: now - before };
    before = now;
    const times = roundedAll(line);
    const graphs = parts === undefined ? {} : { parts: mapValues(parts, roundedAll) };
    const made = parts === undefined ? calls : clipCalls(parts, timing.frames ?? 0);
    await append(facts === undefined ? times : { ...times, ...graphs, calls: [callsOf(made, facts)] });
    write = clock() - now;
  };
}

type CallsMade = Pick<UnitCalls, CallStage | "first" | "frame">;

/** Means over a clip: of a call of its encoder and its decoder, and of all calls about a frame. */
function clipCalls(parts: NonNullable<UnitTiming["parts"]>, frames: number): CallsMade {
  const { image_encoder: encoder, mask_decoder: decoder } = parts;
  const mean = (one: PartTime | undefined) => (one === undefined ? [] : [one.ms / one.runs]);
  const all = Object.values(parts).reduce((sum, { ms }) => sum + ms, 0);
  return { encode: mean(encoder), decode: mean(decoder), frame: frames === 0 ? [] : [all / frames] };
}

function callsOf(
  { encode, decode, frame, ...first }: CallsMade,
  facts: Pick<UnitCalls, "sitting" | "batch">,
): UnitCalls {
  const brief = (times: UnitCalls[CallStage]) => times.map((time) => Number(time.toPrecision(4)));
  return {
    ...{
      encode: brief(encode),
      decode: brief(decode),
      ...(frame && { frame: brief(frame) }),
      ...first,
      ...facts,
    },
    load: loadNow(),
  };
}

/** Processes that wanted a core in the last minute. */
export function loadNow(): number {
  return Number(loadavg()[0]!.toFixed(2));
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, of: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, of(value)]));
}

function roundedAll(values: object): Record<string, number> {
  return mapValues(values as Record<string, number>, rounded);
}

/** To microseconds. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
