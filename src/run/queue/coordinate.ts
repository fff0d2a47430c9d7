// The coordinator of a run on many machines: it plans, fills the queue, collects what workers deliver, and alone writes the run folder, in
// the order of the plan. It opens no model. The queue only holds what is to do: whatever is lost of it is filled in again.
import { setTimeout } from "node:timers/promises";
import {
  ownDataOf,
  type PreparedRun,
  planRequest,
  preparePlan,
  type RunRequest,
} from "../../config/index.ts";
import { complain, type Problem, SegbenchError } from "../../core/errors.ts";
import { type Manifest, nounOf, type Unit } from "../../core/plan.ts";
import { failSample } from "../../eval/index.ts";
import { type Broker, coordinatorName, type RunHead, type RunQueue } from "../../queue/broker.ts";
import { encodePart, hashOfText } from "../../queue/part.ts";
import { partsFolder } from "../../queue/parts-folder.ts";
import { refuseOtherRun } from "../../store/continue.ts";
import { unitText } from "../../store/journal.ts";
import { addFacts, blendFacts, findManifest } from "../../store/manifest.ts";
import { openRunFolder, type RunFolder } from "../../store/run-folder.ts";
import { tellWorkers } from "../../store/workers.ts";
import { type Context, lockOptions, shownPath, stepsOf } from "../context.ts";
import { endOfRun, type Opened, withHistory } from "../history.ts";
import { type RunOptions, type RunResult, resultOf, tellStart } from "../run.ts";
import { manifestOf } from "../surroundings.ts";
import { tellUnits } from "../tallies.ts";
import { unitJobs, usualClicks } from "../units.ts";
import { arrivalsOf } from "./arrivals.ts";
import { openCollector } from "./collect.ts";
import { fillQueue, type Look, type Stuck } from "./fill.ts";
import { headOf, mixedPlan, needsFile } from "./named-run.ts";
import { hasAll, trialHash, trialTargets, trialUnits } from "./trials.ts";

export interface Coordination {
  readonly broker: Broker;
  /** Absolute: a folder for parts that all machines see; without it they go through the broker. */
  readonly parts?: string | undefined;
  /** Units that are leased together; default: 8 images, or one clip. */
  readonly block?: number | undefined;
  /** What no machine can do becomes rows that failed; otherwise it is listed, and the run ends with an error. */
  readonly failStuck?: boolean | undefined;
  /** Machines may take part that round in different ways; which one computed a unit is in timing.jsonl. */
  readonly mixed?: boolean | undefined;
  /** The run is for machines of this class alone, in a queue of its own: the same plan for two kinds of machines, say. */
  readonly class?: string | undefined;
  /** Milliseconds between looks at the queue; default: 2000. */
  readonly look?: number | undefined;
}

const USUAL_BLOCK = { image: 8, clip: 1, concept: 8 } as const;
/** Milliseconds between looks for parts: little while they come, more while none does; and between looks at the queue. */
const SOON = 20;
const LATER = 100;
const LOOK = 2000;
/** Seconds for which a coordinator is taken for present that says nothing more. */
const PRESENT = 30;

