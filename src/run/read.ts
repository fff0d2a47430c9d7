// The contents of a run folder, made by this program or another one: its rows and masks, how far it has come, and its summary, with what
// others published beside it.
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  loadPublished,
  type Plugins,
  protocolFacts,
  type Registries,
  rowCheck,
  withPlugins,
} from "../config/index.ts";
import { given } from "../core/given.ts";
import type { Manifest, Plan } from "../core/plan.ts";
import type { Summary } from "../core/results.ts";
import type { MaskRow, Row } from "../core/rows.ts";
import { estimateMeasures } from "../eval/index.ts";
import { matchPublished } from "../stats/published.ts";
import { type SummaryFacts, summarize } from "../stats/summarize.ts";
import { historyFile, summaryFile } from "../store/files.ts";
import { type Holder, holderOf } from "../store/holder.ts";
import { readLines } from "../store/lines.ts";
import { readManifest } from "../store/manifest.ts";
import {
  countRows,
  type RunState,
  readMasks as storedMasks,
  readRows as storedRows,
  readRun as storedRun,
} from "../store/read-run.ts";
import type { Context } from "./context.ts";
import type { Around } from "./data-folder.ts";
import type { HistoryLine } from "./history.ts";

/** The manifest of a run folder, and how far it has come. */
export function readRun(dir: string, { cwd }: Pick<Context, "cwd">): Promise<RunState> {
  return storedRun(resolve(cwd, dir));
}

/** Who has it open for writing, or had when that process ended; undefined where nobody has. */
export function readHolder(dir: string, { cwd }: Pick<Context, "cwd">): Promise<Holder | undefined> {
  return holderOf(resolve(cwd, dir));
}

/** Its rows, one after the other; a damaged or impossible one is an error that names its line. `plugins`: metrics and protocols that they name. */
export function readRows(
  dir: string,
  { cwd }: Pick<Context, "cwd">,
  plugins: Plugins = {},
): AsyncGenerator<Row> {
  return ofRun(resolve(cwd, dir), (path) => storedRows(path, rowCheck(withPlugins(plugins))));
}

/** Its masks as RLE, in the order of its rows. */
export function readMasks(dir: string, { cwd }: Pick<Context, "cwd">): AsyncGenerator<MaskRow> {
  return ofRun(resolve(cwd, dir), storedMasks);
}

/** A folder that is not a run's, or one of another format, is an error and not a run without rows. */
async function* ofRun<T>(dir: string, read: (dir: string) => AsyncGenerator<T>): AsyncGenerator<T> {
  await readManifest(dir);
  yield* read(dir);
}

/** Its summary, made of its rows; nothing is written. */
export async function readSummary(
  dir: string,
  { cwd, env }: Pick<Context, "cwd" | "env">,
  plugins: Plugins = {},
): Promise<Summary> {
  return (await summaryOf(resolve(cwd, dir), withPlugins(plugins), { cwd, env })).summary;
}

/**
 * The summary that lies in a run folder, where it is of the run's rows as they are: of the same plan, as complete as they are, and of a part as
 * many as they are. Times of files say nothing: copies have them in any order.
 */
export async function storedSummary(
  dir: string,
  { cwd }: Pick<Context, "cwd">,
): Promise<Summary | undefined> {
  const folder = resolve(cwd, dir);
  const { manifest, complete } = await storedRun(folder);
  try {
    const summary = JSON.parse(await readFile(join(folder, summaryFile), "utf8")) as Summary;
    const { format, plan, cells } = summary;
    if (format !== "segbench/summary@2" || plan !== manifest.planHash || summary.complete !== complete)
      return undefined;
    if (complete) return summary;
    const rows = cells.reduce((all, { counts: { scored, dropped, failed } }) => {
      return all + scored + failed + Object.values(dropped).reduce((sum, n) => sum + n, 0);
    }, 0);
    return rows === (await countRows(folder)) ? summary : undefined;
  } catch {
    return undefined;
  }
}

