import { join } from "node:path";
import type { Unit } from "../core/plan.ts";
import { type AppendFile, openAppendFile } from "./append-file.ts";
import { masksFile, progressFile, rowsFile, timingFile } from "./files.ts";
import { emptyEnds, formatEntry, type Journal } from "./journal.ts";

/** A unit's lines: each text ends with a newline, or is empty. */
export interface UnitText {
  readonly rows: string;
  readonly masks: string;
  readonly timing: string;
  /** Lines of `rows`. */
  readonly count: number;
}

export interface UnitWriter {
  /** The unit's lines, and the journal's line last: a unit without one did not happen. */
  write(unit: Unit, text: UnitText): Promise<void>;
  close(): Promise<void>;
}

/** Opens the files of a run behind the last unit of its journal; what lies behind is cut. */
export async function openUnitWriter(
  dir: string,
  journal: Journal,
  options: { readonly masks: boolean; readonly durable: boolean },
): Promise<UnitWriter> {
  const opened: AppendFile[] = [];
  const close = async () => {
    for (const file of opened) await file.close();
  };
  const openFile = async (name: string, end: number) => {
    const file = await openAppendFile(join(dir, name), end);
    opened.push(file);
    return file;
  };
  try {
    const ends = journal.entries.at(-1) ?? emptyEnds;
    const progress = await openFile(progressFile, journal.bytes);
    const rows = await openFile(rowsFile, ends.rows);
    const masks = options.masks ? await openFile(masksFile, ends.masks) : undefined;
    const timing = await openFile(timingFile, ends.timing);
    return {
      async write({ index, model, benchmark, sample }, text) {
        await rows.append(text.rows);
        await masks?.append(text.masks);
        await timing.append(text.timing);
        if (options.durable) for (const file of [rows, masks, timing]) await file?.sync();
        const reached = { rows: rows.end, masks: masks?.end ?? 0, timing: timing.end };
        await progress.append(
          formatEntry({ unit: index, model, benchmark, sample, count: text.count, ...reached }),
        );
        if (options.durable) await progress.sync();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