/** Evaluates a request into a run folder, as `run` does, by workers that a broker gives blocks to. */
export async function coordinate(
  request: RunRequest & RunOptions,
  how: Coordination,
  context: Context,
): Promise<RunResult> {
  const {
    shard,
    fresh = false,
    pages = true,
    profile,
    durable,
    takeOver,
    stopAfter,
    attempts,
    ...rest
  } = request;
  const { tag, note, ...planned } = rest;
  const { cwd, env, clock, onEvent } = context;
  const until = stopAfter === undefined ? Number.POSITIVE_INFINITY : clock() + stopAfter;
  if (shard || profile)
    throw complain({ path: shard ? "shard" : "profile" }, "does not go with a queue", {
      code: "refused",
      expected: shard ? "either shards or a queue" : "a run without a queue",
    });
  if (ownDataOf(planned) !== undefined)
    throw complain(
      { path: planned.video === undefined ? "images" : "video" },
      "are files of this machine, which others do not know by a name",
      {
        code: "refused",
        expected:
          "the same words with --write-run FILE, which writes down a run file and its card for all machines",
      },
    );
  const work = async (opened: Opened): Promise<RunResult> => {
    const found = await preparePlan({ ...planRequest(planned), cwd, env, onStep: stepsOf(context) });
    const prepared = mixedPlan(found, how.mixed === true);
    for (const text of prepared.notes) onEvent({ type: "note", text });
    const wording = { usual: usualClicks(prepared), shown: (path: string) => shownPath(path, context) };
    const { out: dir, plan, check } = prepared;
    if (!fresh) await refuseOtherRun(dir, { plan, shard: null }, wording);
    const head = await headOf(
      prepared,
      { parts: how.parts === undefined ? "broker" : "folder", of: how.class },
      context,
    );
    if (head.request === null) onEvent({ type: "note", text: needsFile(head) });
    const jobs = unitJobs(prepared);
    // Facts about machines are those of the workers.
    const manifest = { ...(await manifestOf(prepared, {})), software: {}, hardware: {} };
    const units = jobs.map(({ unit }) => unit);
    const lock = lockOptions(context, takeOver);
    const folder = await openRunFolder(dir, manifest, { units, ...wording, check, fresh, lock, durable });
    const before = folder.finished.size;
    const { expected } = folder;
    opened(dir, () => ({ finished: folder.finished.size, expected }), prepared.benchmarks);
    let failures: readonly Problem[] = [];
    try {
      tellStart(folder, prepared, context);
      if (before < expected) failures = await collect({ prepared, how, head, folder, until }, context);
    } finally {
      await folder.close();
    }
    if (folder.finished.size === expected) {
      await how.broker.removeRun(head.id, true);
      if (how.parts !== undefined) await partsFolder(how.parts, head.id).clear();
    }
    return resultOf({ folder, prepared, before, failures, pages }, context);
  };
  return withHistory("run", { tag, note }, context, work, endOfRun);
}

interface Collecting {
  readonly prepared: PreparedRun;
  readonly how: Coordination;
  readonly head: RunHead;
  readonly folder: RunFolder;
  /** By the context's clock. */
  readonly until: number;
}

/** Collects until all is there, or it is asked to stop; returns where too much failed. */
async function collect(
  { prepared, how, head, folder, until }: Collecting,
  context: Context,
): Promise<readonly Problem[]> {
  const { broker, failStuck = false, look: every = LOOK } = how;
  const { signal, clock, onEvent } = context;
  const jobs = unitJobs(prepared);
  const units = jobs.map(({ unit }) => unit);
  const collector = await openCollector(folder, units, prepared);
  const files = how.parts === undefined ? undefined : partsFolder(how.parts, head.id);
  await broker.putRun(head);
  const queue = await broker.open(head.id);
  const { mixed = false } = prepared.plan;
  let numerics = mixed ? undefined : numericsIn(await findManifest(folder.dir));
  const restore = async () => {
    if (mixed) return;
    if (numerics !== undefined) await queue.agree("numerics", numerics);
    for (const [model, unit] of Object.entries(trialUnits(jobs))) {
      const lines = await collector.lines(unit);
      if (lines === undefined || !hasAll(lines, prepared.plan)) continue;
      const sha256 = trialHash(lines, trialTargets(prepared.task));
      await queue.agree(`trial:${model}`, `${sha256} an earlier worker`);
    }
  };
  const block = how.block ?? USUAL_BLOCK[prepared.task.kind];
  const filling = fillQueue({ broker, queue, head, block }, { jobs, folder, collector, restore });
  const told = await tellUnits(prepared, jobs, collector.has, folder, context);
  const about = { jobs, queue, files, collector, told, numerics: () => numerics };
  const arrivals = arrivalsOf(about, context);
  const tell = tellLooks(queue, broker, folder.dir, context);
  const left = () => folder.finished.size < folder.expected;
  try {
    await restore();
    // What was delivered while no coordinator was there.
    told.placed(await collector.append());
    for (const note of (await files?.list()) ?? []) await arrivals.take(note);
    while (await arrivals.some());
    if (left()) await filling.fill();
    let next = clock();
    for (let quiet = 0; left() && !signal.aborted && clock() < until; ) {
      if (!mixed) numerics ??= (await queue.agreed()).numerics;
      if (await arrivals.some()) quiet = 0;
      else {
        quiet += 1;
        await setTimeout(Math.min(LATER, SOON * quiet), undefined, { signal }).catch(() => undefined);
      }
      if (clock() < next || !left()) continue;
      next = clock() + every;
      const look = await filling.look();
      const done = folder.finished.size;
      await queue.present({ worker: coordinatorName, state: "collecting", done }, PRESENT);
      await tell(look);
      if (!look.over || !left()) continue;
      if (!failStuck) throw stuckUnits(look.stuck, units);
      for (const one of look.stuck)
        await arrivals.take(await failedPart(one, prepared, head, numerics ?? "none"));
      await queue.removeFailed((await queue.failed()).map(({ id }) => id));
    }
    await addFacts(folder.dir, factsOf(await queue.agreed()));
  } finally {
    onEvent({ type: "ended" });
    await tellWorkers(folder.dir, undefined);
    const gone = { worker: coordinatorName, state: "gone", done: folder.finished.size };
    const most = setTimeout(LOOK, undefined, { ref: false });
    await Promise.race([queue.present(gone, 1).catch(() => undefined), most]);
    await queue.close();
  }
  if (arrivals.duplicates > 0)
    onEvent({ type: "note", text: `${arrivals.duplicates} parts came twice, each time the same` });
  return left() ? [] : told.failures();
}

