// From rows to reports: the summary of a run folder, and every file that is made of it.
import { open, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Plugins, protocolFacts, rowCheck, withPlugins } from "../../config/index.ts";
import { reportDefaults } from "../../core/defaults.ts";
import { given } from "../../core/given.ts";
import type { Invariant } from "../../core/measure.ts";
import type { Summary } from "../../core/results.ts";
import { summarizeTimes } from "../../core/timing.ts";
import {
  noteScores,
  type ReportInput,
  type RowMeasures,
  rowMeasures,
  rowWriters,
  writers,
} from "../../report/index.ts";
import { readManifest } from "../../store/manifest.ts";
import { mergeRuns } from "../../store/merge.ts";
import { readRows, readTimes } from "../../store/read-run.ts";
import { type ShardStatus, statusOfShards } from "../../store/shards.ts";
import { type Context, lockOptions, shownPath } from "../context.ts";
import { type Progress, type Remarks, withHistory } from "../history.ts";
import { noteUnknown, refuseLoss } from "../own-names.ts";
import { summaryOf } from "../read.ts";
import { cannotWrite, writeOut } from "../write.ts";
import { readGallery } from "./gallery.ts";
import { PhraseLines } from "./phrases.ts";
import { readQueries } from "./query-pictures.ts";
import { EmptySets, readSets } from "./sets.ts";
import { readStrips, TrackLines } from "./tracks.ts";

export interface ReportOptions {
  /** `false`: only summary.json. */
  readonly pages?: boolean | undefined;
  /** Write the tables of rows however large they become. */
  readonly rows?: boolean | undefined;
  /** Custom protocols and metrics that the rows name. */
  readonly plugins?: Plugins | undefined;
}

/** The reports of a run folder. */
export interface Reported {
  /** The run folder, absolute. */
  readonly dir: string;
  readonly summary: Summary;
  /** What every writer of `report/` makes its text from. */
  readonly input: ReportInput;
}

/** The reports of a run folder again, from its rows. No model is opened and no data are read. */
export function report(run: string, options: ReportOptions, context: Context): Promise<Reported> {
  return writeReports(resolve(context.cwd, run), options, context, context.signal);
}

export interface MergeOptions extends Remarks {
  /** Take the run folder from the process that holds it. */
  readonly takeOver?: boolean | undefined;
}

/** Which shards of a run are whole, unfinished or missing; rejects where they do not belong together. */
export function shardStatus(runs: readonly string[], { cwd }: Pick<Context, "cwd">): Promise<ShardStatus> {
  return statusOfShards(runs.map((run) => resolve(cwd, run)));
}

/**
 * Shards of one run -> one run folder, and its reports: no model is opened and no data are read. The options also hold custom
 * protocols and metrics that the shards name.
 */
export async function merge(
  runs: readonly string[],
  out: string,
  context: Context,
  { takeOver, tag, note, ...plugins }: Plugins & MergeOptions = {},
): Promise<Reported> {
  const { cwd, signal } = context;
  signal.throwIfAborted();
  const dir = resolve(cwd, out);
  const dirs = runs.map((run) => resolve(cwd, run));
  const check = rowCheck(withPlugins(plugins));
  return withHistory(
    "merge",
    { tag, note },
    context,
    async (opened) => {
      const onOpen = (progress: () => Progress) => opened(dir, progress);
      const shown = (path: string) => shownPath(path, context);
      await mergeRuns(dirs, dir, { check, lock: lockOptions(context, takeOver), shown }, onOpen);
      return writeReports(dir, { plugins }, context, signal);
    },
    () => ({ status: "finished" }),
  );
}

