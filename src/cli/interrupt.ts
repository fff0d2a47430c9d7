import { type ExitCode, exitCodes } from "./exit.ts";

/** Interrupts that were acted on; undefined `act`: they do what they do by default. */
let handled = 0;
let act: ((count: number) => void) | undefined;
const signals = new Set<NodeJS.Signals>();

/**
 * Milliseconds within which signals are one press: a terminal sends Ctrl-C to every process of its group, and what started this
 * one (npm, tsx) passes its own on.
 */
const onePress = 350;

/** Counts presses of Ctrl-C, and other signals, each however often it arrives; true: this one is new. */
export function pressCounter(clock: () => number = () => performance.now()) {
  let last = Number.NEGATIVE_INFINITY;
  return {
    isNew: (): boolean => {
      const now = clock();
      if (now - last < onePress) return false;
      last = now;
      return true;
    },
    /** Milliseconds for which the last press may still arrive. */
    rest: () => Math.max(0, last + onePress - clock()),
  };
}

/** A signal came here, or to the supervisor. */
export function noteSignal(signal: NodeJS.Signals): void {
  signals.add(signal);
}

/** What a stopped process ends with: a scheduler's SIGTERM asks for the same command again, Ctrl-C does not. */
export function stopCode(): ExitCode {
  return signals.has("SIGTERM") && !signals.has("SIGINT") ? exitCodes.tryAgain : exitCodes.interrupted;
}

/**
 * Ctrl-C asks to stop: what is in flight is finished and written. A second one ends at once; what was written stays whole. What
 * is returned restores the default behaviour.
 */
export function onInterrupt(firstTime: () => void): () => void {
  let own = 0;
  const presses = pressCounter();
  handled = 0;
  act = (count) => {
    if (count <= handled) return;
    if (count > 1) endAtOnce();
    handled = count;
    firstTime();
  };
  const handler = (signal: NodeJS.Signals) => {
    noteSignal(signal);
    if (presses.isNew()) act?.(++own);
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  const off = () => process.off("SIGINT", handler).off("SIGTERM", handler);
  return () => {
    act = undefined;
    const rest = presses.rest();
    if (rest === 0) off();
    else setTimeout(off, rest).unref();
  };
}

/** The supervisor saw this many interrupts, of which some or all came here too. */
export function interruptsSeen(signal: NodeJS.Signals, count: number): void {
  noteSignal(signal);
  if (count <= handled) return;
  if (act === undefined) process.kill(process.pid, signal);
  else act(count);
}

let endAtOnce = (): void => process.exit(stopCode());

/**
 * Where a supervisor gives the exit code nothing needs tidying: an exit would pull the runtime from under threads that compute,
 * which ends in `abort` and its message.
 */
export function endWithoutExit(): void {
  if (process.platform !== "win32") endAtOnce = () => process.kill(process.pid, "SIGKILL");
}
