import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
  await writeRows(dir);
  return summary;
}

async function writeText(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch(cannotWrite(path));
}

/** Every file that is made of rows, in one pass over them. */
async function writeRows(dir: string): Promise<void> {
  const files = await Promise.all(
    Object.values(rowWriters).map(async ({ file, open: encoder }) => {
      const path = join(dir, file);
      return { path, encoder: encoder(), handle: await open(path, "w").catch(cannotWrite(path)) };
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
