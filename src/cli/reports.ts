import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { complain, reasonOf } from "../core/errors.ts";
import type { Summary } from "../core/summary.ts";
import { type ReportInput, rowWriters, writers } from "../report/index.ts";
import { summarize } from "../stats/summarize.ts";
import { readManifest } from "../store/manifest.ts";
import { readRows } from "../store/read-rows.ts";
import { readRun } from "../store/read-run.ts";
import { readGallery } from "./gallery.ts";
import { withPublished } from "./published.ts";
import { summaryFacts } from "./summary-facts.ts";

/** Rows -> summary -> every report file of a run folder; `print` puts the table on standard output. No model is opened. */
export async function writeReports(dir: string, { print }: { readonly print: boolean }): Promise<Summary> {
  const manifest = await readManifest(dir);
  const { complete } = await readRun(dir);
  const ours = await summarize(readRows(dir), summaryFacts(manifest, complete));
  const summary = await withPublished(ours, manifest);
  const input: ReportInput = { summary, manifest, gallery: await readGallery(dir) };
  for (const { file, render } of Object.values(writers)) {
    const text = render(input);
    if (file !== null) await writeText(join(dir, file), text);
    else if (print) process.stdout.write(text);
  }
  for (const { file, header, lines } of Object.values(rowWriters)) {
    const path = join(dir, file);
    const text = async function* () {
      yield header();
      for await (const row of readRows(dir)) yield lines(row);
    };
    await pipeline(Readable.from(text()), createWriteStream(path)).catch((cause: unknown) => {
      throw complain({ where: path, what: "cannot be written", got: reasonOf(cause), cause });
    });
  }
  return summary;
}

async function writeText(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: unknown) => {
    throw complain({ where: path, what: "cannot be written", got: reasonOf(cause), cause });
  });
}
