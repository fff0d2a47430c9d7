// The names of a run folder: the contract with whoever reads one.
import { complain, reasonOf } from "../core/errors.ts";

export const manifestFile = "manifest.json";
export const rowsFile = "rows.jsonl";
export const masksFile = "masks.jsonl";
export const timingFile = "timing.jsonl";
export const progressFile = "progress.jsonl";
/** Calls that wrote the folder, with their dates; never read for results, and kept by `fresh`. */
export const historyFile = "history.jsonl";
export const lockFile = "run.lock";

/** Units that were done before a run grew, until they are in their new places. */
export const keptFile = "kept.jsonl";

/** Parts of units that wait for their places, where many machines work on a run: numbered files. */
export const pendingFolder = "pending";
export const pendingPattern = /^(\d+)\.part$/;

/** Who works on it meanwhile; there only while a coordinator collects. */
export const workersFile = "workers.json";

/** Grow by whole units; cut back to the journal's offsets when a run continues. */
export const dataFiles = { rows: rowsFile, masks: masksFile, timing: timingFile } as const;
export const dataKeys = ["rows", "masks", "timing"] as const;

/** Columns about the rows, for whoever looks through them. */
export const indexFile = "rows.index";

export const summaryFile = "summary.json";

/** Made from the rows at any time. */
export const reportFiles = [
  indexFile,
  summaryFile,
  "report.html",
  "report.md",
  "rows.csv",
  "rows.parquet",
  "junit.xml",
  "table.tex",
] as const;

/** The runtime's own traces: of each part of a model, as its family names them, and of each model where there are several. */
export const tracePattern = /^profile-[\w.-]+\.json$/;

/** Pictures of single targets, numbered files, and film strips; and what they show. */
export const overlayFolder = "overlays";
export const overlayPattern = /^((\d+|strip-\d+-\d+)\.webp|(index|strips)\.json)$/;

/** Removes a file or its content; what is not there need not be removed. */
export async function unlessMissing(path: string, remove: (path: string) => Promise<void>): Promise<void> {
  try {
    await remove(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return;
    throw complain(path, "cannot be removed", { got: reasonOf(cause), cause });
  }
}
