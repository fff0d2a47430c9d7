// A worker: it takes blocks of a run from a broker and has them computed. The process that holds the leases opens no model and reads no
// data, so that nothing keeps it from extending them; another one computes (compute-units.ts), and may crash.
import { hostname } from "node:os";
import { setTimeout } from "node:timers/promises";
import type { RunRequest } from "../../config/index.ts";
import { complain } from "../../core/errors.ts";
import { type Broker, coordinatorName, type RunHead, type RunQueue } from "../../queue/broker.ts";
import { partsFolder } from "../../queue/parts-folder.ts";
import type { Context } from "../context.ts";
import type { Supervision } from "../supervise.ts";
import type { PreparedWork } from "./compute-units.ts";
import { type Computing, startComputing } from "./computing.ts";
import { findRun, fitting, MOST_ALONE, nextLook, nextRun, type Only, refuseOtherPlan } from "./find-run.ts";
import { type HeldBlocks, heldBlocks } from "./held-blocks.ts";
import { mixedPlan, requestOf } from "./named-run.ts";
import { trialsOf } from "./trials.ts";

export interface WorkOptions {
  readonly broker: Broker;
  /** A run file and what is laid over it; without a file the run is prepared from the names that the broker has. */
  readonly request: RunRequest;
  /** Absolute: where parts go, where the run has a folder for them. */
  readonly parts?: string | undefined;
  /** Runs that are taken part in: of this class, of no other models, by this provider. */
  readonly only?: Only | undefined;
  /** End when no run is left; otherwise the next one is waited for. */
  readonly untilDone: boolean;
  /** Milliseconds that units under way get when the worker is asked to stop. */
  readonly grace: number;
  /** Milliseconds between extensions of leases. */
  readonly extendEvery: number;
  /** Starts the process that computes. */
  readonly start: Supervision["start"];
}

export interface Worked {
  /** Runs that were worked on, and units that were delivered. */
  readonly runs: number;
  readonly units: number;
  readonly stopped: boolean;
}

/** Milliseconds between looks for what may have changed. */
const LOOK = 1000;
/** Seconds for which others take a worker for present that says nothing more. */
const PRESENT = 30;
/** Failures in a row after which the fault is taken to be this machine's. */
const MOST_FAILURES = 3;
/** Milliseconds without a block although some wait, after which the queue is opened anew; and how often that is tried. */
const MOST_IDLE = 60_000;
const MOST_OPENED = 3;
/** Milliseconds that a unit takes, from which on none is taken ahead: others may do it sooner. */
const LONG = 1000;
/** Milliseconds for which the last call that may bring a block is waited for. */
const LAST_TAKE = 3000;
/** Milliseconds between looks for a coordinator, which cost the broker something. */
const LOOK_ALONE = 60_000;

/** Takes part in runs until it is asked to stop, or, as the options say, none is left. Rejects where this machine cannot, or must not, take part. */
export async function work(options: WorkOptions, context: Context): Promise<Worked> {
  const { broker, request, untilDone } = options;
  const worker = `${hostname()}-${process.pid}-${await broker.number()}`;
  const own = typeof request.file === "string";
  const stop = stopped(context.signal);
  const fits = fitting(options.only);
  /** Nobody collects them any more. */
  const abandoned = new Set<string>();
  let [runs, units] = [0, 0];
  // It takes a while to start: as long as a run takes to come.
  let computing: Computing | undefined = startComputing(options.start, context);
  try {
    const since = context.clock();
    for (let wait = nextLook(); !context.signal.aborted; wait = nextLook(wait)) {
      const there = (await broker.runs()).filter((one) => fits(one) && !abandoned.has(one.id));
      const head = own ? undefined : await nextRun(broker, there, runs > 0);
      const none = !own && head === undefined;
      const late = runs > 0 || context.clock() - since > MOST_ALONE;
      if (none && untilDone && late && there.length === 0) break;
      computing ??= startComputing(options.start, context);
      if (none) {
        await setTimeout(wait, undefined, { signal: context.signal }).catch(() => undefined);
        continue;
      }
      const done = await workOn(head, { worker, stop, computing }, options, context);
      units += done.units;
      runs += 1;
      if (own) break;
      if (done.abandoned !== undefined) abandoned.add(done.abandoned);
      wait = nextLook();
      await computing.end();
      computing = undefined;
    }
  } finally {
    await computing?.end();
  }
  return { runs, units, stopped: context.signal.aborted };
}

