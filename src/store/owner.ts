// Who holds a lock, and whether that process still lives, as far as can be told from here.
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Where Linux does not tell (some sandboxes), no process number is trusted. */
const untold = process.platform === "linux" ? "untold" : undefined;

/** What tells one place of processes from another. A process number means something only within one of them. */
export interface Machine {
  readonly host: string;
  /** One start of a kernel, and the numbers' own space: containers keep a host name and count from 1 again. Linux only. */
  readonly boot?: string | undefined;
  readonly space?: string | undefined;
}

/** The work as a scheduler knows it: the same task with a higher attempt is there because the one before ended. */
export interface Task {
  readonly task: string;
  readonly attempt: number;
}

export interface Owner extends Machine, Partial<Task> {
  readonly pid: number;
  /** When the process started, as its kernel counts: tells it from a later one with its number. Linux only. */
  readonly started?: string | undefined;
  /** Which of the locks that the process made. */
  readonly lock?: number | undefined;
}

export function thisMachine(): Machine {
  const [boot, space] = [
    () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    () => readlinkSync("/proc/self/ns/pid"),
  ].map((read) => unlessMissing(read) ?? untold);
  return { host: hostname(), boot, space };
}

function unlessMissing(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** From the variables of SLURM and AWS Batch; undefined without an attempt's number (Kubernetes has none). */
export function taskOf(env: Readonly<Record<string, string | undefined>>): Task | undefined {
  const { SLURM_CLUSTER_NAME, SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID, SLURM_JOB_ID } = env;
  const { SLURM_RESTART_COUNT, AWS_BATCH_JOB_ID, AWS_BATCH_JOB_ATTEMPT } = env;
  if (SLURM_JOB_ID) {
    const array = SLURM_ARRAY_JOB_ID && SLURM_ARRAY_TASK_ID;
    const id = array ? `${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}` : SLURM_JOB_ID;
    const cluster = SLURM_CLUSTER_NAME ? ` of ${SLURM_CLUSTER_NAME}` : "";
    return attempted(`SLURM job ${id}${cluster}`, SLURM_RESTART_COUNT || "0");
  }
  return AWS_BATCH_JOB_ID ? attempted(`AWS Batch job ${AWS_BATCH_JOB_ID}`, AWS_BATCH_JOB_ATTEMPT) : undefined;
}

function attempted(task: string, attempt: string | undefined): Task | undefined {
  return /^\d+$/.test(attempt ?? "") ? { task, attempt: Number(attempt) } : undefined;
}

export function thisProcess(machine: Machine, task: Task | undefined): Owner {
  return { pid: process.pid, ...machine, started: processState(process.pid)?.started, ...task };
}

/** "process 12 on n1 (SLURM job 7_3, attempt 1)". */
export function ownerName({ pid, host, task, attempt }: Owner): string {
  return `process ${pid} on ${host}${task === undefined ? "" : ` (${task}, attempt ${attempt})`}`;
}

/** The beat comes first and is as wide as it ever gets, so that it can be changed in place. */
const BEAT_DIGITS = 8;
export const beatStart = '{"beat":"'.length;

export function beatText(beat: number): string {
  return String(beat).padStart(BEAT_DIGITS, "0");
}

export function lockText(owner: Owner): string {
  return `${JSON.stringify({ beat: beatText(0), ...owner })}\n`;
}

/** undefined for a lock that was torn while it was written. */
export function ownerOf(text: string): Owner | undefined {
  try {
    const found = JSON.parse(text) as Partial<Owner>;
    return Number.isInteger(found.pid) && typeof found.host === "string" ? (found as Owner) : undefined;
  } catch {
    return undefined;
  }
}

/** Two texts of one lock: only the beat differs. */
export function isSameLock(a: string, b: string): boolean {
  const rest = (text: string) => text.replace(/"beat":"\d*"/, "");
  return rest(a) === rest(b);
}

/**
 * `unknown`: only time will tell. `heldHere`: the lock is one of this process's.
 */
export function stateOf(owner: Owner, me: Owner, heldHere: boolean): "alive" | "gone" | "unknown" {
  const { pid, task, attempt = 0, started } = owner;
  if (task !== undefined && task === me.task && (me.attempt ?? 0) > attempt) return "gone";
  if (!isSameMachine(owner, me)) return "unknown";
  if (pid === me.pid && (started ?? me.started) === me.started) return heldHere ? "alive" : "gone";
  return isRunning(pid, started) ? "alive" : "gone";
}

/** A lock that says no more than the host's name is taken at its word. */
function isSameMachine(owner: Owner, me: Owner): boolean {
  if (owner.host !== me.host || [me.boot, me.space].includes("untold")) return false;
  if (owner.boot === undefined && owner.space === undefined) return true;
  return owner.boot === me.boot && owner.space === me.space;
}

function isRunning(pid: number, started: string | undefined): boolean {
  const state = processState(pid);
  // On Linux a process that has ended still answers until its parent has reaped it: in a container, perhaps never.
  if (state !== undefined && /[ZX]/.test(state.letter)) return false;
  if (state !== undefined && started !== undefined && state.started !== started) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** As Linux tells it; undefined elsewhere, and for a process that there is not. */
function processState(pid: number) {
  const text = unlessMissing(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  // The name comes in brackets and may hold anything; then the state, and as the 20th from there the start.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields === undefined ? undefined : { letter: fields[0]!, started: fields[19]! };
}