/** What was done to a run folder, in order; lines that are damaged are left out. */
export async function readHistory(dir: string, { cwd }: Pick<Context, "cwd">): Promise<HistoryLine[]> {
  const lines: HistoryLine[] = [];
  try {
    for await (const { text } of readLines(join(resolve(cwd, dir), historyFile))) {
      const line = historyLine(text);
      if (line !== undefined) lines.push(line);
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
  }
  return lines;
}

function historyLine(text: string): HistoryLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<HistoryLine> | null;
    const told = [line?.time, line?.verb, line?.command, line?.status];
    return told.every((one) => typeof one === "string") ? (line as HistoryLine) : undefined;
  } catch {
    return undefined;
  }
}

/** The summary of a run folder (absolute), finished or not; nothing is written. */
export async function summaryOf(
  dir: string,
  known: Registries,
  around: Around,
  onRow: (row: Row) => void = () => undefined,
): Promise<{ readonly manifest: Manifest; readonly summary: Summary }> {
  const { manifest, complete } = await storedRun(dir);
  const rows = noted(storedRows(dir, rowCheck(known)), onRow);
  const ours = await summarize(rows, summaryFacts(manifest, complete, known));
  return { manifest, summary: await withPublished(ours, manifest, around) };
}

async function* noted(rows: AsyncIterable<Row>, onRow: (row: Row) => void): AsyncGenerator<Row> {
  for await (const row of rows) {
    onRow(row);
    yield row;
  }
}

/** The summary with what is published for its models; as it is where no card names any. */
export async function withPublished(summary: Summary, { plan }: Manifest, around: Around): Promise<Summary> {
  const models = publishedKeys(plan.models);
  if (Object.keys(models).length === 0) return summary;
  const keys = { models, benchmarks: publishedKeys(plan.benchmarks) };
  return { ...summary, published: matchPublished(summary, keys, await loadPublished(around)) };
}

/** What is published under, by the name in a plan. */
export function publishedKeys(planned: Plan["models"] | Plan["benchmarks"]): Record<string, string> {
  return Object.fromEntries(
    planned.flatMap(({ name, card }) =>
      "published" in card && card.published !== undefined ? [[name, card.published]] : [],
    ),
  );
}

/** What a summary holds besides numbers: titles, licences, remarks on exports; only from the manifest. */
export function summaryFacts(
  { plan, planHash, models, shard, drawn = [] }: Manifest,
  complete: boolean,
  known: Registries,
): SummaryFacts {
  return {
    run: plan.name,
    title: plan.title,
    plan: planHash,
    complete,
    models: plan.models.map(({ name, card }) => ({
      name,
      title: card.title,
      remarks: remarksOn(models[name]),
      without: meaningless(card),
    })),
    benchmarks: plan.benchmarks.map(({ name, card, images }) => ({
      name,
      title: card.title,
      domain: card.domain,
      ...given({ licence: card.licence, homepage: card.homepage, description: card.description }),
      ...(drawn.includes(name) ? { drawn: true } : {}),
      // A part of a run has seen only some of them.
      ...(complete && shard === null ? { images } : {}),
    })),
    protocols: plan.protocols.map((id) => protocolFacts(id, plan.metrics, known, plan)),
  };
}

/** Names of measures that are meaningless for a model: its "predicted IoU" may be something else. */
export function meaningless({ mask }: Pick<Plan["models"][number]["card"], "mask">): readonly string[] {
  return (mask?.predictedIou ?? "iou") === "iou" ? [] : estimateMeasures;
}

/** What a reader must know about an export of a model of clicks to read its numbers. */
function remarksOn(facts: unknown): string[] {
  const { capabilities, concepts } = (facts ?? {}) as {
    readonly capabilities?: { readonly multimask?: boolean; readonly singleMask?: boolean };
    readonly concepts?: unknown;
  };
  if (concepts !== undefined) return [];
  return [
    ...(capabilities?.singleMask === false
      ? ["no single-mask output: the mask with the highest predicted IoU counts in every step"]
      : []),
    ...(capabilities?.multimask === false ? ["one mask only: no oracle"] : []),
  ];
}
