import { readdir, rmdir, stat, truncate, unlink } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import type { Invariant } from "../core/measure.ts";
import { type Manifest, nthUnit, type Shard, shardSize, type Unit, unitKey } from "../core/plan.ts";
import type { MaskRow, Row } from "../core/rows.ts";
import { makeFolder } from "../formats/files.ts";
import { continueRun } from "./continue.ts";
import {
  dataFiles,
  manifestFile,
  overlayFolder,
  overlayPattern,
  pendingFolder,
  pendingPattern,
  progressFile,
  reportFiles,
  tracePattern,
  unlessMissing,
} from "./files.ts";
import type { UsualClicks } from "./growth.ts";
import { joinTexts } from "./join-unit.ts";
import { isShared, openUnitWriter, type UnitText, unitText } from "./journal.ts";
import { type KeptUnit, openKept, protocolsLeftOf, removeKept } from "./kept.ts";
import { type FolderLock, type LockOptions, lockFolder } from "./lock.ts";
import { readRows } from "./read-run.ts";
import { unitProblem } from "./row-problems.ts";
import { tellWorkers } from "./workers.ts";

export interface RunFolderOptions {
  /** What must hold for scored rows: checked before they are written. */
  readonly check: Invariant;
  /** Throw away what an earlier run left here (our own files only). */
  readonly fresh?: boolean;
  /**
   * Wait for the disk after every unit: protects against the machine going down, not just the process. Default: on file systems
   * that other machines see.
   */
  readonly durable?: boolean | undefined;
  /** How the folder is taken. */
  readonly lock?: LockOptions;
  /** All units of the plan, in its order. With them a folder that holds a part of the plan grows into it. */
  readonly units?: readonly Unit[];
  /** Where the plan's `points` say how many clicks are reported: what protocols report without. */
  readonly usual?: UsualClicks;
  /** A path as messages show it. */
  readonly shown?: (path: string) => string;
}

/** A run folder open for writing. Units come in the shard's order; what is appended is never changed. */
export interface RunFolder {
  readonly dir: string;
  /** Indices of the units done, also by earlier processes. Where a run grew, some still wait for their places. */
  readonly finished: ReadonlySet<number>;
  /** What the plan has besides the one that was here before, in words; and units of which a part is done. */
  readonly news: readonly string[];
  readonly inPart: number;
  /** Units that the shard (or the whole plan) has. */
  readonly expected: number;
  /** Protocols that a unit is still to be played under, by its index: all of them, where nothing is done of it. */
  protocolsLeft(index: number): readonly string[];
  /** The rows of all that is done and stays. */
  doneRows(): AsyncIterable<Row>;
  /**
   * Adds a finished unit, or what was left of one: rows, masks, timing, then the journal. Calls are carried out one after the other. After a
   * rejection nothing more is taken, and what was there before stays. Rejects with the code `busy` where another process has taken the
   * folder over.
   */
  append(unit: Unit, rows: readonly Row[], masks: readonly MaskRow[], timing: object): Promise<void>;
  /** The same with lines that are checked already (merging): text that ends with a newline, or nothing. */
  appendText(unit: Unit, text: UnitText): Promise<void>;
  /** Waits for what was appended and gives the folder back. */
  close(): Promise<void>;
}

