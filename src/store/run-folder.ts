import { readdir, rmdir, stat, truncate, unlink } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import { hashOf } from "../core/hash.ts";
import type { Invariant } from "../core/measure.ts";
import { type Manifest, nthUnit, type Shard, shardName, shardSize, type Unit } from "../core/plan.ts";
import type { MaskRow, Row } from "../core/rows.ts";
import { makeFolder } from "../formats/files.ts";
import {
  dataFiles,
  manifestFile,
  overlayFolder,
  overlayPattern,
  progressFile,
  reportFiles,
  tracePattern,
} from "./files.ts";
import {
  isShared,
  type JournalEntry,
  openUnitWriter,
  readJournal,
  soundJournal,
  type UnitText,
} from "./journal.ts";
import { type FolderLock, type LockOptions, lockFolder } from "./lock.ts";
import { blendManifests, findManifest, writeManifest } from "./manifest.ts";
import { planDifferences } from "./plan-differences.ts";
import { unitProblem } from "./row-problems.ts";

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
}

/** A run folder open for writing. Units come in the shard's order; what is appended is never changed. */
export interface RunFolder {
  readonly dir: string;
  /** Indices of the units done, also by earlier processes. */
  readonly finished: ReadonlySet<number>;
  /** Units that the shard (or the whole plan) has. */
  readonly expected: number;
  /**
   * Adds a finished unit: rows, masks, timing, then the journal. Calls are carried out one after the other. After a
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
  { check, fresh = false, durable, lock: lockOptions }: RunFolderOptions,
): Promise<RunFolder> {
  try {
    await makeFolder(dir);
  } catch (cause) {
    throw complain({ where: dir, what: "the run folder cannot be created", got: reasonOf(cause), cause });
  }
  const lock = await lockFolder(dir, lockOptions);
  try {
    const settings = { check, fresh, durable: durable ?? (await isShared(dir)) };
    return await openLocked(dir, manifest, settings, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Settings extends Pick<RunFolderOptions, "check"> {
  readonly fresh: boolean;
  readonly durable: boolean;
}

async function openLocked(
  dir: string,
  manifest: Manifest,
  { check, fresh, durable }: Settings,
  lock: FolderLock,
): Promise<RunFolder> {
  const { plan, shard } = manifest;
  if (fresh) await removeRun(dir);
  const before = await findManifest(dir);
  if (before !== undefined) refuseOtherRun(dir, before, manifest);
  const now = before === undefined ? manifest : blendManifests(before, manifest);
  const journal = await findSoundJournal(dir, before !== undefined);
  if (before === undefined || hashOf(before) !== hashOf(now)) await writeManifest(dir, now, durable);

  const expected = shardSize(plan, shard);
  const finished = checkedUnits(dir, journal.entries, shard, expected);
  const writer = await openUnitWriter(dir, journal, {
    ...{ masks: plan.masks, durable },
    vouch: () => lock.check(),
  });
  let failure: unknown;
  let queue: Promise<void> = Promise.resolve();
  const appendText = (unit: Unit, text: UnitText): Promise<void> => {
    const turn = queue.then(async () => {
      if (failure !== undefined) throw failure;
      refuseOtherUnit(dir, unit, finished.size, expected, shard);
      await writer.write(unit, text);
      finished.add(unit.index);
    });
    queue = turn.catch((error: unknown) => {
      failure ??= error;
    });
    return turn;
  };
  return {
    dir,
    finished,
    expected,
    appendText,
    async append(unit, rows, masks, timing) {
      const { model, benchmark, sample } = unit;
      const problem = unitProblem(unit, rows, masks, { plan, check });
      if (problem !== undefined)
        throw complain({ where: `${model}, ${benchmark}, sample ${sample}`, what: problem });
      return appendText(unit, {
        rows: toLines(rows),
        masks: toLines(masks),
        timing: toLines([{ model, benchmark, sample, ...timing }]),
        count: rows.length,
      });
    },
    async close() {
      await queue;
      try {
        await writer.close();
      } finally {
        await lock.release();
      }
    },
  };
}

function refuseOtherRun(dir: string, before: Manifest, now: Manifest): void {
  const differences = planDifferences(before.plan, now.plan);
  if (hashOf(before.shard) !== hashOf(now.shard))
    differences.unshift(`shard: ${shardName(before.shard)} in the run folder, ${shardName(now.shard)} now`);
  if (differences.length === 0) return;
  throw complain({
    where: dir,
    what: `holds another run (use \`fresh\` to replace it, or another \`out\`)\n  ${differences.join("\n  ")}\n`.trimEnd(),
  });
}

/** The journal of a run to continue. Rows that no journal vouches for are somebody's work: never cut them. */
async function findSoundJournal(dir: string, isRun: boolean) {
  const journal = isRun ? await readJournal(dir) : undefined;
  if (journal !== undefined) return soundJournal(dir, journal);
  for (const name of Object.values(dataFiles)) {
    const path = join(dir, name);
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size > 0)
      throw complain({
        where: path,
        what: "belongs to no run that can be continued (use `fresh` to replace it, or another `out`)",
        expected: `${isRun ? progressFile : manifestFile} beside it`,
        got: "no such file",
      });
  }
  return { entries: [], bytes: 0 };
}

function checkedUnits(
  dir: string,
  entries: readonly JournalEntry[],
  shard: Shard | null,
  expected: number,
): Set<number> {
  for (const [i, { unit }] of entries.entries())
    if (i >= expected || unit !== nthUnit(i, shard))
      throw complain({
        where: `${join(dir, progressFile)}:${i + 1}`,
        what: "does not belong to this run (use `fresh` to replace it, or another `out`)",
        expected: i < expected ? `unit ${nthUnit(i, shard)}` : `${expected} units`,
        got: `unit ${unit}`,
      });
  return new Set(entries.map(({ unit }) => unit));
}

function refuseOtherUnit(dir: string, unit: Unit, done: number, expected: number, shard: Shard | null): void {
  const next = nthUnit(done, shard);
  if (done < expected && unit.index === next) return;
  throw complain({
    where: dir,
    what: "a unit was appended out of order",
    expected: done < expected ? `unit ${next}` : `no more than ${expected} units`,
    got: `unit ${unit.index}`,
  });
}

function toLines(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

/** Deletes what a run and its reports wrote, and nothing else. Files that grow are emptied in place: they may be links. */
async function removeRun(dir: string): Promise<void> {
  // The journal first: without it, nothing is taken for finished should this be interrupted.
  for (const name of [progressFile, ...Object.values(dataFiles)])
    await unlessMissing(join(dir, name), async (path) => {
      if ((await stat(path)).size > 0) await truncate(path);
    });
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

async function unlessMissing(path: string, remove: (path: string) => Promise<void>): Promise<void> {
  try {
    await remove(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return;
    throw complain({ where: path, what: "cannot be removed", got: reasonOf(cause), cause });
  }
}
