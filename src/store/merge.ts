import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import type { Invariant } from "../core/measure.ts";
import { type Manifest, type Shard, shardName, shardSize, unitCount } from "../core/plan.ts";
import { masksFile, rowsFile, timingFile } from "./files.ts";
import { emptyEnds, type JournalEntry, readJournal, soundJournal } from "./journal.ts";
import { blendManifests, readManifest } from "./manifest.ts";
import { planDifferences } from "./plan-differences.ts";
import { parseRecord } from "./read-run.ts";
import { rowProblems } from "./row-problems.ts";
import { openRunFolder, type RunFolderOptions } from "./run-folder.ts";

interface ShardFolder {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly shard: Shard;
  readonly entries: readonly JournalEntry[];
}

/**
 * Puts the shards of one run together: rows.jsonl and masks.jsonl come out byte for byte as an unsharded run writes them.
 * Refuses shards of different plans, a shard given twice, one that is missing and one that is unfinished.
 */
export async function mergeRuns(
  dirs: readonly string[],
  out: string,
  options: RunFolderOptions,
): Promise<Manifest> {
  if (dirs.length === 0)
    throw complain({ where: out, what: "nothing to merge", expected: "the run folders of all shards" });
  const shards = await Promise.all(dirs.map(readShard));
  refuseMisfits(shards);
  const ordered = [...shards].sort((a, b) => a.shard.index - b.shard.index);
  const [first, ...others] = ordered.map(({ manifest }) => manifest);
  const manifest = { ...blendManifests(first!, ...others), shard: null };
  const folder = await openRunFolder(out, manifest, options);
  try {
    const about = { masks: manifest.plan.masks, check: options.check };
    const readers = await Promise.all(ordered.map(({ dir }) => openUnitReader(dir, about)));
    try {
      const count = ordered.length;
      for (let unit = 0; unit < unitCount(manifest.plan); unit += 1) {
        if (folder.finished.has(unit)) continue;
        const { entries } = ordered[unit % count]!;
        const n = Math.floor(unit / count);
        const entry = entries[n]!;
        const text = await readers[unit % count]!.read(entries[n - 1] ?? emptyEnds, entry);
        const { model, benchmark, sample } = entry;
        await folder.appendText({ index: unit, model, benchmark, sample }, { ...text, count: entry.count });
      }
    } finally {
      for (const reader of readers) await reader.close();
    }
  } finally {
    await folder.close();
  }
  return manifest;
}

async function readShard(dir: string): Promise<ShardFolder> {
  const manifest = await readManifest(dir);
  const journal = (await readJournal(dir)) ?? { entries: [], bytes: 0 };
  const { entries } = await soundJournal(dir, journal);
  return { dir, manifest, shard: manifest.shard ?? { index: 0, count: 1 }, entries };
}

function refuseMisfits(shards: readonly ShardFolder[]): void {
  const first = shards[0]!;
  for (const { dir, manifest } of shards.slice(1)) {
    const differences = planDifferences(first.manifest.plan, manifest.plan, [`in ${first.dir}`, `in ${dir}`]);
    if (differences.length > 0)
      throw complain({
        where: dir,
        what: `has another plan than ${first.dir}\n  ${differences.join("\n  ")}`,
      });
  }
  const { count } = first.shard;
  const owners = new Map<number, string>();
  for (const { dir, shard, manifest } of shards) {
    if (shard.count !== count)
      throw complain({
        where: dir,
        what: `overlaps with ${first.dir}: the run was cut differently`,
        expected: `a shard of ${count}`,
        got: shardName(manifest.shard),
      });
    const owner = owners.get(shard.index);
    if (owner !== undefined)
      throw complain({ where: dir, what: `overlaps with ${owner}: both are ${shardName(manifest.shard)}` });
    owners.set(shard.index, dir);
  }
  for (const { dir, manifest, entries } of shards) {
    const expected = shardSize(manifest.plan, manifest.shard);
    if (entries.length !== expected)
      throw complain({
        where: dir,
        what: `${shardName(manifest.shard)} is unfinished: run its command again to continue it`,
        expected: `${expected} units`,
        got: `${entries.length}`,
      });
  }
  const missing = Array.from({ length: count }, (_, i) => i).filter((i) => !owners.has(i));
  if (missing.length > 0)
    throw complain({
      where: shards.map(({ dir }) => dir).join(", "),
      what: "a gap is left",
      expected: `all ${count} shards`,
      got: `none for ${missing.map((index) => `${index}/${count}`).join(", ")}`,
    });
}

interface Ends {
  readonly rows: number;
  readonly masks: number;
  readonly timing: number;
}

/** Reads what a unit wrote, from where the one before it ended; the rows are checked, the bytes kept. */
async function openUnitReader(
  dir: string,
  { masks, check }: { readonly masks: boolean; readonly check: Invariant },
) {
  const rows = await openRange(join(dir, rowsFile));
  const timing = await openRange(join(dir, timingFile));
  const masksRange = masks ? await openRange(join(dir, masksFile)) : undefined;
  return {
    async read(from: Ends, to: Ends & { readonly unit: number; readonly count: number }) {
      const text = await rows.read(from.rows, to.rows);
      const lines = text === "" ? [] : text.slice(0, -1).split("\n");
      const where = `${join(dir, rowsFile)}, unit ${to.unit}`;
      for (const line of lines) parseRecord(where, line, true, (value) => rowProblems(value, check));
      if (lines.length !== to.count)
        throw complain({ where, what: "rows are missing", expected: `${to.count}`, got: `${lines.length}` });
      return {
        rows: text,
        masks: (await masksRange?.read(from.masks, to.masks)) ?? "",
        timing: await timing.read(from.timing, to.timing),
      };
    },
    async close() {
      for (const range of [rows, timing, masksRange]) await range?.close();
    },
  };
}

async function openRange(path: string) {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (cause) {
    throw complain({ where: path, what: "cannot be read", got: reasonOf(cause), cause });
  }
  return {
    async read(from: number, to: number): Promise<string> {
      const bytes = Buffer.alloc(to - from);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled);
        if (bytesRead === 0)
          throw complain({
            where: path,
            what: "is cut off",
            expected: `${to} bytes`,
            got: `${from + filled}`,
          });
        filled += bytesRead;
      }
      return bytes.toString("utf8");
    },
    close: () => file.close(),
  };
}