/** Opens a run folder for writing: a new one, or one to continue. Refuses one that belongs to another plan or shard. */
export async function openRunFolder(
  dir: string,
  manifest: Manifest,
  { check, fresh = false, durable, lock: lockOptions, units, usual, shown }: RunFolderOptions,
): Promise<RunFolder> {
  try {
    await makeFolder(dir);
  } catch (cause) {
    throw complain(dir, "the run folder cannot be created", { got: reasonOf(cause), cause });
  }
  const lock = await lockFolder(dir, lockOptions);
  try {
    // What a coordinator left that was killed.
    await tellWorkers(dir, undefined);
    const settings = { check, fresh, units, usual, shown, durable: durable ?? (await isShared(dir)) };
    return await openLocked(dir, manifest, settings, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Settings extends Pick<RunFolderOptions, "check"> {
  readonly fresh: boolean;
  readonly durable: boolean;
  readonly units: readonly Unit[] | undefined;
  readonly usual: UsualClicks | undefined;
  readonly shown: ((path: string) => string) | undefined;
}

async function openLocked(
  dir: string,
  manifest: Manifest,
  { check, fresh, durable, units: all, usual, shown }: Settings,
  lock: FolderLock,
): Promise<RunFolder> {
  const { plan, shard } = manifest;
  if (fresh) await removeRun(dir);
  const vouch = () => lock.check();
  const { journal, kept, news } = await continueRun(dir, manifest, all, { durable, vouch, usual, shown });
  const units = all ?? [];
  const expected = shardSize(plan, shard);
  const finished = new Set(journal.entries.map(({ unit }) => unit));
  let written = finished.size;
  /** Of units that are not in their places yet. */
  const waiting = new Map<number, KeptUnit>();
  for (const unit of units.slice(written)) {
    const found = kept?.units.get(unitKey(unit));
    if (found === undefined) continue;
    waiting.set(unit.index, found);
    if (protocolsLeftOf(found, plan, usual).length === 0) finished.add(unit.index);
  }
  const inPart = [...waiting.keys()].filter((index) => !finished.has(index));
  const protocolsLeft = (index: number) => protocolsLeftOf(waiting.get(index), plan, usual);
  const writer = await openUnitWriter(dir, journal, { masks: plan.masks, durable, vouch });
  const reader = kept === undefined ? undefined : await openKept(dir);
  /** Puts units that wait into the places before this one. */
  const fill = async (end: number) => {
    for (; reader !== undefined && written < end && finished.has(written); written += 1) {
      await writer.write(units[written]!, await reader.text(waiting.get(written)!), false);
      waiting.delete(written);
    }
  };
  let failure: unknown;
  let queue: Promise<void> = Promise.resolve();
  const appendText = (unit: Unit, text: UnitText): Promise<void> => {
    const turn = queue.then(async () => {
      if (failure !== undefined) throw failure;
      await fill(unit.index);
      refuseOtherUnit(dir, unit, written, expected, shard);
      const part = waiting.get(unit.index);
      const whole = part === undefined ? text : joinTexts(plan.protocols, await reader!.text(part), text);
      await writer.write(unit, whole);
      written += 1;
      finished.add(unit.index);
      waiting.delete(unit.index);
    });
    queue = turn.catch((error: unknown) => {
      failure ??= error;
    });
    return turn;
  };
  return {
    ...{ dir, finished, expected, news, inPart: inPart.length },
    protocolsLeft,
    async *doneRows() {
      if (finished.size === 0 && inPart.length === 0) return;
      const left = new Map(inPart.map((index) => [unitKey(units[index]!), protocolsLeft(index)]));
      for await (const row of readRows(dir, check))
        if (left.get(unitKey(row))?.includes(row.protocol) !== true) yield row;
    },
    appendText,
    async append(unit, rows, masks, timing) {
      const { model, benchmark, sample } = unit;
      const problem = unitProblem(unit, rows, masks, { plan, check });
      if (problem !== undefined) throw complain(`${model}, ${benchmark}, sample ${sample}`, problem);
      return appendText(unit, unitText(unit, rows, masks, timing));
    },
    async close() {
      await queue;
      try {
        if (kept !== undefined && failure === undefined && finished.size === expected) {
          await fill(expected);
          // They leave the place where they are kept only when the disk has them elsewhere.
          await writer.sync();
          await vouch();
          await removeKept(dir);
        }
      } finally {
        await reader?.close();
        await writer.close().finally(() => lock.release());
      }
    },
  };
}

function refuseOtherUnit(dir: string, unit: Unit, done: number, expected: number, shard: Shard | null): void {
  const next = nthUnit(done, shard);
  if (done < expected && unit.index === next) return;
  throw complain(dir, "a unit was appended out of order", {
    expected: done < expected ? `unit ${next}` : `no more than ${expected} units`,
    got: `unit ${unit.index}`,
  });
}

/** Deletes what a run and its reports wrote, and nothing else. Files that grow are emptied in place: they may be links. */
async function removeRun(dir: string): Promise<void> {
  // Without the journal and what is kept, nothing is taken for finished should this be interrupted.
  await removeKept(dir);
  for (const name of [progressFile, ...Object.values(dataFiles)])
    await unlessMissing(join(dir, name), async (path) => {
      if ((await stat(path)).size > 0) await truncate(path);
    });
  for (const name of await readdir(join(dir, pendingFolder)).catch((): string[] => []))
    if (pendingPattern.test(name)) await unlessMissing(join(dir, pendingFolder, name), unlink);
  const overlays = await readdir(join(dir, overlayFolder)).catch((): string[] => []);
  const pictures = overlays.filter((name) => overlayPattern.test(name));
  const traces = (await readdir(dir).catch((): string[] => [])).filter((name) => tracePattern.test(name));
  for (const name of [
    ...traces,
    ...pictures.map((picture) => join(overlayFolder, picture)),
    ...reportFiles,
    manifestFile,
  ])
    await unlessMissing(join(dir, name), unlink);
  // Only when nothing else is in it.
  if (pictures.length > 0) await rmdir(join(dir, overlayFolder)).catch(() => undefined);
}