/** Rows -> summary -> every report file of a run folder (absolute); rejects when `signal` is aborted between rows or files. */
export async function writeReports(
  dir: string,
  { pages = true, rows = false, plugins = {} }: ReportOptions,
  context: Context,
  signal?: AbortSignal,
): Promise<Reported> {
  context.onEvent({ type: "preparing", what: "reports" });
  const known = withPlugins(plugins);
  const check = rowCheck(known);
  const scores: string[] = [];
  const { plan } = await readManifest(dir);
  const measures = rowMeasures(plan.protocols.map((id) => protocolFacts(id, plan.metrics, known, plan)));
  const lines = new TrackLines(plan.protocols, known);
  const phrases = new PhraseLines(known);
  const empty = new EmptySets(plan.protocols);
  const { manifest, summary } = await summaryOf(dir, known, context, (row) => {
    signal?.throwIfAborted();
    noteScores(scores, row, measures);
    lines.add(row);
    phrases.add(row);
    empty.add(row);
  });
  const where = shownPath(dir, context);
  refuseLoss(where, manifest, known, { before: await summaryBefore(dir), now: summary });
  noteUnknown(where, manifest.plan, known, context);
  const times = await summarizeTimes(readTimes(dir));
  const gallery = await readGallery(dir);
  const strips = await readStrips(dir);
  const sets = { ...(await readSets(dir)), empty: empty.found() };
  const tracks = { strips, lines: await lines.read(dir, check, strips) };
  const input: ReportInput = {
    summary,
    manifest,
    gallery,
    times,
    ...given({ phrases: phrases.found(await readQueries(dir)) }),
    ...(tracks.lines.length > 0 && { tracks }),
    ...(summary.protocols.some(({ whole }) => whole) && { sets }),
  };
  for (const [name, { file, render }] of Object.entries(writers))
    if (file !== null && (pages || name === "json")) {
      signal?.throwIfAborted();
      await writeOut(join(dir, file), await render(input));
    }
  if (!pages) return { dir, summary, input };
  const length = tableLines(summary);
  if (rows || length <= reportDefaults.tableLines) await writeRows(dir, [scores, measures], check, signal);
  else {
    const files = await removeTables(dir);
    context.onEvent({ type: "rowsLeftOut", dir, files, lines: length });
  }
  return { dir, summary, input };
}

/** Of the existing reports; undefined where there are none that can be read. */
async function summaryBefore(dir: string): Promise<Summary | undefined> {
  try {
    const found = JSON.parse(await readFile(join(dir, writers.json!.file!), "utf8")) as Summary | null;
    return found?.protocols?.every(({ measures }) => Array.isArray(measures)) === true ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Lines of rows.csv, about: a scored target has one per step at which its protocol's first measure is taken. */
function tableLines({ cells, protocols }: Summary): number {
  const lines = new Map(
    protocols.map(({ id, measures }) => [id, measures.filter(({ broken }) => broken).map((one) => one.id)]),
  );
  return cells.reduce(
    (sum, { protocol, measures }) =>
      sum + (lines.get(protocol) ?? []).reduce((own, id) => own + (measures[id]?.n ?? 0), 0),
    0,
  );
}

/** Tables of millions of lines take longer than everything else; those from before are out of date. */
async function removeTables(dir: string): Promise<string[]> {
  const files = Object.values(rowWriters).map(({ file }) => file);
  for (const file of files) await rm(join(dir, file), { force: true });
  return files;
}

/** Every file that is made of rows, in one pass over them. */
async function writeRows(
  dir: string,
  columns: readonly [scores: readonly string[], measures: RowMeasures],
  check: Invariant,
  signal: AbortSignal | undefined,
): Promise<void> {
  const files = await Promise.all(
    Object.values(rowWriters).map(async ({ file, open: encoder }) => {
      const path = join(dir, file);
      return { path, encoder: encoder(...columns), handle: await open(path, "w").catch(cannotWrite(path)) };
    }),
  );
  try {
    for await (const row of readRows(dir, check)) {
      signal?.throwIfAborted();
      for (const { path, encoder, handle } of files) {
        const piece = encoder.add(row);
        if (piece !== undefined) await handle.writeFile(piece).catch(cannotWrite(path));
      }
    }
    for (const { path, encoder, handle } of files)
      await handle.writeFile(encoder.end()).catch(cannotWrite(path));
  } finally {
    for (const { handle } of files) await handle.close();
  }
}
