import { type ExitCode, exitCodes } from "./exit.ts";

/** Interrupts that were acted on; undefined `act`: they do what they do by default. */
let handled = 0;
let act: ((count: number) => void) | undefined;
const signals = new Set<NodeJS.Signals>();

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
  handled = 0;
  act = (count) => {
    if (count <= handled) return;
    if (count > 1) endAtOnce();
    handled = count;
    firstTime();
  };
  const handler = (signal: NodeJS.Signals) => {
    noteSignal(signal);
    act?.(++own);
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return () => {
    act = undefined;
    process.off("SIGINT", handler);
    process.off("SIGTERM", handler);
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
