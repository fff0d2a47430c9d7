// What a run folder holds already of a plan: the same run goes on, a wider one takes over what is there, any other is refused.
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { complain } from "../core/errors.ts";
import { hashOf } from "../core/hash.ts";
import {
  type Manifest,
  nthUnit,
  type Plan,
  type Shard,
  shardName,
  shardSize,
  type Unit,
  unitKey,
} from "../core/plan.ts";
import { dataFiles, dataKeys, keptFile, manifestFile, progressFile } from "./files.ts";
import { type Growth, growth, type UsualClicks } from "./growth.ts";
import { emptyEnds, type Journal, type JournalEntry, readJournal, soundJournal } from "./journal.ts";
import { type Kept, readKept, removeDraft, writeKept } from "./kept.ts";
import { blendManifests, findManifest, writeManifest } from "./manifest.ts";
import { planDifferences } from "./plan-differences.ts";

/** A run folder that is ready for the next unit. */
export interface Continued {
  /** Of the run's own files. */
  readonly journal: Journal;
  /** Units that wait for their places, where the run grew. */
  readonly kept: Kept | undefined;
  /** What this plan has besides the one before. */
  readonly news: readonly string[];
}

/**
 * Makes a run folder one of this plan. A wider plan keeps what is done: where it does not simply go on behind it, the units move into
 * kept.jsonl first, then the journal is emptied, then the new manifest is written, so that at any moment either the old or the new
 * plan has all of them. `units`: those of the plan; without them nothing grows.
 */
export async function continueRun(
  dir: string,
  manifest: Manifest,
  units: readonly Unit[] | undefined,
  {
    durable,
    vouch,
    usual,
  }: {
    readonly durable: boolean;
    readonly vouch: () => Promise<void>;
    readonly usual: UsualClicks | undefined;
  },
): Promise<Continued> {
  const { plan, shard } = manifest;
  await removeDraft(dir);
  const before = await findManifest(dir);
  let kept = before === undefined ? undefined : await readKept(dir);
  let journal = await findSoundJournal(dir, before !== undefined);
  const back = isBack(kept, journal.entries, plan, usual);
  const news =
    before === undefined
      ? []
      : newsOf(dir, {
          before: back ? { ...before, plan: kept!.plan } : before,
          now: manifest,
          kept,
          units,
          usual,
        });
  const now =
    before === undefined
      ? manifest
      : blendManifests({ ...before, plan, planHash: manifest.planHash }, manifest);
  const grows = before !== undefined && hashOf(before.plan) !== hashOf(plan);
  if (grows || kept !== undefined)
    refuseLoss(dir, [...journal.entries, ...(kept?.units.values() ?? [])], units!);
  if (grows && !isBeginning(journal.entries, units!, before.plan, plan)) {
    if (!back) kept = await writeKept(dir, before.plan, journal.entries, kept, vouch);
    await vouch();
    await empty(join(dir, progressFile));
    journal = { entries: [], bytes: 0 };
  }
  if (before === undefined || hashOf(before) !== hashOf(now)) await writeManifest(dir, now, durable || grows);
  refuseOtherUnits(dir, journal.entries, shard, shardSize(plan, shard));
  return { journal, kept, news };
}

