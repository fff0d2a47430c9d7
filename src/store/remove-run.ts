import { readdir, rmdir, stat, truncate, unlink } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import {
  dataFiles,
  manifestFile,
  overlayFolder,
  overlayPattern,
  progressFile,
  reportFiles,
  tracePattern,
} from "./files.ts";

/** Deletes what a run and its reports wrote, and nothing else. Files that grow are emptied in place: they may be links. */
export async function removeRun(dir: string): Promise<void> {
  // The journal first: without it, nothing is taken for finished should this be interrupted.
  for (const name of [progressFile, ...dataFiles])
    await unlessMissing(join(dir, name), async (path) => {
      if ((await stat(path)).size > 0) await truncate(path);
    });
  const overlays = await readdir(join(dir, overlayFolder)).catch((): string[] => []);
  const pictures = overlays.filter((name) => overlayPattern.test(name));
  const traces = (await readdir(dir).catch((): string[] => [])).filter((name) => tracePattern.test(name));
  for (const name of [
    ...traces,
    ...pictures.map((picture) => join(overlayFolder, picture)),
    ...reportFiles,
    manifestFile,
  ])
    await unlessMissing(join(dir, name), unlink);
  // Only when nothing else is in it.
  if (pictures.length > 0) await rmdir(join(dir, overlayFolder)).catch(() => undefined);
}

async function unlessMissing(path: string, remove: (path: string) => Promise<void>): Promise<void> {
  try {
    await remove(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return;
    throw complain({ where: path, what: "cannot be removed", got: reasonOf(cause), cause });
  }
}
