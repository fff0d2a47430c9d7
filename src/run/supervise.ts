// A crash inside the runtime takes its process with it: runs go on in another one. The supervisor opens no model and reads no
// data, so that it costs little.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { complain } from "../core/errors.ts";
import { type CrashLedger, crashLedger } from "./crash-ledger.ts";
import {
  type HandedOver,
  type Interrupts,
  supervisedVariable,
  type Told,
  workSupervised,
} from "./supervised.ts";

/**
 * The work makes arrays outside of the heap, image after image; V8 collects as often as if they lay within a small one. A
 * larger heap to begin with spares most of these collections (and a tenth of the processor time with a small model).
 */
const heapFlags = ["--initial-old-space-size=256"];

/** Crashes while a model's workers were being opened, after which they, and not the images under way, are blamed. */
const MOST_WHILE_OPENING = 5;

const crashSignals = ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP"];

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the work came to, where it was over: a crash while the process ends changes nothing. */
  readonly outcome: ExitCode | undefined;
  /** The model that was being opened. */
  readonly opening: string | undefined;
}

/**
 * Does the work in a process of its own: this command line once more. Where that process crashes with units under way, another
 * one goes on; how it ends otherwise is how this one ends. `SEGBENCH_SUPERVISED=off`, or a debugger, keeps to one process.
 */
export async function supervise(work: () => Promise<ExitCode>): Promise<ExitCode> {
  const debugged = process.execArgv.some((word) => word.startsWith("--inspect"));
  if (process.env[supervisedVariable] !== undefined || debugged) return workSupervised(work);
  const ledger = crashLedger();
  let whileOpening = 0;
  const interrupts = countInterrupts();
  try {
    for (let again = false; ; again = true) {
      const ending = await watch({ again, crashes: [...ledger.crashes] }, ledger, interrupts.pass);
      if (ending === undefined) return await work();
      const { code, signal, outcome } = ending;
      if (signal === "SIGKILL" && interrupts.seen()) {
        say("stopped at once: the same command continues");
        return exitCodes.interrupted;
      }
      const crash = crashName(code, signal);
      if (crash === undefined)
        return signal === null ? ((code ?? exitCodes.error) as ExitCode) : dieOf(signal);
      if (outcome !== undefined) return outcome;
      // The cursor may be among progress bars.
      if (process.stderr.isTTY) process.stderr.write("\n");
      if (interrupts.seen()) {
        say(`stopped by a crash (${crash}): the same command continues`);
        return exitCodes.interrupted;
      }
      if (ending.opening !== undefined) whileOpening += 1;
      goOnAfter(crash, ending, ledger, whileOpening > MOST_WHILE_OPENING);
    }
  } finally {
    interrupts.stop();
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
  pass: (child: ChildProcess) => void,
): Promise<Ending | undefined> {
  let outcome: ExitCode | undefined;
  let opening: string | undefined;
  const hear = (told: Told) => {
    if ("started" in told) ledger.started(told.started, told.name);
    else if ("written" in told) ledger.written(told.written);
    else if ("opening" in told) opening = told.opening ?? undefined;
    else if ("outcome" in told) outcome = told.outcome;
  };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...heapFlags, ...process.execArgv, ...process.argv.slice(1)], {
      stdio: ["inherit", "inherit", "inherit", "ipc"],
      env: { ...process.env, [supervisedVariable]: JSON.stringify(handedOver) },
    });
    pass(child);
    child.on("message", hear);
    child.on("error", () => child.pid === undefined && resolve(undefined));
    // After the channel is read to its end.
    child.once("close", (code, signal) => resolve({ code, signal, outcome, opening }));
  });
}

/** Says what the crash means for the run; throws where it is the end of it. */
function goOnAfter(crash: string, { opening }: Ending, ledger: CrashLedger, giveUp: boolean): void {
  const names = [...ledger.underWay.values()];
  const { next, alone } = ledger.crashed();
  if (next === "idle")
    throw opening === undefined
      ? complain({ where: "segbench", what: "the process crashed with no image under way", got: crash })
      : complain({
          where: opening,
          what: "the process crashed when the model was opened",
          expected: "a model that onnxruntime can open on this machine",
          got: crash,
        });
  if (giveUp && opening !== undefined)
    throw complain({
      where: opening,
      what: "the process crashed again and again while more workers of the model were opened",
      expected: "a machine with room for them; `--workers 1` opens one",
      got: crash,
    });
  if (next === "stuck")
    throw complain({
      where: names.join("; "),
      what: "the process crashed again and again; the same command tries once more",
      got: crash,
    });
  if (alone) say(`${names[0]}: the process crashed again with this image alone (${crash}): its targets fail`);
  else if (names.length === 0) say(`the process crashed (${crash}) between two images: going on`);
  else {
    const images = names.length === 1 ? names[0] : `${names.length} images`;
    say(`the process crashed (${crash}) with ${images} under way: going on, one at a time at first`);
  }
}

/**
 * Interrupts are the child's to handle. A terminal sends them to both processes, `kill` to this one alone, so the child is
 * told how many there were.
 */
function countInterrupts() {
  let child: ChildProcess | undefined;
  let count = 0;
  const handler = (signal: NodeJS.Signals) => {
    count += 1;
    const message: Interrupts = { signal, count };
    if (child?.connected) child.send(message, () => undefined);
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return {
    pass: (next: ChildProcess) => {
      child = next;
    },
    seen: () => count > 0,
    stop: () => {
      process.off("SIGINT", handler);
      process.off("SIGTERM", handler);
    },
  };
}

/** The caller sees what it would see without a supervisor. */
function dieOf(signal: NodeJS.Signals): never {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The first process of a container does not die of its own signals.
  process.exit(128 + constants.signals[signal]);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
