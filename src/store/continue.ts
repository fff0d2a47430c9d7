// What a run folder holds already of a plan: the same run goes on, a wider one takes over what is there, any other is refused.
import { existsSync } from "node:fs";
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
import { growth, sides, type UsualClicks } from "./growth.ts";
import { holderOf } from "./holder.ts";
import { emptyEnds, type Journal, type JournalEntry, readJournal, soundJournal } from "./journal.ts";
import { type Kept, readKept, removeDraft, writeKept } from "./kept.ts";
import { blendManifests, findManifest, writeManifest } from "./manifest.ts";
import { differencesOf } from "./plan-differences.ts";
import { narrower, otherRun, type Wording } from "./refusal.ts";

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
    ...words
  }: Omit<Wording, "replaces"> & {
    readonly durable: boolean;
    readonly vouch: () => Promise<void>;
  },
): Promise<Continued> {
  const { plan, shard } = manifest;
  const { usual } = words;
  const wording = { ...words, replaces: units !== undefined };
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
          wording,
        });
  const now =
    before === undefined
      ? manifest
      : blendManifests({ ...before, plan, planHash: manifest.planHash }, manifest);
  const grows = before !== undefined && hashOf(before.plan) !== hashOf(plan);
  if (grows || kept !== undefined)
    refuseLoss([...journal.entries, ...(kept?.units.values() ?? [])], units!, (lacks) =>
      narrower(dir, before!.plan, plan, { ...wording, lacks }),
    );
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

/**
 * Refuses a run folder whose run is another one or a wider one, as far as its manifest says so: to be asked before anything that takes long.
 * What it may become while it is asked is looked at again where it is continued.
 */
export async function refuseOtherRun(
  dir: string,
  now: Pick<Manifest, "plan" | "shard">,
  words: Omit<Wording, "replaces" | "writer">,
): Promise<void> {
  if (!existsSync(join(dir, manifestFile)) || existsSync(join(dir, keptFile))) return;
  const before = await findManifest(dir);
  if (before === undefined) return;
  const holder = await holderOf(dir);
  const writer = holder?.state === "alive" ? holder.name : undefined;
  const wording = { ...words, replaces: true, writer };
  newsOf(dir, { before, now, kept: undefined, units: [], wording });
}

/** What is new, in words; throws where the folder's run is another one, a wider one, or a shard. */
function newsOf(
  dir: string,
  {
    before,
    now,
    kept,
    units,
    wording,
  }: {
    readonly before: Pick<Manifest, "plan" | "shard">;
    readonly now: Pick<Manifest, "plan" | "shard">;
    readonly kept: Kept | undefined;
    readonly units: readonly Unit[] | undefined;
    readonly wording: Wording;
  },
): readonly string[] {
  const changes: Record<string, string> =
    hashOf(before.shard) === hashOf(now.shard)
      ? {}
      : { shard: `${shardName(before.shard)} ${sides[0]}, ${shardName(now.shard)} ${sides[1]}` };
  const plans = [before.plan, ...(kept === undefined ? [] : [kept.plan])];
  const found = plans.map((plan) => growth(plan, now.plan, wording.usual));
  const [first] = found;
  const others = found.flatMap((one) => (one.is === "other" ? one.differences : []));
  const wider = first!.is === "wider" && units === undefined;
  if (others.length > 0 || Object.keys(changes).length > 0 || wider) {
    const differences = others.length > 0 || !wider ? others : differencesOf(before.plan, now.plan, sides);
    throw otherRun(dir, before.plan, { ...wording, differences, changes });
  }
  for (const [i, one] of found.entries())
    if (one.is === "narrower") throw narrower(dir, plans[i]!, now.plan, { ...wording, lacks: one.lacks });
  if (kept !== undefined && units === undefined)
    throw complain(dir, "is growing: the command that made it grow goes on (`fresh` replaces it)", {
      code: "unfinished",
      expected: `no ${keptFile}`,
      got: `${kept.units.size} units in it`,
    });
  if (first!.is !== "wider") return [];
  if (now.shard !== null)
    throw complain(dir, "is a shard, and shards do not grow", {
      code: "refused",
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

/** Of images that are done, none is left out. */
function refuseLoss(
  done: readonly Omit<Unit, "index">[],
  units: readonly Unit[],
  refused: (lacks: readonly string[]) => Error,
): void {
  const now = new Set(units.map(unitKey));
  const lost = new Set(
    done
      .filter((unit) => !now.has(unitKey(unit)))
      .map(({ benchmark, sample }) => `${sample} of ${benchmark}`),
  );
  const [first] = lost;
  if (first === undefined) return;
  const more = lost.size - 1;
  throw refused([`image ${first}`, ...(more > 0 ? [`${more} more that are done`] : [])]);
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
      throw complain(
        path,
        "belongs to no run that can be continued (use `fresh` to replace it, or another `out`)",
        { expected: `${isRun ? progressFile : manifestFile} beside it`, got: "no such file" },
      );
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
      throw complain(
        `${join(dir, progressFile)}:${i + 1}`,
        "does not belong to this run (use `fresh` to replace it, or another `out`)",
        { expected: i < expected ? `unit ${nthUnit(i, shard)}` : `${expected} units`, got: `unit ${unit}` },
      );
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
