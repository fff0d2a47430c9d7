// A run folder as it is read: how far it is, its rows, masks and times. Nothing here opens it for writing.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import type { Invariant } from "../core/measure.ts";
import { type Manifest, shardSize, unitCount, unitKey } from "../core/plan.ts";
import type { GeneratedFacts, MaskRow, Row } from "../core/rows.ts";
import type { TimingLine, UnitCalls } from "../core/timing.ts";
import { isObject } from "../formats/json-file.ts";
import { keptFile, masksFile, rowsFile, timingFile } from "./files.ts";
import { type JournalEntry, readJournal } from "./journal.ts";
import { openKept, protocolsLeftOf, readKept } from "./kept.ts";
import { countLines, readLines } from "./lines.ts";
import { readManifest } from "./manifest.ts";
import { maskShapeProblems, rowProblems } from "./row-problems.ts";

/** How far a run has come. */
export interface RunState {
  readonly manifest: Manifest;
  readonly finished: number;
  /** Of those finished: done before the run grew, and not in their places yet. */
  readonly waiting: number;
  /** Units of its shard, or of the whole plan. */
  readonly expected: number;
  /** Nothing of the whole plan is missing. */
  readonly complete: boolean;
}

/** Looks at a run folder without opening it for writing. */
export async function readRun(dir: string): Promise<RunState> {
  const manifest = await readManifest(dir);
  const entries = (await readJournal(dir))?.entries ?? [];
  const kept = await waitingUnits(dir, entries);
  const whole = kept.filter((unit) => protocolsLeftOf(unit, manifest.plan).length === 0);
  const finished = entries.length + whole.length;
  const expected = shardSize(manifest.plan, manifest.shard);
  return {
    manifest,
    finished,
    waiting: whole.length,
    expected,
    complete: finished === unitCount(manifest.plan),
  };
}

/** Streams the rows of a run folder, finished units only. Rejects by file and number a line that is damaged or that `check` finds impossible. */
export function readRows(dir: string, check: Invariant): AsyncGenerator<Row> {
  return readRecords<Row>(dir, rowsFile, "rows", (value) => rowProblems(value, check));
}

/** Streams the masks of a run folder in the order of its rows; none where the run kept none. */
export async function* readMasks(dir: string): AsyncGenerator<MaskRow> {
  if ((await sizeOf(join(dir, masksFile))) === undefined) return;
  yield* readRecords<MaskRow>(dir, masksFile, "masks", maskShapeProblems);
}

/** Streams one file of JSON lines as far as the journal vouches for it, to its end where there is no journal; then what is kept of a run that grows. */
async function* readRecords<T>(
  dir: string,
  name: string,
  key: "rows" | "masks",
  problemsOf: (value: unknown) => readonly string[],
): AsyncGenerator<T> {
  const path = join(dir, name);
  const journal = await readJournal(dir);
  const size = await sizeOf(path);
  if (size === undefined)
    throw complain(dir, "is not a run folder", { code: "not-found", expected: name, got: "no such file" });
  const end = journal === undefined ? size : (journal.entries.at(-1)?.[key] ?? 0);
  let number = 0;
  for await (const line of readLines(path, end)) {
    number = line.number;
    yield parseRecord<T>(`${path}:${number}`, line.text, line.whole, problemsOf);
  }
  if (size < end)
    throw complain(path, `is cut off after line ${number}`, { expected: `${end} bytes`, got: `${size}` });
  const waiting = await waitingUnits(dir, journal?.entries ?? []);
  if (waiting.length === 0) return;
  const kept = await openKept(dir);
  try {
    for (const unit of waiting) {
      const where = `${join(dir, keptFile)}, ${unit.benchmark}, sample ${unit.sample}`;
      for (const line of (await kept[key](unit)).split("\n").slice(0, -1))
        yield parseRecord<T>(where, line, true, problemsOf);
    }
  } finally {
    await kept.close();
  }
}

