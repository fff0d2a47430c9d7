// What a broker does for a run on many machines. It only holds what is to do, and what is on its way: the run folder is the truth, and a
// broker that is lost costs nothing that was written. Who can write to a broker can have known images scored, and nothing else: blocks are
// numbers and names of protocols, and a run's head has names of cards and settings, never a path and never code.
import type { Plan } from "../core/plan.ts";

/** A run as workers find it. */
export interface RunHead {
  /** The first letters of the plan's hash: the name of the run in the broker. */
  readonly id: string;
  readonly plan: Plan;
  readonly planHash: string;
  /** From which a worker without the run file prepares the same plan; or why there is none, a sentence. */
  readonly request: Readonly<Record<string, unknown>> | null;
  readonly withoutRequest?: string;
  /** Of the machines that it is for: see `run --class`. */
  readonly class?: string;
  /** Where parts go: the broker, or a folder that all machines see (each names it itself). */
  readonly parts: "broker" | "folder";
}

/** Consecutive units of one model that are leased together. */
export interface Block {
  readonly id: string;
  readonly from: number;
  /** Not of the block. */
  readonly to: number;
  /** Of those, units that are done already. */
  readonly except?: readonly number[];
  /** Absent: all of the plan. */
  readonly protocols?: readonly string[];
}

/** A block that one worker has, as long as it extends the lease. */
export interface Lease {
  readonly id: string;
  /** As it came from the broker: not looked at yet. */
  readonly data: unknown;
  /** false: somebody else has it, or may have it, by now. */
  extend(): Promise<boolean>;
  /** All its parts are delivered. false: as above. */
  complete(): Promise<boolean>;
  /** It goes to another worker, a few times; then it is listed as failed. */
  fail(reason: string): Promise<void>;
  /** It goes to another worker, and nothing is held against it. */
  giveBack(): Promise<void>;
}

export interface FailedBlock {
  readonly id: string;
  readonly data: unknown;
  readonly reason: string;
}

export interface Counts {
  /** Blocks that nobody has. */
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
  /** Parts on their way, and their bytes. */
  readonly parts: number;
  readonly bytes: number;
}

/** A worker that is there. */
export interface Presence {
  readonly worker: string;
  /** What it is at. */
  readonly state: string;
  /** Units that it delivered; of the coordinator, those in the run folder. */
  readonly done: number;
  /** Units in a second, since it began. */
  readonly rate?: number;
}

/** The name of the one that collects, among those who are there. */
export const coordinatorName = "coordinator";

/** One run in the broker. */
export interface RunQueue {
  // The coordinator's side.
  /** Blocks of ids that are there already are left alone. */
  fill(blocks: readonly Block[]): Promise<void>;
  /** Takes away what nobody has, and what failed. */
  drain(): Promise<void>;
  /** The first parts that were delivered, as they came; they stay. */
  parts(most: number): Promise<readonly Buffer[]>;
  /** Takes one away. */
  drop(part: Buffer): Promise<void>;
  /** Units whose parts cannot be used: they count as not delivered. */
  forget(units: readonly number[]): Promise<void>;
  /** Data of the blocks that somebody has. */
  active(): Promise<readonly unknown[]>;
  /** Of blocks of which enough was tried. */
  failed(): Promise<readonly FailedBlock[]>;
  removeFailed(ids: readonly string[]): Promise<void>;
  retryFailed(): Promise<number>;
  /** A worker whose parts cannot be used: it shall end. */
  refuse(worker: string, reason: string): Promise<void>;
  // A worker's side.
  /** Why this one shall end. */
  refused(worker: string): Promise<string | undefined>;
  /** Waits a few seconds for a block. */
  take(): Promise<Lease | undefined>;
  /** Adds a part; one call, whole or not at all. */
  deliver(unit: number, part: Buffer): Promise<void>;
  /** Units whose parts were delivered. */
  delivered(units: readonly number[]): Promise<ReadonlySet<number>>;
  /** Says that this worker is there, for some seconds. */
  present(presence: Presence, seconds: number): Promise<void>;
  // Of both.
  /** The first who says it is right: what was said first. */
  agree(what: string, value: string): Promise<string>;
  /** All that was agreed upon. */
  agreed(): Promise<Readonly<Record<string, string>>>;
  workers(): Promise<readonly Presence[]>;
  counts(): Promise<Counts>;
  close(): Promise<void>;
}

export interface Broker {
  /** Without user and password. */
  readonly name: string;
  /** A number that no other worker has. */
  number(): Promise<number>;
  putRun(head: RunHead): Promise<void>;
  runs(): Promise<readonly RunHead[]>;
  /** Blocks of a run that nobody has. */
  waiting(id: string): Promise<number>;
  /** `done`: it was finished here within the last day. */
  run(id: string): Promise<RunHead | "done" | undefined>;
  /** All of it; `done`: it is finished. */
  removeRun(id: string, done: boolean): Promise<void>;
  open(id: string, worker?: string): Promise<RunQueue>;
  close(): Promise<void>;
}

/** How long leases hold and what is tried; tests have shorter ones. */
export interface Leases {
  /** Milliseconds for which a lease holds that nobody extends. */
  readonly lock: number;
  /** Milliseconds between looks for leases that ended. */
  readonly check: number;
  /** Times that a block's worker may be lost. */
  readonly lost: number;
  /** Times that a block may fail. */
  readonly tries: number;
  /** Milliseconds that a block which failed rests: another worker is likely to be the next one. */
  readonly rest: number;
}

/** Deaths are found after two to three minutes; shorter leases would double work whenever a network hiccups. Machines that can be taken away are lost often, so five times are no sign of a bad block. */
export const usualLeases: Leases = { lock: 120_000, check: 30_000, lost: 5, tries: 3, rest: 5000 };

/** A head as `putRun` had it; undefined where somebody wrote something else. */
export function readHead(text: string): RunHead | undefined {
  try {
    const head: RunHead = JSON.parse(text);
    const { id, plan, planHash, request, parts, class: of = "" } = head;
    const named = [id, planHash, plan.name, parts, of].every((one) => typeof one === "string");
    const listed = Array.isArray(plan.models) && Array.isArray(plan.benchmarks);
    return named && listed && typeof request === "object" ? head : undefined;
  } catch {
    return undefined;
  }
}
