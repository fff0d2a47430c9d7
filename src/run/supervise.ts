// A crash inside the runtime takes its process with it: runs go on in another one. The supervisor opens no model and reads no
// data, so that it costs little. It starts nothing itself and sees no signal: both are handed to it.
import type { ChildProcess } from "node:child_process";
import { complain } from "../core/errors.ts";
import type { Context } from "./context.ts";
import type { Crashes, HandedOver, Message } from "./supervised.ts";

/** Crashes while a model's workers were being opened, after which they, and not the samples under way, count as the cause. */
const MOST_WHILE_OPENING = 5;

const crashSignals = ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP"];

export interface Supervision {
  /** Starts a process that does the work, with a channel on which it reports what it does; `busy`: units are under way in it. */
  readonly start: (handedOver: HandedOver, busy: () => boolean) => ChildProcess;
  /** Somebody asked to stop. */
  readonly interrupted: () => boolean;
  readonly onEvent: Context["onEvent"];
}

/** How the work ended. */
export type SupervisedEnd =
  /** `code`: of the process, or of the work where the process crashed afterwards. */
  | { readonly how: "exited"; readonly code: number | null }
  | { readonly how: "killed"; readonly signal: NodeJS.Signals }
  /** Somebody asked to stop, and it did not end by itself. */
  | { readonly how: "stopped"; readonly crash: string | undefined }
  /** No process can be started. */
  | { readonly how: "unstarted" };

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The exit code of the work, where it was over: a crash while the process ends changes nothing. */
  readonly outcome: number | undefined;
  /** The model that was being opened. */
  readonly opening: string | undefined;
}

/** Has the work done in another process. Where that crashes with units under way, another one goes on. */
export async function supervise(supervision: Supervision): Promise<SupervisedEnd> {
  const { interrupted, onEvent } = supervision;
  const ledger = crashLedger();
  let whileOpening = 0;
  for (let again = false; ; again = true) {
    const ending = await watch({ again, crashes: [...ledger.crashes] }, ledger, supervision.start);
    if (ending === undefined) return { how: "unstarted" };
    const { code, signal, outcome } = ending;
    if (signal === "SIGKILL" && interrupted()) return { how: "stopped", crash: undefined };
    const crash = crashName(code, signal);
    if (crash === undefined) return signal === null ? { how: "exited", code } : { how: "killed", signal };
    if (outcome !== undefined) return { how: "exited", code: outcome };
    if (interrupted()) return { how: "stopped", crash };
    if (ending.opening !== undefined) whileOpening += 1;
    onEvent({ type: "crashed", crash, ...goOnAfter(crash, ending, ledger, whileOpening) });
  }
}

/** A crash by name; undefined for every other end. Windows has exit codes instead: `abort`'s own, and those of exceptions. */
export function crashName(
  code: number | null,
  signal: NodeJS.Signals | null,
  platform: string = process.platform,
): string | undefined {
  if (signal !== null) return crashSignals.includes(signal) ? signal : undefined;
  const CTRL_C = 0xc000013a;
  if (platform !== "win32" || code === null || code === CTRL_C) return undefined;
  return code === 134 || code >= 0xc0000000 ? `exit code 0x${code.toString(16)}` : undefined;
}

/** One process from start to end; undefined where none can be started. */
function watch(
  handedOver: HandedOver,
  ledger: CrashLedger,
  start: Supervision["start"],
): Promise<Ending | undefined> {
  let outcome: number | undefined;
  let opening: string | undefined;
  const receive = (message: Message) => {
    if ("started" in message) ledger.started(message.started, message.name);
    else if ("written" in message) ledger.written(message.written);
    else if ("opening" in message) opening = message.opening ?? undefined;
    else if ("outcome" in message) outcome = message.outcome;
  };
  return new Promise((resolve) => {
    const child = start(handedOver, () => ledger.underWay.size > 0);
    child.on("message", receive);
    child.on("error", () => child.pid === undefined && resolve(undefined));
    // After the channel is read to its end.
    child.once("close", (code, signal) => resolve({ code, signal, outcome, opening }));
  });
}

/** Which units were under way, and whether one is the cause; throws where the crash is the end of the run. */
function goOnAfter(
  crash: string,
  { opening }: Ending,
  ledger: CrashLedger,
  whileOpening: number,
): { readonly underWay: readonly string[]; readonly alone: boolean } {
  const underWay = [...ledger.underWay.values()];
  const { next, alone } = ledger.crashed();
  if (next === "idle")
    throw opening === undefined
      ? complain("segbench", "the process crashed with nothing under way", { code: "crashed", got: crash })
      : complain(opening, "the process crashed when the model was opened", {
          code: "crashed",
          expected: "a model that onnxruntime can open on this machine",
          got: crash,
        });
  if (whileOpening > MOST_WHILE_OPENING && opening !== undefined)
    throw complain(
      opening,
      "the process crashed again and again while more workers of the model were opened",
      { code: "crashed", expected: "a machine with room for them, or fewer `workers`", got: crash },
    );
  if (next === "stuck")
    throw complain(underWay.join("; "), "the process crashed again and again; the same command tries again", {
      code: "crashed",
      got: crash,
    });
  return { underWay, alone };
}

/** Crashes in a row without a written unit after which a run is given up. An image alone costs three at most. */
const MOST_IN_A_ROW = 5;

export interface CrashLedger {
  /** Units of earlier processes that are not written yet. */
  readonly crashes: Crashes;
  /** Units that are under way now, with their names in messages. */
  readonly underWay: ReadonlyMap<number, string>;
  started(unit: number, name: string): void;
  written(unit: number): void;
  /**
   * The process crashed. `again`: another one may go on; `idle`: it had neither written a unit nor begun one; `stuck`: too
   * often in a row.
   * `alone`: it had worked on one unit only, and that one was a suspect: the unit is the cause, whatever ran before.
   */
  crashed(): { readonly next: "again" | "idle" | "stuck"; readonly alone: boolean };
}

/** What the supervisor of a run knows of its units: which were under way when a process crashed, and which crash alone. */
export function crashLedger(): CrashLedger {
  const crashes = new Map<number, number>();
  const underWay = new Map<number, string>();
  /** Units that this process began. */
  let begun = 0;
  let inARow = 0;
  return {
    crashes,
    underWay,
    started(unit, name) {
      if (!underWay.has(unit)) begun += 1;
      underWay.set(unit, name);
    },
    written(unit) {
      underWay.delete(unit);
      crashes.delete(unit);
      inARow = 0;
    },
    crashed() {
      const units = [...underWay.keys()];
      const idle = begun === 0;
      const alone = begun === 1 && units.some((unit) => crashes.has(unit));
      for (const unit of units) crashes.set(unit, (crashes.get(unit) ?? 0) + (alone ? 1 : 0));
      underWay.clear();
      begun = 0;
      inARow += 1;
      return { next: idle ? "idle" : inARow > MOST_IN_A_ROW ? "stuck" : "again", alone };
    },
  };
}
