import { createReadStream } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { complain, reasonOf } from "../core/errors.ts";
import type { Invariant } from "../core/measure.ts";
import { type Manifest, unitCount } from "../core/plan.ts";
import { masksFile, rowsFile, timingFile } from "./files.ts";
import { emptyEnds, type JournalEntry, type UnitText } from "./journal.ts";
import { blendManifests } from "./manifest.ts";
import { parseRecord } from "./read-run.ts";
import { rowProblems } from "./row-problems.ts";
import { openRunFolder, type RunFolderOptions } from "./run-folder.ts";
import { readShards, refuseGaps, refuseMisfits } from "./shards.ts";

/**
 * Puts the shards of one run together: rows.jsonl and masks.jsonl come out byte for byte as an unsharded run writes them.
 * Refuses shards of different plans, a shard given twice, one that is missing and one that is unfinished. However many there are, a
 * few files are open at a time.
 */
export async function mergeRuns(
  dirs: readonly string[],
  out: string,
  options: RunFolderOptions,
  onOpen: (progress: () => { readonly finished: number; readonly expected: number }) => void = () =>
    undefined,
): Promise<Manifest> {
  if (dirs.length === 0)
    throw complain(out, "nothing to merge", { expected: "the run folders of all shards" });
  const shards = await readShards(dirs);
  refuseMisfits(shards);
  refuseGaps(shards);
  const ordered = [...shards].sort((a, b) => a.shard.index - b.shard.index);
  const [first, ...others] = ordered.map(({ manifest }) => manifest);
  const manifest = { ...blendManifests(first!, ...others), shard: null };
  const folder = await openRunFolder(out, manifest, options);
  onOpen(() => ({ finished: folder.finished.size, expected: folder.expected }));
  try {
    const about = { masks: manifest.plan.masks, check: options.check };
    for (let unit = 0; unit < unitCount(manifest.plan); unit += 1) {
      if (folder.finished.has(unit)) continue;
      const { dir, entries } = ordered[unit % ordered.length]!;
      const n = Math.floor(unit / ordered.length);
      const entry = entries[n]!;
      const text = await readUnit(dir, entries[n - 1] ?? emptyEnds, entry, about);
      const { model, benchmark, sample } = entry;
      await folder.appendText({ index: unit, model, benchmark, sample }, text);
    }
  } finally {
    await folder.close();
  }
  return manifest;
}

type Ends = Pick<JournalEntry, "rows" | "masks" | "timing">;

/** What a unit wrote, from where the one before it ended; the rows are checked, the bytes kept. */
async function readUnit(
  dir: string,
  from: Ends,
  to: JournalEntry,
  { masks, check }: { readonly masks: boolean; readonly check: Invariant },
): Promise<UnitText> {
  const rows = await readRange(join(dir, rowsFile), from.rows, to.rows);
  const lines = rows === "" ? [] : rows.slice(0, -1).split("\n");
  const where = `${join(dir, rowsFile)}, unit ${to.unit}`;
  for (const line of lines) parseRecord(where, line, true, (value) => rowProblems(value, check));
  if (lines.length !== to.count)
    throw complain(where, "rows are missing", { expected: `${to.count}`, got: `${lines.length}` });
  return {
    rows,
    masks: masks ? await readRange(join(dir, masksFile), from.masks, to.masks) : "",
    timing: await readRange(join(dir, timingFile), from.timing, to.timing),
    count: to.count,
  };
}

async function readRange(path: string, from: number, to: number): Promise<string> {
  if (from === to) return "";
  const bytes = await buffer(createReadStream(path, { start: from, end: to - 1 })).catch((cause: unknown) => {
    throw complain(path, "cannot be read", { got: reasonOf(cause), cause });
  });
  if (bytes.length < to - from)
    throw complain(path, "is cut off", { expected: `${to} bytes`, got: `${from + bytes.length}` });
  return bytes.toString("utf8");
}
