// The units of a plan: which there are, how many workers share them, and how the times of each are written.

import { availableParallelism, freemem, loadavg } from "node:os";
import { type PreparedRun, withPlugins } from "../config/index.ts";
import { inShard, type Plan, type Shard, type Unit } from "../core/plan.ts";
import type { CallStage, UnitCalls } from "../core/timing.ts";
import type { SampleRef } from "../core/types.ts";
import type { UnitJob, UnitTiming } from "../eval/index.ts";
import type { UsualClicks } from "../store/growth.ts";

/** Every unit of a plan in its order: model, benchmark, sample. */
export function unitJobs(plan: Plan, refs: ReadonlyMap<string, readonly SampleRef[]>): UnitJob[] {
  let index = 0;
  return plan.models.flatMap(({ name: model }) =>
    plan.benchmarks.flatMap(({ name: benchmark, card }) =>
      (refs.get(benchmark) ?? []).map((ref): UnitJob => {
        const unit: Unit = { index: index++, model, benchmark, sample: ref.id };
        const { surfaceTolerance } = card;
        return { unit, ref, scoring: surfaceTolerance === undefined ? {} : { surfaceTolerance } };
      }),
    ),
  );
}

/** The units that are left for this process. */
export function openJobs(
  jobs: readonly UnitJob[],
  shard: Shard | null,
  finished: ReadonlySet<number>,
): UnitJob[] {
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

/** Of the memory that is free, workers may take this share. */
const MEMORY_SHARE = 0.7;
/** Memory of a worker: the model's files this many times, as the runtime unpacks and rearranges them, and this besides. */
const COPIES = 3;
const WORKER_BYTES = 2 ** 28;

/**
 * Model workers of a run that does not say how many: one for each processor that the runtime's threads leave, as scoring takes a
 * small part of one, as far as free memory has room for the largest model.
 */
export function workersFor({ workers, plan }: Pick<PreparedRun, "workers" | "plan">): number {
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
    { calls, ...timing }: UnitTiming,
    append: (timing: object) => Promise<void>,
    facts?: Pick<UnitCalls, "sitting" | "batch">,
  ): Promise<void> => {
    const now = clock();
    const line = { ...timing, write, passed: now - before };
    before = now;
    const times = Object.fromEntries(Object.entries(line).map(([name, value]) => [name, rounded(value)]));
    await append(facts === undefined ? times : { ...times, calls: [callsOf(calls, facts)] });
    write = clock() - now;
  };
}

function callsOf(
  { encode, decode, ...first }: UnitTiming["calls"],
  facts: Pick<UnitCalls, "sitting" | "batch">,
): UnitCalls {
  const brief = (times: UnitCalls[CallStage]) => times.map((time) => Number(time.toPrecision(4)));
  return {
    ...{ encode: brief(encode), decode: brief(decode), ...first, ...facts },
    load: loadNow(),
  };
}

/** Processes that wanted a core in the last minute. */
export function loadNow(): number {
  return Number(loadavg()[0]!.toFixed(2));
}

/** To microseconds. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