/** How many rows the finished units of a run folder have; none is read as such. */
export async function countRows(dir: string): Promise<number> {
  const entries = (await readJournal(dir))?.entries ?? [];
  let count = await countLines(join(dir, rowsFile), entries.at(-1)?.rows ?? 0);
  const waiting = await waitingUnits(dir, entries);
  if (waiting.length === 0) return count;
  const kept = await openKept(dir);
  try {
    for (const unit of waiting) count += (await kept.rows(unit)).split("\n").length - 1;
    return count;
  } finally {
    await kept.close();
  }
}

/** Units of a run that grew which have not found their places yet. */
async function waitingUnits(dir: string, entries: readonly JournalEntry[]) {
  const kept = await readKept(dir);
  if (kept === undefined) return [];
  const done = new Set(entries.map(unitKey));
  return [...kept.units].flatMap(([key, unit]) => (done.has(key) ? [] : [unit]));
}

/** One line as a record; `where` is its file and number. */
export function parseRecord<T>(
  where: string,
  text: string,
  whole: boolean,
  problemsOf: (value: unknown) => readonly string[],
): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const what = whole
      ? "the line is damaged"
      : "the last line is cut off: the command that wrote it does it again";
    throw complain(where, what, { expected: "one JSON object", got: reasonOf(cause), cause });
  }
  const problems = problemsOf(value);
  if (problems.length > 0) throw complain(where, `the line is damaged: ${problems.join("; ")}`);
  return value as T;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw complain(path, "cannot be read", { got: reasonOf(cause), cause });
  }
}

/** What names one mask of a run; of a set, its rank. */
export type MaskKey = Omit<MaskRow, "rle" | "generated"> & {
  readonly generated?: Pick<GeneratedFacts, "rank">;
};

/** A mask's key as text, for sets and maps. */
export function maskKey({
  model,
  benchmark,
  protocol,
  sample,
  target,
  at,
  frame,
  generated,
}: MaskKey): string {
  const { clicks, draw = null } = at;
  const place = generated === undefined ? [] : [generated.rank];
  return JSON.stringify([model, benchmark, protocol, sample, target, clicks, draw, frame ?? null, ...place]);
}

/**
 * The wanted masks of a run folder by `maskKey`, in one pass over the file; only what is wanted is held. A mask that the
 * folder lacks is not in the map.
 */
export async function findMasks(dir: string, wanted: Iterable<MaskKey>): Promise<Map<string, MaskRow>> {
  const keys = new Set(Array.from(wanted, maskKey));
  const found = new Map<string, MaskRow>();
  if (keys.size === 0) return found;
  for await (const mask of readMasks(dir)) {
    const key = maskKey(mask);
    if (keys.has(key)) found.set(key, mask);
    if (found.size === keys.size) break;
  }
  return found;
}

/** Streams the times of a run folder. They are not results: where they are missing, damaged or of an older kind, none come. */
export async function* readTimes(dir: string): AsyncGenerator<TimingLine> {
  try {
    for await (const { text } of readLines(join(dir, timingFile))) {
      const line = parseTimes(text);
      if (line !== undefined) yield line;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function areCalls(value: Partial<UnitCalls> | null): boolean {
  const { encode, decode, sitting, first = [], batch, load } = value ?? {};
  const times = [encode, decode, [batch, load]];
  return (
    isObject(sitting) &&
    Array.isArray(first) &&
    times.every((own) => Array.isArray(own) && own.every(Number.isFinite))
  );
}

function areParts(value: TimingLine["parts"]): value is NonNullable<TimingLine["parts"]> {
  return (
    isObject(value) &&
    Object.values(value).every((part) => Number.isFinite(part?.runs) && Number.isFinite(part?.ms))
  );
}

const needed = ["passed", "targets", "prompts", "clicks", "encoded", "cached"] as const;

function parseTimes(text: string): TimingLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<TimingLine> | null;
    const whole = typeof line?.model === "string" && needed.every((key) => Number.isFinite(line[key]));
    if (!whole) return undefined;
    const { calls, parts, ...times } = line as TimingLine;
    return {
      ...times,
      ...(Array.isArray(calls) && calls.every(areCalls) ? { calls } : {}),
      ...(areParts(parts) && Number.isFinite(times.frames) ? { parts } : {}),
    };
  } catch {
    return undefined;
  }
}
