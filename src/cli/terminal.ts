// What the command line gets from the program that started it: the process itself, or a test.
import type { Writable } from "node:stream";
import { type Problem, SegbenchError } from "../core/errors.ts";
import { milliseconds } from "../models/runtime/clock.ts";
import { shownPath } from "../run/context.ts";
import { type Attempts, unwatched } from "../run/supervised.ts";
import { erased, preparing } from "./announcement.ts";
import { type ExitCode, exitCodes } from "./exit.ts";

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** The command line, as it can be pasted into a shell. */
  readonly command?: string | undefined;
  /** It shows a line that says that something is being prepared. */
  readonly announced?: boolean;
  /** Milliseconds. */
  readonly clock: () => number;
  /** Asks a question where somebody can answer it; undefined where nobody can. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** From now on `act` is called at the first interrupt; the function returned ends that. */
  readonly onInterrupt: (act: () => void) => () => void;
  /** The exit code of a verb that was asked to stop, by whatever asked. */
  readonly stopCode: () => ExitCode;
  /** Has work done in a process of its own, where there can be one. */
  readonly supervised: (work: (attempts: Attempts) => Promise<ExitCode>) => Promise<ExitCode>;
}

/** A terminal made of streams: nothing is supervised, and only a signal asks to stop. */
export function terminalOf({
  signal,
  ...streams
}: Pick<Terminal, "stdout" | "stderr" | "env" | "cwd"> & {
  readonly signal?: AbortSignal | undefined;
}): Terminal {
  return {
    ...streams,
    clock: milliseconds,
    onInterrupt: (act) => {
      if (signal?.aborted) act();
      else signal?.addEventListener("abort", act, { once: true });
      return () => signal?.removeEventListener("abort", act);
    },
    stopCode: () => exitCodes.interrupted,
    supervised: (work) => work(unwatched),
  };
}

/** What the first interrupt is answered with while images are under way. */
export const stoppingWords = "stopping after what is under way; press Ctrl-C again to stop at once";

/** One line on standard error. */
export function say({ stderr }: Pick<Terminal, "stderr">, text: string): void {
  stderr.write(`${text}\n`);
}

/** Where something lies, on standard output. */
export function printPlace(what: string, path: string, terminal: Terminal): void {
  terminal.stdout.write(`\n${what}: ${shownPath(path, terminal)}\n`);
}

/** As live bars need it; undefined where standard error is not a terminal. */
export function liveStream({
  stderr,
  env,
}: Pick<Terminal, "stderr" | "env">): (Writable & Output) | undefined {
  return stderr.isTTY === true && env.TERM !== "dumb" ? (stderr as Writable & Output) : undefined;
}

/** A terminal on which a line says at once that something is being prepared; the first output of any kind takes its place, and `end` removes it. */
export function announced(terminal: Terminal) {
  const stream = liveStream(terminal);
  let pending = stream !== undefined && terminal.announced === true;
  const end = () => {
    if (pending) stream?.write(erased);
    pending = false;
  };
  const replacing = <One extends Output>(output: One): One =>
    new Proxy(output, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          if (key === "write") end();
          return Reflect.apply(value, target, given);
        };
      },
    });
  const announce = () => {
    if (stream !== undefined && !pending) stream.write(preparing);
    pending = stream !== undefined;
  };
  const { stdout, stderr } = terminal;
  const shown =
    stream === undefined ? terminal : { ...terminal, stdout: replacing(stdout), stderr: replacing(stderr) };
  return { terminal: shown, announce, end };
}

/** One message for what users can fix; a stack for what only we can. */
export function messageOf(error: unknown, { env }: Pick<Terminal, "env">): string {
  if (!(error instanceof Error)) return String(error);
  const known = error instanceof SegbenchError;
  if (!known || env.SEGBENCH_STACK !== undefined) return error.stack ?? error.message;
  return new SegbenchError(error.problems.map(withFlags)).message;
}

/** What verbs take without a flag. */
const words = ["benchmark", "candidate", "predictions", "reference"];

/** The library names options as programs write them; here they are flags. */
function withFlags({ where, ...problem }: Problem): Problem {
  const isOption = typeof where !== "string" && where.file === undefined && /^[a-z]/.test(where.path);
  const isWord = isOption && (/^segbench /.test(where.path) || words.includes(where.path));
  return { ...problem, where: isOption && !isWord ? { ...where, path: flagOf(where.path) } : where };
}

const flags = [
  ...[
    "allowCpuFallback",
    "annotations",
    "video",
    "available",
    "benchmarks",
    "data",
    "family",
    "force",
    "fresh",
    "from",
    "ids",
    "limit",
    "match",
    "maxFailures",
    "out",
    "phrases",
    "protocol",
  ],
  ...["images", "video", "masks", "model", "models", "protocols", "points", "box", "takeOver", "workers"],
];

/** "allowCpuFallback" -> "--allow-cpu-fallback"; "models[0]" -> "--models[0]"; what follows a dot is a key, and stays. */
function flagOf(option: string): string {
  return `--${option.replace(/(?<!\..*)[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The same of options within a sentence: `fresh`. */
function flagsIn(text: string): string {
  return text.replace(/`(\w+)`/g, (word, option: string) => (flags.includes(option) ? flagOf(option) : word));
}

/** Prints what went wrong. */
export function failed(terminal: Terminal, text: string): ExitCode {
  say(terminal, `error: ${flagsIn(text)}`);
  return exitCodes.error;
}
