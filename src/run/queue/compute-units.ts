// The part of a worker that computes: a process of its own, which takes units from the one that holds the leases, and hands back the lines of
// each. It knows no broker.
import { type PreparedRun, planRequest, preparePlan, type RunRequest } from "../../config/index.ts";
import { openPreparedAny } from "../../config/models/open.ts";
import { type Problem, reasonOf, SegbenchError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { Manifest, Plan } from "../../core/plan.ts";
import type { Sample, SampleRef, Session } from "../../core/types.ts";
import type { Task, UnitJob } from "../../eval/index.ts";
import { type FilesRead, listeningTo } from "../../formats/files-read.ts";
import { type UnitText, unitText } from "../../store/journal.ts";
import { unitProblem } from "../../store/row-problems.ts";
import { type Context, stepsOf } from "../context.ts";
import { SAMPLES_PER_WORKER, trySample } from "../evaluate.ts";
import { closeAll } from "../open-models.ts";
import type { Attempts } from "../supervised.ts";
import { manifestOf, numericsOf, sittingOf } from "../surroundings.ts";
import { timedWriter, unitJobs, workersFor } from "../units.ts";
import { firstTargets, trialTargets, trialUnits } from "./trials.ts";

/** What it is told to do. */
export type Order =
  /** The first one: a run file and what is laid over it, or a run of names alone. */
  | { readonly prepare: RunRequest }
  /** In this order; `protocols` absent: all of the plan; `targets`: so many of each, the first that are not dropped. */
  | (Asked & { readonly units: readonly number[] })
  /** Begin no other unit, and end. */
  | { readonly finish: true };

interface Asked {
  readonly protocols?: readonly string[] | undefined;
  readonly targets?: number | undefined;
}

/** What is known of a run once it is prepared. */
export interface PreparedWork extends Pick<Manifest, "software" | "hardware"> {
  readonly plan: Plan;
  readonly planHash: string;
  readonly numerics: string;
  /** By model: the unit by which machines are compared. */
  readonly trials: Readonly<Record<string, number>>;
  readonly trialTargets: number | undefined;
  /** Units that are under way at once. */
  readonly lanes: number;
  readonly notes: readonly string[];
}

/** What it says. */
export type Told =
  | { readonly prepared: PreparedWork }
  /** Facts about a model that was opened, for the manifest. */
  | { readonly opened: string; readonly facts: unknown }
  | { readonly begun: number }
  | { readonly part: UnitText; readonly unit: number; readonly files: FilesRead }
  /** It could not be evaluated at all. */
  | { readonly failed: number; readonly reason: string }
  /** Nothing can be done here. */
  | { readonly problems: readonly Problem[] }
  | { readonly finished: true };

export interface Hand {
  say(told: Told): void;
  /** Calls `act` with every order, also those that came before. */
  listen(act: (order: Order) => void): void;
}

/** Does what it is told until it is told to finish. */
export async function computeUnits(hand: Hand, attempts: Attempts, context: Context): Promise<void> {
  let worker: Promise<UnitWorker> | undefined;
  await new Promise<void>((resolve) => {
    const failed = (error: unknown) => {
      const plain = ({ cause: _, ...problem }: Problem) => problem;
      const problems: readonly Problem[] =
        error instanceof SegbenchError ? error.problems : [{ where: "", what: reasonOf(error) }];
      hand.say({ problems: problems.map(plain) });
      resolve();
    };
    hand.listen((order) => {
      if ("prepare" in order) {
        worker = prepareWork(order.prepare, context, hand).then((run) =>
          unitWorker(run, hand, attempts, context, failed),
        );
        worker.catch(failed);
      } else if ("finish" in order) {
        if (worker === undefined) return resolve();
        worker.then((one) => one.finish()).then(resolve, failed);
      } else void worker?.then((one) => one.take(order.units, order));
    });
  });
  await worker?.then((one) => one.close()).catch(() => undefined);
  hand.say({ finished: true });
}

interface Prepared {
  readonly run: PreparedRun;
  readonly jobs: readonly UnitJob<Sample>[];
  readonly workers: number;
}

async function prepareWork(request: RunRequest, context: Context, hand: Hand): Promise<Prepared> {
  const { cwd, env } = context;
  const run = await preparePlan({ ...planRequest(request), cwd, env, onStep: stepsOf(context) });
  const { plan, planHash, notes } = run;
  const jobs = unitJobs(run);
  const { software, hardware } = await manifestOf(run, {});
  const workers = workersFor(run);
  const about = { plan, planHash, software, hardware, notes, numerics: numericsOf(run) };
  const lanes = workers * SAMPLES_PER_WORKER[run.task.kind];
  const trial = { trials: trialUnits(jobs), trialTargets: trialTargets(run.task) };
  hand.say({ prepared: { ...about, ...trial, lanes } });
  return { run, jobs, workers };
}

interface UnitWorker {
  take(units: readonly number[], asked: Asked): void;
  /** Resolves when what was begun is handed back. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

interface WaitingUnit extends Asked {
  readonly job: UnitJob<Sample>;
  /** Its sample, where that is read ahead. */
  reading?: Promise<Sample>;
  /** Data files that were read for it so far. */
  readonly files: Record<string, string>;
}

/** Units on the lanes of the model that is open. One that was under way at a crash has the process for itself. */
function unitWorker(
  { run, jobs, workers }: Prepared,
  hand: Hand,
  attempts: Attempts,
  { clock }: Pick<Context, "clock">,
  fail: (error: unknown) => void,
): UnitWorker {
  const { plan, task, metrics, models } = run;
  const waiting: WaitingUnit[] = [];
  const running = new Set<number>();
  let free: Promise<Session>[] = [];
  let open: { readonly model: string; readonly sessions: readonly Promise<Session>[] } | undefined;
  let busy = false;
  let over: (() => void) | undefined;
  const write = timedWriter(clock);
  const isSuspect = ({ job }: WaitingUnit) => attempts.crashes.has(job.unit.index);
  const close = async () => {
    const sessions = open?.sessions ?? [];
    open = undefined;
    free = [];
    await closeAll(sessions);
  };
  const openSessions = async (name: string) => {
    await close();
    const model = models.find((one) => one.name === name)!;
    const opening = () => openPreparedAny(model, { ...plan, cache: run.cache });
    attempts.opening(name);
    const first = opening();
    const session = await first;
    const problems = run.protocols.flatMap((protocol) => task.refuses(name, session, protocol));
    if (problems.length > 0)
      throw new SegbenchError(problems.map((what): Problem => ({ code: "model", where: "", what })));
    const { capabilities, facts } = session;
    hand.say({ opened: name, facts: { capabilities, ...facts } });
    const sessions = [first, ...Array.from({ length: workers - 1 }, opening)];
    open = { model: name, sessions };
    void Promise.allSettled(sessions).then(() => attempts.opening(undefined));
    for (let lane = 0; lane < SAMPLES_PER_WORKER[task.kind]; lane += 1)
      for (const one of sessions)
        one.then(() => {
          free.push(one);
          pump();
        }, fail);
  };
  const read = (one: WaitingUnit) => {
    one.reading ??= attempts.started(one.job.unit).then(() => {
      hand.say({ begun: one.job.unit.index });
      return listeningTo(one.files, () => one.job.ref.load());
    });
    one.reading.catch(() => undefined);
    return one.reading;
  };
  const evaluateOn = async (lane: Promise<Session>, one: WaitingUnit) => {
    const { unit, ref } = one.job;
    const session = await lane;
    const wanted = one.protocols ?? plan.protocols;
    const protocols = run.protocols.filter(({ id }) => wanted.includes(id));
    const settings = { metrics, seed: plan.seed, masks: plan.masks, clock, protocols };
    const only =
      one.targets === undefined ? ref.only : await chosenTargets(task, read(one), ref, one.targets);
    const job = { ...one.job, ref: { ...ref, ...given({ only }), load: () => read(one) } };
    const { rows, masks, timing } = await listeningTo(one.files, () =>
      trySample(task, job, session, settings, attempts),
    );
    const problem = unitProblem(unit, rows, masks, run);
    if (problem !== undefined) throw new Error(problem);
    const provider = models.find(({ name }) => name === unit.model)?.card.provider ?? plan.provider;
    const sitting = sittingOf({ provider, threads: plan.threads, workers });
    const append = async (times: object) =>
      hand.say({ part: unitText(unit, rows, masks, times), unit: unit.index, files: one.files });
    await write(timing, append, { sitting, batch: session.capabilities.batch });
    attempts.written(unit);
  };
  const start = (one: WaitingUnit) => {
    const lane = free.shift()!;
    const { index } = one.job.unit;
    running.add(index);
    evaluateOn(lane, one)
      .catch((error: unknown) => {
        attempts.written(one.job.unit);
        hand.say({ failed: index, reason: reasonOf(error) });
      })
      .then(() => {
        running.delete(index);
        free.push(lane);
        pump();
      });
  };
  const pump = (): void => {
    if (over !== undefined) {
      if (running.size === 0) over();
      return;
    }
    const suspect = waiting.find(isSuspect);
    const next = suspect ?? waiting[0];
    if (next === undefined || busy || (suspect !== undefined && running.size > 0)) return;
    if ([...running].some((unit) => attempts.crashes.has(unit))) return;
    if (open?.model !== next.job.unit.model) {
      if (running.size > 0) return;
      busy = true;
      openSessions(next.job.unit.model)
        .then(() => {
          busy = false;
          pump();
        })
        .catch(fail);
      return;
    }
    if (free.length === 0) return;
    waiting.splice(waiting.indexOf(next), 1);
    start(next);
    if (suspect !== undefined) return;
    for (const one of waiting.slice(0, workers)) if (!isSuspect(one)) void read(one);
    pump();
  };
  return {
    take(units, { protocols, targets }) {
      waiting.push(...units.map((unit) => ({ job: jobs[unit]!, protocols, targets, files: {} })));
      pump();
    },
    finish() {
      return new Promise((resolve) => {
        over = resolve;
        pump();
      });
    },
    close,
  };
}

/** Names of the targets that a trial looks at; where the sample cannot be read, which is told elsewhere, all of them. */
async function chosenTargets(
  task: Task,
  sample: Promise<Sample>,
  { only }: SampleRef<Sample>,
  count: number,
): Promise<ReadonlySet<string> | undefined> {
  try {
    return firstTargets(task.entries(await sample), only, count);
  } catch {
    return only;
  }
}