/** One run, until it is done or others have more to do; how many units were delivered, and its id where nobody collects them any more. */
async function workOn(
  named: RunHead | undefined,
  { worker, stop, computing }: Pick<Working, "worker" | "stop" | "computing">,
  options: WorkOptions,
  context: Context,
): Promise<{ readonly units: number; readonly abandoned?: string }> {
  const { broker, parts, grace, extendEvery, untilDone } = options;
  const own = named === undefined;
  computing.prepare(own ? options.request : requestOf(named, options.request));
  const prepared = await Promise.race([computing.prepared, stop]);
  if (prepared === "stopped") return { units: 0 };
  const head = named ?? (await findRun(broker, prepared, options, context));
  if (head === undefined) return { units: 0 };
  for (const text of prepared.notes) context.onEvent({ type: "note", text });
  const mixed = head.plan.mixed === true;
  refuseOtherPlan(head, mixedPlan(prepared, mixed));
  const folder = folderOf(head, parts);
  const opened = { queue: await broker.open(head.id, worker) };
  const { numerics } = prepared;
  const held = heldBlocks(head, { worker, numerics }, folder);
  const began = context.clock();
  const present = () => {
    const rate = held.done / Math.max(1, (context.clock() - began) / 1000);
    const state = held.left > 0 ? "busy" : "idle";
    return opened.queue.present({ worker, state, done: held.done, rate }, PRESENT);
  };
  const every = (milliseconds: number, act: () => Promise<void>) =>
    setInterval(() => void act().catch(() => undefined), milliseconds);
  const timers = [every((1000 * PRESENT) / 3, present), every(extendEvery, held.extend)];
  try {
    const agreed = mixed ? numerics : await opened.queue.agree("numerics", numerics);
    if (agreed !== numerics) throw otherNumerics(agreed, numerics);
    const { software } = prepared;
    const hardware = { ...prepared.hardware, numerics };
    await opened.queue.agree(`machine:${worker}`, JSON.stringify({ software, hardware }));
    await present();
    context.onEvent({ type: "note", text: `${worker}: working on ${head.plan.name}` });
    const about = { head, prepared, computing, held, worker, opened, broker, stop, own, untilDone };
    const end = await takeBlocks(about, context);
    if (context.signal.aborted && held.left > 0) await computing.finish(grace);
    return { units: held.done, ...(end === "abandoned" ? { abandoned: head.id } : {}) };
  } finally {
    for (const timer of timers) clearInterval(timer);
    await held.giveBack().catch(() => undefined);
    await opened.queue.present({ worker, state: "gone", done: held.done }, 1).catch(() => undefined);
    await opened.queue.close();
  }
}

interface Working {
  readonly head: RunHead;
  readonly prepared: PreparedWork;
  readonly computing: Computing;
  readonly held: HeldBlocks;
  readonly worker: string;
  readonly opened: { queue: RunQueue };
  readonly broker: Broker;
  readonly stop: Promise<"stopped">;
  /** It came for this run alone. */
  readonly own: boolean;
  readonly untilDone: boolean;
}

