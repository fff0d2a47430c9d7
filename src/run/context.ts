// What every step of every verb takes from the program around it, and what it reports while it works. Nothing below src/cli reads
// the working folder, the environment, the clock or a signal by itself, or prints.
import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { Preparing } from "../config/plugins.ts";
import { complain } from "../core/errors.ts";
import { given } from "../core/given.ts";
import type { Unit as MeasureUnit } from "../core/measure.ts";
import type { ModelTimes } from "../core/timing.ts";
import type { Sample } from "../core/types.ts";
import { milliseconds } from "../models/runtime/clock.ts";
import type { LockOptions, LockWait } from "../store/lock.ts";
import type { TimedWith, Verdict } from "./verdict.ts";

export { shownPath } from "../config/paths.ts";

export interface Context {
  /** The working folder, absolute: what relative paths are relative to, and where cards are looked for first. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds from anywhere, never backwards. */
  readonly clock: () => number;
  /**
   * Aborted: what is in flight is finished and written, and the step returns with what it has. A report, a merge and a
   * comparison reject with the signal's reason, since half of the rows would give other numbers.
   */
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
  /** What history.jsonl says of who called; absent: a program. */
  readonly command?: string | undefined;
}

/** A context of which only the working folder must be given; throws where there is no such folder. */
export function contextOf({ cwd, ...rest }: Partial<Context> & Pick<Context, "cwd">): Context {
  if (typeof cwd !== "string" || !isAbsolute(cwd) || !existsSync(cwd))
    throw complain("cwd", "is not a working folder", {
      code: "not-found",
      expected: "the absolute path of an existing folder",
      got: JSON.stringify(cwd) ?? "nothing",
    });
  return {
    cwd,
    env: rest.env ?? {},
    clock: rest.clock ?? milliseconds,
    signal: rest.signal ?? new AbortController().signal,
    onEvent: rest.onEvent ?? (() => undefined),
    ...given({ command: rest.command }),
  };
}

/** Hears what is being prepared, as events. */
export function stepsOf({ onEvent }: Pick<Context, "onEvent">): (step: Preparing) => void {
  return (step) => onEvent({ type: "preparing", ...step });
}

/** How a step takes a folder for itself; `takeOver`: as its caller may say, where it has the option. */
export function lockOptions(
  { env, signal, onEvent }: Pick<Context, "env" | "signal" | "onEvent">,
  takeOver?: boolean,
): LockOptions {
  return { env, signal, takeOver, onWait: (wait) => onEvent({ type: "waiting", ...wait }) };
}

/** How long what is left of a run will take. */
export interface ExpectedTime {
  readonly seconds: number;
  /** Frames, points or phrases that are left. */
  readonly steps: number;
  readonly samples: number;
  readonly of: "frame" | "point" | "phrase";
  /** The slowest model, how long a step took it, and of which sample. */
  readonly model: string;
  readonly secondsPerStep: number;
  readonly sample: string;
  readonly played: number;
  /** Protocols that share every step, where there are several. */
  readonly together?: number;
}

/** A group of samples whose progress is shown together: a benchmark, of one model where there are several. */
export interface ProgressGroup {
  readonly name: string;
  readonly total: number;
  readonly done: number;
  /** What is counted; default: images. */
  readonly of?: "image" | "frame" | "point" | "phrase" | "clip" | undefined;
  /** Its running number, where some are done already. */
  readonly value?: number | undefined;
}

/** What the running number of every group is. */
export interface RunningNumber {
  readonly protocol: string;
  /** Its measure and where it is taken: "IoU after 1 click". */
  readonly title: string;
  readonly unit: MeasureUnit;
}

/** What a step reports while it works, as data; the listener words it. Paths are absolute. */
export type RunEvent =
  /** Another process may be writing the folder: its lock is watched. */
  | ({ readonly type: "waiting" } & LockWait)
  // Evaluating, scoring and parity
  | {
      readonly type: "continuing";
      readonly dir: string;
      readonly finished: number;
      /** Of these units, where a run grew, some protocols are done. */
      readonly inPart: number;
      readonly expected: number;
      /** What a unit evaluates; default: an image. */
      readonly of?: Sample["kind"];
    }
  /** The run folder held less; `news`: what is new, in words. */
  | {
      readonly type: "growing";
      readonly dir: string;
      readonly news: readonly string[];
      readonly finished: number;
      readonly inPart: number;
      readonly expected: number;
      readonly of?: Sample["kind"];
    }
  /** What is done before the first image and after the last. */
  | ({ readonly type: "preparing" } & Preparing)
  /** From here to "ended" an abort finishes what is in flight. */
  | {
      readonly type: "started";
      readonly groups: readonly ProgressGroup[];
      readonly number?: RunningNumber | undefined;
    }
  /** `by`: how many; default: one. `value`: the group's running number, where it is new. */
  | {
      readonly type: "advanced";
      readonly group: string;
      readonly by?: number | undefined;
      readonly value?: number | undefined;
    }
  /** What a run will take, from a few steps that were played. */
  | ({ readonly type: "expected" } & ExpectedTime)
  | { readonly type: "ended" }
  /** A supervised process crashed with these units under way; `alone`: that unit caused it, and its targets fail. */
  | {
      readonly type: "crashed";
      readonly crash: string;
      readonly underWay: readonly string[];
      readonly alone: boolean;
    }
  // Reports
  | { readonly type: "times"; readonly times: readonly ModelTimes[] }
  /** Tables of so many lines were not written; `dir` is the run folder. */
  | {
      readonly type: "rowsLeftOut";
      readonly dir: string;
      readonly files: readonly string[];
      readonly lines: number;
    }
  // Recorded prompts and masks made elsewhere
  /** Names in a file of predictions that the benchmark does not have: a sentence each, and how many more there are. */
  | { readonly type: "unknownNames"; readonly lines: readonly string[]; readonly more: number }
  /** Detections that cannot be used: a sentence for the first ones, how many there are, and of how many. */
  | {
      readonly type: "leftOut";
      readonly file: string;
      readonly lines: readonly string[];
      readonly count: number;
      readonly of: number;
    }
  // Checking data
  | { readonly type: "verdict"; readonly verdict: Verdict; readonly timing: TimedWith | undefined }
  // Comparing
  | { readonly type: "compared"; readonly done: number; readonly total: number }
  // Tuning
  | {
      readonly type: "measuring";
      readonly model: string;
      readonly threads: number;
      readonly cores: number;
      /** Absent: a single worker. */
      readonly workers?: number;
    }
  // Fetching
  /** A name that cannot be fetched, or failed; the others go on. */
  | { readonly type: "pullFailed"; readonly name: string | undefined; readonly problem: string }
  /** Data that pull did not fetch are the user's; `next`: the command that checks them. */
  | { readonly type: "leftAlone"; readonly name: string; readonly folder: string; readonly next: string }
  | {
      readonly type: "downloading";
      readonly file: string;
      readonly done: number;
      readonly total: number | undefined;
    }
  | { readonly type: "unpacking"; readonly file: string; readonly files: number; readonly bytes: number }
  | {
      readonly type: "pulled";
      readonly name: string;
      /** It was there already, as it was fetched. */
      readonly there: boolean;
      readonly folder: string;
      /** What to type next. */
      readonly next: string;
    }
  /** Any other line worth showing. */
  | { readonly type: "note"; readonly text: string };
