import type { PreparedModel, PreparedRun } from "../config/index.ts";
import { openPreparedAny } from "../config/models/open.ts";
import type { Problem } from "../core/errors.ts";
import { nounOf, type Shard } from "../core/plan.ts";
import type { Sample, Session } from "../core/types.ts";
import {
  type EvaluationSettings,
  evaluateSample,
  failSample,
  inOrder,
  readAhead,
  type Task,
  type TaskProtocol,
  type UnitJob,
  type UnitResult,
} from "../eval/index.ts";
import type { RunFolder } from "../store/run-folder.ts";
import type { Context } from "./context.ts";
import { closeAll } from "./open-models.ts";
import type { Attempts } from "./supervised.ts";
import { sittingOf } from "./surroundings.ts";
import { tellUnits } from "./tallies.ts";
import { openJobs, timedWriter, workersFor } from "./units.ts";

/** Two images share a model worker, so that one is scored while the other is decoded; a third is read meanwhile. A clip is scored while its next frame is played. */
export const SAMPLES_PER_WORKER = { image: 2, clip: 1, concept: 2 } as const;

export interface Evaluation {
  readonly run: PreparedRun;
  readonly folder: RunFolder;
  readonly shard: Shard | null;
  /** All of the plan. */
  readonly jobs: readonly UnitJob<Sample>[];
  /** Sessions that are open already, by model. */
  readonly opened: Map<string, readonly Session[]>;
  readonly attempts: Attempts;
  /** By the context's clock: from then on no unit is begun. */
  readonly until?: number | undefined;
  readonly context: Pick<Context, "clock" | "signal" | "onEvent">;
}

/**
 * Does what is left of a run; returns where too much failed. That is judged when all is done: nobody knows before what the
 * rest of a benchmark holds, and the other benchmarks are wanted whatever became of this one.
 */
export async function evaluate(evaluation: Evaluation): Promise<readonly Problem[]> {
  const { run, folder, shard, jobs, attempts, context } = evaluation;
  const { until = Number.POSITIVE_INFINITY } = evaluation;
  const { plan, protocols, metrics } = run;
  const { clock, signal, onEvent } = context;
  const workers = workersFor(run);
  const isDone = (unit: number) => folder.finished.has(unit);
  const told = await tellUnits(run, openJobs(jobs, shard, new Set()), isDone, folder, context);
  const open = openJobs(jobs, shard, folder.finished);
  const settings = { metrics, seed: plan.seed, masks: plan.masks, clock };
  const settingsFor = (job: UnitJob<Sample>) => {
    const left = folder.protocolsLeft(job.unit.index);
    const onSteps = (count: number) => told.steps(job, count);
    return { ...settings, onSteps, protocols: protocols.filter(({ id }) => left.includes(id)) };
  };
  const write = timedWriter(clock);
  const stop = () => signal.aborted || clock() >= until;
  try {
    for (const model of run.models) {
      const mine = open.filter(({ unit }) => unit.model === model.name);
      if (mine.length === 0 || stop()) continue;
      const sessions: Promise<Session>[] = [];
      try {
        for (const { part, alone } of parts(mine, attempts)) {
          if (part.length === 0 || stop()) continue;
          const count = alone ? 1 : Math.min(workers, part.length);
          await openSessions(sessions, model, count, evaluation);
          const { batch } = (await sessions[0]!).capabilities;
          const provider = model.card.provider ?? plan.provider;
          const sitting = sittingOf({ provider, threads: plan.threads, workers: count });
          const lanes = Array.from(
            { length: alone ? 1 : SAMPLES_PER_WORKER[run.task.kind] },
            () => sessions,
          ).flat();
          const ready = alone ? part : readAhead(part, sessions.length, attempts.started);
          const results = inOrder(
            ready,
            lanes,
            (job, session) => trySample(run.task, job, session, settingsFor(job), attempts),
            { ahead: alone ? 1 : 2 * lanes.length, stop },
          );
          for await (const { unit, rows, masks, timing } of results) {
            const append = (times: object) => folder.append(unit, rows, masks, times);
            await write(timing, append, { sitting, batch });
            attempts.written(unit);
            told.placed(rows);
            told.over(jobs[unit.index]!);
          }
        }
      } finally {
        await closeAll(sessions);
      }
    }
  } finally {
    onEvent({ type: "ended" });
  }
  return folder.finished.size < folder.expected ? [] : told.failures();
}

/**
 * Evaluates a sample, unless that is known to crash the process: then its targets fail. Where reading it for their names
 * crashed too, one row speaks for all of them. A row does not say which signal it was: with corrupt memory, that is chance.
 */
export async function trySample(
  task: Task,
  job: UnitJob<Sample>,
  session: Session,
  settings: EvaluationSettings<TaskProtocol>,
  { crashes, started }: Attempts,
): Promise<UnitResult> {
  await started(job.unit);
  const times = crashes.get(job.unit.index) ?? 0;
  if (times === 0) return evaluateSample(task, job, session, settings);
  const noun = nounOf(task.kind);
  return times === 1
    ? failSample(task, job, settings, { reason: `the runtime crashed on this ${noun}`, read: true })
    : failSample(task, job, settings, {
        reason: `the process crashed when this ${noun} was read`,
        read: false,
      });
}

/** Units up to the last that was under way at a crash come one at a time; the rest at full speed. */
function parts(jobs: readonly UnitJob<Sample>[], { crashes }: Attempts) {
  const careful = jobs.findLastIndex(({ unit }) => crashes.has(unit.index)) + 1;
  return [
    { part: jobs.slice(0, careful), alone: true },
    { part: jobs.slice(careful), alone: false },
  ];
}

/** Opens sessions until there are `count`. The first is waited for; the others open while it works. */
async function openSessions(
  sessions: Promise<Session>[],
  model: PreparedModel,
  count: number,
  { run, opened, attempts }: Evaluation,
): Promise<void> {
  const open = () => openPreparedAny(model, { ...run.plan, cache: run.cache });
  sessions.push(...(opened.get(model.name) ?? []).map((session) => Promise.resolve(session)));
  opened.delete(model.name);
  if (sessions.length === 0) {
    attempts.opening(model.name);
    sessions.push(open());
    await sessions[0];
    attempts.opening(undefined);
  }
  if (sessions.length >= count) return;
  attempts.opening(model.name);
  while (sessions.length < count) sessions.push(open());
  // They are awaited as lanes.
  void Promise.allSettled(sessions).then(() => attempts.opening(undefined));
}