/** Takes block after block, always as far ahead as the process that computes has lanes. */
async function takeBlocks(
  { head, prepared, computing, held, opened, broker, worker, stop, own, untilDone }: Working,
  { signal, clock, onEvent }: Context,
): Promise<"over" | "abandoned"> {
  const trials = trialsOf({
    ...{ plan: head.plan, trials: head.plan.mixed ? {} : prepared.trials, targets: prepared.trialTargets },
    ...{ worker, order: computing.order },
    agree: (what, value) => opened.queue.agree(what, value),
  });
  let failures = 0;
  computing.hear({
    async part(unit, text, files) {
      if (!(await trials.passed(unit, text, files))) return;
      await held.deliver(opened.queue, unit, text, files);
      failures = 0;
    },
    async failed(unit, reason) {
      failures += 1;
      await held.fail(unit, reason);
      if (failures < MOST_FAILURES && !trials.isOf(unit)) return;
      throw complain(worker, "cannot evaluate anything", { code: "crashed", got: reason });
    },
    opened: async (model, facts) => void (await opened.queue.agree(`model:${model}`, JSON.stringify(facts))),
    anew: () => trials.again(held.all()),
  });
  let idle = clock();
  let times = 0;
  /** Since when no coordinator was seen, and the last look for one. */
  let [alone, looked] = [clock(), clock()];
  const isAbandoned = async () => {
    if (!untilDone || clock() - looked < LOOK_ALONE) return false;
    looked = clock();
    const there = await opened.queue.workers();
    if (there.some(({ worker: name, state }) => name === coordinatorName && state !== "gone")) alone = looked;
    if (looked - alone < MOST_ALONE) return false;
    const text = `${head.plan.name} has had no coordinator for 10 minutes: it is left to itself (the same \`run\` goes on with it)`;
    onEvent({ type: "note", text });
    return true;
  };
  let taking: ReturnType<HeldBlocks["take"]> | undefined;
  try {
    while (!signal.aborted) {
      const enough = computing.usual < LONG ? computing.ahead >= prepared.lanes : held.left >= prepared.lanes;
      if (trials.underWay || enough) {
        await computing.change(LOOK);
        idle = clock();
        continue;
      }
      taking ??= held.take(opened.queue);
      const taken = await Promise.race([taking, computing.broken, stop]);
      if (taken === "stopped") break;
      taking = undefined;
      if (typeof taken === "object") trials.order(taken);
      if (taken !== "nothing") idle = clock();
      if (typeof taken === "object") [alone, looked] = [clock(), clock()];
      else if (held.left === 0 && (await isAbandoned())) return "abandoned";
      if (taken !== "nothing") continue;
      if (held.left === 0 && (await isOver(broker, head.id, own))) return "over";
      if (clock() - idle < MOST_IDLE || (await opened.queue.counts()).waiting === 0) continue;
      // Workers have been seen to wait for ever after their connection was lost.
      times += 1;
      if (times >= MOST_OPENED)
        throw complain(broker.name, "gives out no blocks although some wait", {
          code: "busy",
          expected: "the same command again",
        });
      const { queue } = opened;
      opened.queue = await broker.open(head.id, worker);
      await queue.close();
      idle = clock();
    }
  } finally {
    // A block that still comes is given back with the others.
    await Promise.race([taking?.catch(() => undefined), setTimeout(LAST_TAKE, undefined, { ref: false })]);
  }
  return "over";
}

/** It is done, or others have more to do. */
async function isOver(broker: Broker, id: string, own: boolean): Promise<boolean> {
  if ((await broker.run(id)) === "done") return true;
  if (own || (await broker.waiting(id)) > 0) return false;
  for (const one of await broker.runs())
    if (one.request !== null && (await broker.waiting(one.id)) > 0) return true;
  return false;
}

function folderOf({ parts, plan, id }: RunHead, root: string | undefined) {
  if (parts === "broker") return undefined;
  if (root !== undefined) return partsFolder(root, id);
  throw complain({ path: "parts" }, `${plan.name} has its parts in a folder, and none is named here`, {
    code: "missing-key",
    expected: "the folder that its coordinator has, as this machine sees it",
  });
}

function otherNumerics(first: string, own: string): Error {
  return complain(
    "segbench work",
    "this machine rounds in another way than the one that began: their rows would not be one result",
    { code: "refused", expected: first, got: own },
  );
}

function stopped(signal: AbortSignal): Promise<"stopped"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("stopped");
    else signal.addEventListener("abort", () => resolve("stopped"), { once: true });
  });
}
