// The two processes of a supervised run, as processes: how the second one is started and watched, and what it does when its
// supervisor is gone. What is decided after a crash is in src/run/supervise.ts.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import type { RunEvent } from "../run/context.ts";
import { supervise } from "../run/supervise.ts";
import { type Attempts, type HandedOver, type Message, unwatched, watched } from "../run/supervised.ts";
import { inPlace } from "./announcement.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { endWithoutExit, interruptsSeen, noteSignal, pressCounter } from "./interrupt.ts";
import { liveStream, say, stoppingWords, type Terminal } from "./terminal.ts";

/** Set where a run is not to be supervised: by the supervisor (what it hands over, as JSON) or by the user (any other value). */
export const supervisedVariable = "SEGBENCH_SUPERVISED";

/**
 * The work makes arrays outside of the heap, image after image; V8 collects as often as if they lay within a small one. A
 * larger heap to begin with spares most of these collections (and a tenth of the processor time with a small model).
 */
export const heapFlags = ["--initial-old-space-size=256"];

/** Interrupts that the supervisor has seen: those of a terminal come to both processes, so they are counted, not added. */
interface Interrupts {
  readonly signal: NodeJS.Signals;
  readonly count: number;
}

/**
 * Does the work in a process of its own: this command line once more. Where that process crashes with units under way, another
 * one goes on; how it ends otherwise is how this one ends. `SEGBENCH_SUPERVISED=off`, or a debugger, keeps to one process.
 */
export async function supervised(
  terminal: Terminal,
  work: (attempts: Attempts) => Promise<ExitCode>,
): Promise<ExitCode> {
  const debugged = process.execArgv.some((word) => word.startsWith("--inspect"));
  if (process.env[supervisedVariable] !== undefined || debugged) return workSupervised(work);
  const interrupts = countInterrupts(() => sayBelow(terminal, stoppingWords));
  const start = (handedOver: HandedOver, busy: () => boolean) => {
    const child = spawn(process.execPath, [...heapFlags, ...process.execArgv, ...process.argv.slice(1)], {
      stdio: ["inherit", "inherit", "inherit", "ipc"],
      env: {
        ...process.env,
        [supervisedVariable]: JSON.stringify({ ...handedOver, spent: terminal.clock() }),
      },
    });
    interrupts.pass(child, busy);
    return child;
  };
  try {
    const end = await supervise({
      start,
      interrupted: interrupts.seen,
      onEvent: (event) => {
        if (event.type === "crashed") sayBelow(terminal, crashText(event));
      },
    });
    if (end.how === "unstarted") return await work(unwatched);
    if (end.how === "killed" && !interrupts.seen()) return dieOf(end.signal);
    if (end.how === "exited") return (end.code ?? exitCodes.error) as ExitCode;
    const crash = end.how === "stopped" ? end.crash : undefined;
    const how = crash !== undefined ? ` by a crash (${crash})` : interrupts.forced() ? " at once" : "";
    sayBelow(terminal, `stopped${how}: the same command continues`);
    return terminal.stopCode();
  } finally {
    interrupts.stop();
  }
}

/** A line of the supervisor: the cursor may be at the beginning of what its child showed, and will show again. */
function sayBelow(terminal: Terminal, text: string): void {
  if (liveStream(terminal) === undefined) say(terminal, text);
  else terminal.stderr.write(inPlace(`${text}\n`));
}

/** Does the work as the supervised process: it ends with its supervisor and takes interrupts from it. */
async function workSupervised(work: (attempts: Attempts) => Promise<ExitCode>): Promise<ExitCode> {
  const handedOver = process.env[supervisedVariable];
  if (process.send === undefined || handedOver?.startsWith("{") !== true) return work(unwatched);
  // Once the supervisor is killed, nobody reports the outcome, and its caller may start again.
  const orphaned = () => process.kill(process.pid, "SIGKILL");
  process.on("disconnect", orphaned);
  if (process.connected === false) orphaned();
  process.on("message", ({ signal, count }: Interrupts) => {
    interruptsSeen(signal, count);
    void send({ heard: count });
  });
  process.channel?.unref();
  endWithoutExit();
  const outcome = await work(watched(JSON.parse(handedOver), send));
  await send({ outcome });
  return outcome;
}

/** Resolves when the message has left this process; a supervisor that is gone gets nothing. */
function send(message: Message): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });
}

/** Milliseconds after which a child that is too busy to say that it stops is spoken for. */
const SILENCE = 500;

/**
 * The first interrupt is the child's to handle while units are under way in it: a terminal sends it to both processes, `kill`
 * only to this one, so the child gets their number. With nothing under way (models are opened, a report is written) Ctrl-C has
 * nothing to wait for; a second one waits for nothing, whatever the child is at.
 */
function countInterrupts(speakForChild: () => void) {
  let child: ChildProcess | undefined;
  let busy = () => false;
  let count = 0;
  let silence: NodeJS.Timeout | undefined;
  const presses = pressCounter();
  const handler = (signal: NodeJS.Signals) => {
    noteSignal(signal);
    if (!presses.isNew()) return;
    count += 1;
    const message: Interrupts = { signal, count };
    if (count > 1 || (signal === "SIGINT" && !busy())) child?.kill("SIGKILL");
    else if (child?.connected) {
      child.send(message, () => undefined);
      silence = setTimeout(speakForChild, SILENCE);
    }
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return {
    pass: (next: ChildProcess, underWay: () => boolean) => {
      child = next;
      busy = underWay;
      child.on("message", (message: Message) => {
        if ("heard" in message) clearTimeout(silence);
      });
      child.once("exit", () => clearTimeout(silence));
    },
    seen: () => count > 0,
    forced: () => count > 1,
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

export function crashText({ crash, underWay, alone }: Extract<RunEvent, { type: "crashed" }>): string {
  if (alone)
    return `${underWay[0]}: the process crashed again with this image alone (${crash}): its targets fail`;
  if (underWay.length === 0) return `the process crashed (${crash}) between two images: going on`;
  const images = underWay.length === 1 ? underWay[0] : `${underWay.length} images`;
  return `the process crashed (${crash}) with ${images} under way: going on, one at a time at first`;
}
