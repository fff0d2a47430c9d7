// The shards of a run as they lie in their folders: how far each has come, and whether they belong together.
import { complain, SegbenchError } from "../core/errors.ts";
import { type Manifest, type Shard, shardName, shardSize } from "../core/plan.ts";
import { holderOf } from "./holder.ts";
import { type JournalEntry, readJournal, soundJournal } from "./journal.ts";
import { findManifest, readManifest } from "./manifest.ts";
import { planDifferences } from "./plan-differences.ts";

export interface ShardFolder {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly shard: Shard;
  /** Units that the shard has. */
  readonly expected: number;
  readonly entries: readonly JournalEntry[];
}

/** Folders that are looked at together; each has one file open at a time. */
const TOGETHER = 16;

async function aFewAtATime<T, Result>(
  items: readonly T[],
  work: (item: T) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < items.length; i += TOGETHER)
    results.push(...(await Promise.all(items.slice(i, i + TOGETHER).map(work))));
  return results;
}

export function readShards(dirs: readonly string[]): Promise<ShardFolder[]> {
  return aFewAtATime(dirs, async (dir) => readShard(dir, await readManifest(dir)));
}

async function readShard(dir: string, manifest: Manifest): Promise<ShardFolder> {
  const journal = (await readJournal(dir)) ?? { entries: [], bytes: 0 };
  const { entries } = await soundJournal(dir, journal);
  const expected = shardSize(manifest.plan, manifest.shard);
  return { dir, manifest, shard: manifest.shard ?? { index: 0, count: 1 }, expected, entries };
}

/** Shards of different plans, of another count, and one that is given twice. */
export function refuseMisfits(shards: readonly ShardFolder[]): void {
  const first = shards[0]!;
  for (const { dir, manifest } of shards.slice(1)) {
    const differences = planDifferences(first.manifest.plan, manifest.plan, [`in ${first.dir}`, `in ${dir}`]);
    if (differences.length > 0)
      throw complain(dir, `its plan differs from that of ${first.dir}\n  ${differences.join("\n  ")}`);
  }
  const { count } = first.shard;
  const owners = new Map<number, string>();
  for (const { dir, shard, manifest } of shards) {
    if (shard.count !== count)
      throw complain(dir, `overlaps with ${first.dir}: the run was sharded differently`, {
        expected: `a shard of ${count}`,
        got: shardName(manifest.shard),
      });
    const owner = owners.get(shard.index);
    if (owner !== undefined)
      throw complain(dir, `overlaps with ${owner}: both are ${shardName(manifest.shard)}`);
    owners.set(shard.index, dir);
  }
}

export function refuseGaps(shards: readonly ShardFolder[]): void {
  for (const { dir, manifest, entries, expected } of shards)
    if (entries.length !== expected)
      throw complain(
        dir,
        `${shardName(manifest.shard)} is unfinished: run its command again to continue it`,
        { code: "unfinished", expected: `${expected} units`, got: `${entries.length}` },
      );
  const { count } = shards[0]!.shard;
  const missing = missingOf(shards);
  if (missing.length > 0)
    throw complain(firstFew(shards.map(({ dir }) => dir)), "shards are missing", {
      code: "unfinished",
      expected: `all ${count} shards`,
      got: `none for ${missing.map((index) => `${index}/${count}`).join(", ")}`,
    });
}

function firstFew(dirs: readonly string[], few = 5): string {
  const more = dirs.length - few;
  return [...dirs.slice(0, few), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function missingOf(shards: readonly ShardFolder[]): number[] {
  const there = new Set(shards.map(({ shard }) => shard.index));
  return Array.from({ length: shards[0]!.shard.count }, (_, i) => i).filter((i) => !there.has(i));
}

/** How far a run is that is done in shards. */
export interface ShardStatus {
  /** Of the run. */
  readonly name: string;
  readonly count: number;
  /** By index. */
  readonly shards: readonly {
    readonly dir: string;
    readonly index: number;
    readonly finished: number;
    readonly expected: number;
    /** Who has, or had, the folder open for writing. */
    readonly holder?: string | undefined;
  }[];
  /** Folders in which there is no run yet, or that do not exist. */
  readonly notBegun: readonly string[];
  /** Shards of which there is no folder, by index. */
  readonly missing: readonly number[];
}

/** Looks at the folders of shards, without opening one for writing. */
export async function statusOfShards(dirs: readonly string[]): Promise<ShardStatus> {
  const found = await aFewAtATime(dirs, async (dir) => {
    const manifest = await findManifest(dir).catch((error: unknown) => {
      if (error instanceof SegbenchError) return error;
      throw error;
    });
    if (manifest === undefined || manifest instanceof SegbenchError) return { dir, manifest };
    return { dir, manifest, shard: await readShard(dir, manifest), holder: (await holderOf(dir))?.name };
  });
  const problems = found.flatMap(({ manifest }) =>
    manifest instanceof SegbenchError ? manifest.problems : [],
  );
  if (problems.length > 0) throw new SegbenchError(problems);
  const begun = found
    .flatMap(({ shard, holder }) => (shard === undefined ? [] : [{ ...shard, holder }]))
    .sort((a, b) => a.shard.index - b.shard.index);
  const [first] = begun;
  if (first === undefined)
    throw complain(firstFew(dirs), "no shard has begun", {
      code: "not-found",
      expected: "run folders of the shards of one run",
    });
  refuseMisfits(begun);
  return {
    name: first.manifest.plan.name,
    count: first.shard.count,
    shards: begun.map(({ dir, shard, entries, expected, holder }) => {
      return { dir, index: shard.index, finished: entries.length, expected, holder };
    }),
    notBegun: found.flatMap(({ dir, manifest }) => (manifest === undefined ? [dir] : [])),
    missing: missingOf(begun),
  };
}