/** What is new, in words; throws where the folder's run is another one, a wider one, or a shard. */
function newsOf(
  dir: string,
  {
    before,
    now,
    kept,
    units,
    usual,
  }: {
    readonly before: Manifest;
    readonly now: Manifest;
    readonly kept: Kept | undefined;
    readonly units: readonly Unit[] | undefined;
    readonly usual: UsualClicks | undefined;
  },
): readonly string[] {
  const lines: string[] = [];
  if (hashOf(before.shard) !== hashOf(now.shard))
    lines.push(`shard: ${shardName(before.shard)} in the run folder, ${shardName(now.shard)} now`);
  const found: readonly Growth[] = [before.plan, ...(kept === undefined ? [] : [kept.plan])].map((plan) =>
    growth(plan, now.plan, usual),
  );
  const [first] = found;
  for (const one of found) if (one.is === "other") lines.push(...one.lines);
  if (lines.length > 0 || (first!.is === "wider" && units === undefined))
    throw complain({
      where: dir,
      what: `holds another run (use \`fresh\` to replace it, or another \`out\`)\n  ${[
        ...new Set(lines.length > 0 ? lines : planDifferences(before.plan, now.plan)),
      ].join("\n  ")}`,
    });
  for (const one of found) if (one.is === "narrower") throw narrower(dir, one.lacks);
  if (kept !== undefined && units === undefined)
    throw complain({
      code: "unfinished",
      where: dir,
      what: "is growing: the command that made it grow goes on (`fresh` replaces it)",
      expected: `no ${keptFile}`,
      got: `${kept.units.size} units in it`,
    });
  if (first!.is !== "wider") return [];
  if (now.shard !== null)
    throw complain({
      code: "refused",
      where: dir,
      what: "is a shard, and shards do not grow",
      expected:
        "the command that began it; or `segbench merge` of all shards, and the wider command for the merged run folder",
      got: `${shardName(now.shard)} with ${first!.news.join(", ") || "other words"}`,
    });
  return first!.news;
}

/** All that a growing run has is kept still: what counts is the plan that it was done for, and so that plan can have it back. */
function isBack(
  kept: Kept | undefined,
  entries: readonly JournalEntry[],
  now: Plan,
  usual: UsualClicks | undefined,
): boolean {
  if (kept === undefined || !["same", "wider"].includes(growth(kept.plan, now, usual).is)) return false;
  return entries.every((entry, i) => {
    const unit = kept.units.get(unitKey(entry));
    const start = entries[i - 1] ?? emptyEnds;
    return unit !== undefined && dataKeys.every((key) => unit[key] === entry[key] - start[key]);
  });
}

function narrower(dir: string, lacks: readonly string[]): Error {
  return complain({
    code: "refused",
    where: dir,
    what: "holds a wider run",
    expected: "all that it holds and perhaps more, or another `out` (`fresh` replaces it)",
    got: `a run without ${lacks.join(", ")}`,
  });
}

/** Of images that are done, none is left out. */
function refuseLoss(dir: string, done: readonly Omit<Unit, "index">[], units: readonly Unit[]): void {
  const now = new Set(units.map(unitKey));
  const lost = new Set(
    done
      .filter((unit) => !now.has(unitKey(unit)))
      .map(({ benchmark, sample }) => `${sample} of ${benchmark}`),
  );
  const [first] = lost;
  if (first === undefined) return;
  const more = lost.size - 1;
  throw narrower(dir, [`image ${first}`, ...(more > 0 ? [`${more} more that are done`] : [])]);
}

/** Units that are the new plan's first ones, as it wants them: it goes on behind them. */
function isBeginning(
  entries: readonly JournalEntry[],
  units: readonly Unit[],
  before: Plan,
  now: Plan,
): boolean {
  return (
    entries.length <= units.length &&
    entries.every((entry, i) => entry.unit === i && unitKey(entry) === unitKey(units[i]!)) &&
    (entries.length === 0 ||
      hashOf([before.protocols, before.points ?? null]) === hashOf([now.protocols, now.points ?? null]))
  );
}

/** The journal of a run to continue. Rows that no journal vouches for are somebody's work: never cut them. */
async function findSoundJournal(dir: string, isRun: boolean): Promise<Journal> {
  const journal = isRun ? await readJournal(dir) : undefined;
  if (journal !== undefined) return soundJournal(dir, journal);
  for (const name of [...Object.values(dataFiles), keptFile]) {
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

function refuseOtherUnits(
  dir: string,
  entries: readonly JournalEntry[],
  shard: Shard | null,
  expected: number,
): void {
  for (const [i, { unit }] of entries.entries())
    if (i >= expected || unit !== nthUnit(i, shard))
      throw complain({
        where: `${join(dir, progressFile)}:${i + 1}`,
        what: "does not belong to this run (use `fresh` to replace it, or another `out`)",
        expected: i < expected ? `unit ${nthUnit(i, shard)}` : `${expected} units`,
        got: `unit ${unit}`,
      });
}

/** In place: it may be a link. */
async function empty(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.truncate(0);
    await file.sync();
  } finally {
    await file.close();
  }
}
