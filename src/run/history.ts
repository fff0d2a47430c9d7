// What was done to a run folder, and when: every call of a verb that writes one adds a line to its history.jsonl. Nothing else
// holds dates, and no result depends on it.
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { reasonOf, renderProblem, SegbenchError } from "../core/errors.ts";
import { given } from "../core/given.ts";
import { dateAndTime } from "../models/runtime/clock.ts";
import { historyFile } from "../store/files.ts";
import type { Context } from "./context.ts";
import { version } from "./surroundings.ts";

/** What a caller says about a call, for whoever reads the history. */
export interface Remarks {
  /** A word to find it by. */
  readonly tag?: string | undefined;
  readonly note?: string | undefined;
}

/** How many units a run folder holds: another process may have done the first ones. */
export interface Progress {
  readonly finished: number;
  readonly expected: number;
}

/** A line of history.jsonl. */
export interface HistoryLine extends Remarks {
  /** When the call began, ISO 8601 in UTC. */
  readonly time: string;
  readonly verb: "run" | "score" | "replay" | "merge" | "parity";
  /** The command line without passwords, or "library". */
  readonly command: string;
  /** Of segbench. */
  readonly version: string;
  /** Of the working folder, where that lies in a git repository; `dirty`: files that git tracks differ from it. */
  readonly commit?: string;
  readonly dirty?: true;
  readonly status: "finished" | "stopped" | "failed";
  /** What went wrong: why it failed, or the first benchmark with too many failures. */
  readonly problem?: string;
  /** Units (a model on a sample) in the folder before and after, and those of the whole. */
  readonly units?: { readonly before: number; readonly after: number; readonly expected: number };
  /** Folders of the benchmarks' data, absolute, by name; absent where no data were read, and of data in memory. */
  readonly data?: Readonly<Record<string, string>>;
  readonly seconds: number;
}

export type HistoryEnd = Pick<HistoryLine, "status" | "problem">;

/** What a call reads, as it was prepared. */
type Read = readonly { readonly name: string; readonly root?: string | undefined }[];

/** To be called once the run folder is this call's own; `progress` is asked then and at the end. */
export type Opened = (dir: string, progress?: () => Progress, benchmarks?: Read) => void;

/**
 * Does a verb's work and adds a line about it to the run folder that it opened, however it ends. A process that lost its folder to another
 * one adds none.
 */
export async function withHistory<T>(
  verb: HistoryLine["verb"],
  { tag, note }: Remarks,
  context: Pick<Context, "cwd" | "clock" | "command" | "onEvent">,
  work: (opened: Opened) => Promise<T>,
  endOf: (result: T) => HistoryEnd,
): Promise<T> {
  const { cwd, clock, command = "library", onEvent } = context;
  const time = dateAndTime();
  const start = clock();
  let folder: Awaited<ReturnType<typeof begun>> | undefined;
  const begun = (dir: string, progress?: () => Progress, benchmarks: Read = []) => {
    const roots = benchmarks.flatMap(({ name, root }) => (root === undefined ? [] : [[name, root]]));
    const data = roots.length === 0 ? undefined : Object.fromEntries(roots);
    return { dir, progress, data, before: progress?.().finished ?? 0, commit: commitOf(cwd) };
  };
  const add = async ({ status, problem }: HistoryEnd) => {
    if (folder === undefined) return;
    const { dir, progress, data, before } = folder;
    const now = progress?.();
    const line: HistoryLine = {
      ...{ time, verb, command: withoutPasswords(command), version, ...(await folder.commit) },
      ...given({ tag: told(tag), note: told(note), status, problem: told(problem) }),
      ...(now === undefined ? {} : { units: { before, after: now.finished, expected: now.expected } }),
      ...given({ data }),
      seconds: Math.round(clock() - start) / 1000,
    };
    const path = join(dir, historyFile);
    await appendLine(path, JSON.stringify(line)).catch((error: unknown) =>
      onEvent({ type: "note", text: `${path}: cannot be written: ${reasonOf(error)}` }),
    );
  };
  let result: T;
  try {
    result = await work((...words) => {
      folder = begun(...words);
    });
  } catch (error) {
    const [first] = error instanceof SegbenchError ? error.problems : [];
    if (first?.code !== "busy")
      await add({ status: "failed", problem: first === undefined ? reasonOf(error) : renderProblem(first) });
    throw error;
  }
  await add(endOf(result));
  return result;
}

function told(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : withoutPasswords(text);
}

/** How a run ended: as what it returned says. */
export function endOfRun({
  interrupted,
  failures,
}: {
  readonly interrupted: boolean;
  readonly failures: readonly Parameters<typeof renderProblem>[0][];
}): HistoryEnd {
  const [first] = failures;
  return {
    status: interrupted ? "stopped" : "finished",
    ...(first === undefined ? {} : { problem: renderProblem(first) }),
  };
}

/** `https://name:password@host/` -> `https://host/`, and the values of what addresses are signed with. */
export function withoutPasswords(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, "$1")
    .replace(/([?&][\w.-]*(?:token|secret|passw\w*|signature|credential|key|sig)=)[^\s&#"']*/gi, "$1...");
}

/** One write, so that the lines of two processes never mix; after a line that was cut off, a new one begins. */
async function appendLine(path: string, line: string): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o644);
  try {
    const { size } = await file.stat();
    const last = size === 0 ? undefined : (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0];
    await file.write(`${last === undefined || last === 10 ? "" : "\n"}${line}\n`);
  } finally {
    await file.close();
  }
}

/** The commit that a folder is at; nothing outside a repository, and without git. */
async function commitOf(cwd: string): Promise<Pick<HistoryLine, "commit" | "dirty">> {
  // Of files alone that git tracks: a folder of data may lie in the repository.
  // Nothing is written, fetched or started on the way.
  const words = ["--no-optional-locks", "-c", "core.fsmonitor=false", "status", "--porcelain=v2", "--branch"];
  try {
    const { stdout } = await promisify(execFile)("git", [...words, "--untracked-files=no", "--no-renames"], {
      cwd,
      timeout: 10_000,
      maxBuffer: 2 ** 26,
    });
    const commit = /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(stdout)?.[1];
    if (commit === undefined) return {};
    return /^[^#\s]/m.test(stdout) ? { commit, dirty: true } : { commit };
  } catch {
    return {};
  }
}
