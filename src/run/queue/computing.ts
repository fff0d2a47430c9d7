// The process that computes for a worker, as the one that holds the leases sees it: orders go to it, parts come from it, after a crash
// another one begins anew with what is left, and one that hangs is ended.
import type { ChildProcess } from "node:child_process";
import type { RunRequest } from "../../config/index.ts";
import { complain, SegbenchError } from "../../core/errors.ts";
import type { FilesRead } from "../../formats/files-read.ts";
import type { UnitText } from "../../store/journal.ts";
import type { Context } from "../context.ts";
import { type Supervision, supervise } from "../supervise.ts";
import type { Order, PreparedWork, Told } from "./compute-units.ts";
import type { HeldUnits } from "./held-blocks.ts";

/** What is done with what it says, one after the other; a rejection is the end. */
export interface Heard {
  part(unit: number, text: UnitText, files: FilesRead): Promise<void>;
  failed(unit: number, reason: string): Promise<void>;
  opened(model: string, facts: unknown): Promise<void>;
  /** Another process begins after a crash: it has no orders yet. */
  anew(): void;
}

export interface Computing {
  /** Says which run it is: the process is there before. */
  prepare(request: RunRequest): void;
  /** Rejects where the run cannot be prepared here. */
  readonly prepared: Promise<PreparedWork>;
  /** Units that were ordered and not begun. */
  readonly ahead: number;
  /** Milliseconds that a unit usually takes from its beginning to its part; 0: not known. */
  readonly usual: number;
  hear(heard: Heard): void;
  /** `targets`: only so many of each unit, the first that are not dropped. */
  order(units: HeldUnits, targets?: number): void;
  /** Resolves at the next thing that happens, or after so many milliseconds; rejects once it cannot go on. */
  change(most: number): Promise<void>;
  /** Rejects once it cannot go on; never resolves. */
  readonly broken: Promise<never>;
  /** What is under way is finished, within so many milliseconds, and nothing else begun. */
  finish(grace: number): Promise<void>;
  end(): Promise<void>;
}

/** A unit that takes longer than this, and this many times the usual, hangs. */
const LEAST_HANG = 600_000;
const TIMES_USUAL = 20;
/** Units whose times say what is usual: the last ones. */
const LOOKED_AT = 100;
/** Milliseconds between looks for that. */
const LOOK = 10_000;
/** Milliseconds in which a process with nothing to do ends by itself. */
const PATIENCE = 5000;

export function startComputing(
  start: Supervision["start"],
  { clock, onEvent }: Pick<Context, "clock" | "onEvent">,
): Computing {
  let child: ChildProcess | undefined;
  let request: RunRequest | undefined;
  let heard: Heard | undefined;
  let ending = false;
  let [anew, finished] = [false, false];
  const ordered = new Set<number>();
  const begun = new Map<number, number>();
  const took: number[] = [];
  let last = clock();
  let wake: () => void = () => undefined;
  const prepared = later<PreparedWork>();
  const broken = later<never>();
  const fail = (error: unknown) => {
    prepared.reject(error);
    broken.reject(error);
    wake();
  };
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (act: () => Promise<void> | void) => {
    turn = turn.then(act).then(() => wake(), fail);
  };
  const over = (unit: number) => {
    const since = begun.get(unit);
    if (since !== undefined) took.unshift(clock() - since);
    took.length = Math.min(took.length, LOOKED_AT);
    begun.delete(unit);
    ordered.delete(unit);
  };
  const hearOne = (told: Told) => {
    last = clock();
    if ("prepared" in told) {
      if (anew) inTurn(() => heard?.anew());
      prepared.resolve(told.prepared);
    } else if ("begun" in told) {
      ordered.delete(told.begun);
      begun.set(told.begun, last);
      wake();
    } else if ("part" in told) {
      over(told.unit);
      inTurn(() => heard?.part(told.unit, told.part, told.files));
    } else if ("failed" in told) {
      over(told.failed);
      inTurn(() => heard?.failed(told.failed, told.reason));
    } else if ("opened" in told) inTurn(() => heard?.opened(told.opened, told.facts));
    else if ("problems" in told) inTurn(() => Promise.reject(new SegbenchError(told.problems)));
    else if ("finished" in told)
      inTurn(() => {
        finished = true;
      });
  };
  const usual = () => took.toSorted((a, b) => a - b)[took.length >> 1] ?? 0;
  const send = (order: Order) => void child?.send(order, () => undefined);
  const watch = setInterval(() => {
    if (begun.size > 0 && clock() - last > Math.max(LEAST_HANG, TIMES_USUAL * usual()))
      child?.kill("SIGABRT");
  }, LOOK).unref();
  const supervised = supervise({
    interrupted: () => ending,
    onEvent,
    start(handedOver, busy) {
      child = start(handedOver, busy);
      anew = handedOver.again;
      ordered.clear();
      begun.clear();
      last = clock();
      child.on("message", (told: Told) => hearOne(told));
      if (request !== undefined) send({ prepare: request });
      return child;
    },
  }).then((end) => {
    if (ending || finished) return;
    const got = end.how === "killed" ? end.signal : end.how === "exited" ? `exit code ${end.code}` : end.how;
    // What it said last is heard first.
    inTurn(() =>
      Promise.reject(complain("segbench work", "the process that computes ended", { code: "crashed", got })),
    );
  }, fail);
  return {
    prepared: prepared.promise,
    broken: broken.promise,
    get ahead() {
      return ordered.size;
    },
    prepare(one) {
      request = one;
      send({ prepare: one });
    },
    get usual() {
      return usual();
    },
    hear(one) {
      heard = one;
    },
    order({ units, protocols }, targets) {
      for (const unit of units) ordered.add(unit);
      send({ units, protocols, targets });
    },
    change: (most) => changed(most),
    async finish(grace) {
      const until = clock() + grace;
      send({ finish: true });
      while (!finished && clock() < until) await changed(until - clock());
    },
    async end() {
      ending = true;
      clearInterval(watch);
      if (!finished) send({ finish: true });
      const timer = setTimeout(() => child?.kill("SIGKILL"), finished ? PATIENCE : 0);
      await supervised;
      clearTimeout(timer);
      await turn;
    },
  };

  function changed(most: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, Math.max(0, most));
    });
    return Promise.race([woken, broken.promise]).finally(() => clearTimeout(timer));
  }
}

function later<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
