import { open, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { reportDefaults } from "../core/defaults.ts";
import { complain, reasonOf } from "../core/errors.ts";
import type { Row } from "../core/rows.ts";
import type { Summary } from "../core/summary.ts";
import { noteScores, type ReportInput, rowWriters, writers } from "../report/index.ts";
import { summarize } from "../stats/summarize.ts";
import { summarizeTimes } from "../stats/timing.ts";
import { readManifest } from "../store/manifest.ts";
import { readRows } from "../store/read-rows.ts";
import { readRun } from "../store/read-run.ts";
import { readTimes } from "../store/read-times.ts";
import { readGallery } from "./gallery.ts";
import { withPublished } from "./published.ts";
import { summaryFacts } from "./summary-facts.ts";

export interface ReportOptions {
  /** Put the table on standard output. */
  readonly print: boolean;
  /** Write the tables of rows however large they become. */
  readonly rows?: boolean;
}

/** Rows -> summary -> every report file of a run folder. No model is opened. */
export async function writeReports(dir: string, { print, rows = false }: ReportOptions): Promise<Summary> {
  const manifest = await readManifest(dir);
  const { complete } = await readRun(dir);
  const scores: string[] = [];
  const ours = await summarize(notingScores(readRows(dir), scores), summaryFacts(manifest, complete));
  const summary = await withPublished(ours, manifest);
  const times = await summarizeTimes(readTimes(dir));
  const input: ReportInput = { summary, manifest, gallery: await readGallery(dir), times };
  for (const { file, render } of Object.values(writers)) {
    const text = render(input);
    if (file !== null) await writeText(join(dir, file), text);
    else if (print) process.stdout.write(text);
  }
  if (rows || tableLines(summary) <= reportDefaults.tableLines) await writeRows(dir, scores);
  else await leaveOutRows(dir, summary);
  return summary;
}

/** Rows as they are; the names of their scores are taken down on the way. */
async function* notingScores(rows: AsyncIterable<Row>, scores: string[]): AsyncGenerator<Row> {
  for await (const row of rows) {
    noteScores(scores, row);
    yield row;
  }
}

/** Lines of rows.csv, about: a scored target has one per step that its protocol's first measure is taken at. */
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

/** Tables of millions of lines take longer than everything else, and what was there before is no longer true. */
async function leaveOutRows(dir: string, summary: Summary): Promise<void> {
  const files = Object.values(rowWriters).map(({ file }) => file);
  for (const file of files) await rm(join(dir, file), { force: true });
  const lines = (tableLines(summary) / 1e6).toFixed(1);
  process.stderr.write(
    `${files.join(" and ")} left out: ${lines} million lines (segbench report ${relative(process.cwd(), dir) || "."} --rows writes them)\n`,
  );
}

async function writeText(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch(cannotWrite(path));
}

/** Every file that is made of rows, in one pass over them. */
async function writeRows(dir: string, scores: readonly string[]): Promise<void> {
  const files = await Promise.all(
    Object.values(rowWriters).map(async ({ file, open: encoder }) => {
      const path = join(dir, file);
      return { path, encoder: encoder(scores), handle: await open(path, "w").catch(cannotWrite(path)) };
    }),
  );
  try {
    for await (const row of readRows(dir))
      for (const { path, encoder, handle } of files) {
        const piece = encoder.add(row);
        if (piece !== undefined) await handle.writeFile(piece).catch(cannotWrite(path));
      }
    for (const { path, encoder, handle } of files)
      await handle.writeFile(encoder.end()).catch(cannotWrite(path));
  } finally {
    for (const { handle } of files) await handle.close();
  }
}

function cannotWrite(path: string) {
  return (cause: unknown): never => {
    throw complain({ where: path, what: "cannot be written", got: reasonOf(cause), cause });
  };
}