/** Says how many workers there are whenever that changes, and what else a look found. */
function tellLooks(queue: RunQueue, broker: Broker, dir: string, { onEvent }: Pick<Context, "onEvent">) {
  let before = -1;
  let written = "";
  const note = (text: string) => onEvent({ type: "note", text });
  return async ({ split, removed, lost, waiting }: Look): Promise<void> => {
    const workers = (await queue.workers()).filter(({ worker }) => worker !== coordinatorName);
    const blocks = waiting === 1 ? "1 block waits" : `${waiting} blocks wait`;
    if (workers.length !== before)
      note(
        workers.length === 0
          ? `no worker is there; segbench work --queue ${broker.name} starts one (${blocks})`
          : `${workers.length === 1 ? "1 worker is" : `${workers.length} workers are`} there (${blocks})`,
      );
    before = workers.length;
    const rate = workers.reduce((sum, one) => sum + (one.rate ?? 0), 0);
    const idle = workers.filter(({ state }) => state === "idle").length;
    const seen = { workers: workers.length, idle, rate: Number(rate.toPrecision(2)) };
    if (written !== JSON.stringify(seen)) await tellWorkers(dir, seen);
    written = JSON.stringify(seen);
    for (const text of removed) note(text);
    if (split > 0) note(`${split} blocks failed, and are tried unit by unit`);
    if (lost) note(`${broker.name} had lost the run: what is left was filled in again`);
  };
}

function numericsIn(manifest: Manifest | undefined): string | undefined {
  const found = manifest?.hardware.numerics;
  return typeof found === "string" ? found : undefined;
}

/** Of all workers, for the manifest. */
function factsOf(agreed: Readonly<Record<string, string>>): Parameters<typeof addFacts>[1] {
  const of = (kind: string) =>
    Object.entries(agreed).flatMap(([key, text]) =>
      key.startsWith(`${kind}:`) ? [[key.slice(kind.length + 1), JSON.parse(text)] as const] : [],
    );
  const machines = of("machine").map(([, facts]) => facts as Pick<Manifest, "software" | "hardware">);
  return {
    ...machines.reduce((a, b) => blendFacts(a, b), { software: {}, hardware: {} }),
    models: Object.fromEntries(of("model")),
  };
}

function stuckUnits(stuck: readonly Stuck[], units: readonly Unit[]): Error {
  return new SegbenchError(
    stuck.map(({ unit, reason }) => {
      const { model, benchmark, sample } = units[unit]!;
      return {
        code: "crashed",
        where: `${model}, ${benchmark}, sample ${sample}`,
        what: "no worker could evaluate it",
        expected: "the same command again, or with `failStuck`, which counts it as failed",
        got: reason,
      };
    }),
  );
}

/** A unit that no machine can do, as rows that failed. */
async function failedPart(
  { unit }: Stuck,
  run: PreparedRun,
  { planHash }: Pick<RunHead, "planHash">,
  numerics: string,
): Promise<Buffer> {
  const { plan, task, protocols, metrics } = run;
  const job = unitJobs(run)[unit]!;
  const settings = { metrics, seed: plan.seed, masks: plan.masks, clock: () => 0, protocols };
  const reason = `no worker could evaluate this ${nounOf(task.kind)}`;
  const { rows, masks } = await failSample(task, job, settings, { reason, read: false });
  const text = unitText(job.unit, rows, masks, {});
  return encodePart({
    ...{
      plan: planHash,
      unit,
      numerics,
      worker: "the coordinator",
      sha256: hashOfText(text),
      files: {},
      text,
    },
  });
}
