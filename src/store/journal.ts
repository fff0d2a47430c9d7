// How a run folder grows: the lines of a unit are appended to its files, then a line of the journal vouches for them. After a crash
// everything after the last such line is cut off.
import { constants } from "node:fs";
import { type FileHandle, open, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import type { Unit } from "../core/plan.ts";
import type { MaskRow, Row } from "../core/rows.ts";
import { dataFiles, dataKeys, progressFile } from "./files.ts";
import { jsonLine, readLines } from "./lines.ts";

/** A finished unit: a line of progress.jsonl, written after everything it vouches for. */
export interface JournalEntry extends Omit<Unit, "index"> {
  readonly unit: number;
  /** Rows of this unit. */
  readonly count: number;
  /** Where the unit ends in rows.jsonl, masks.jsonl and timing.jsonl, in bytes. */
  readonly rows: number;
  readonly masks: number;
  readonly timing: number;
}

export interface Journal {
  readonly entries: readonly JournalEntry[];
  /** Bytes of progress.jsonl that hold them. */
  readonly bytes: number;
}

export const emptyEnds = { rows: 0, masks: 0, timing: 0 } as const;

/** Reads the journal up to its first line that is torn, damaged or out of order; undefined where there is none. */
export async function readJournal(dir: string): Promise<Journal | undefined> {
  const path = join(dir, progressFile);
  const entries: JournalEntry[] = [];
  let bytes = 0;
  try {
    for await (const { text, whole } of readLines(path)) {
      const entry = whole ? parseEntry(text) : undefined;
      if (entry === undefined || !follows(entries.at(-1), entry)) break;
      entries.push(entry);
      bytes += Buffer.byteLength(text) + 1;
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw complain(path, "cannot be read", { got: reasonOf(cause), cause });
  }
  return { entries, bytes };
}

/**
 * The part of a journal that the other files bear out: they reach each unit's end, and a line ends there. The last
 * units of a journal can outlive their rows when a machine, not just a process, goes down.
 */
export async function soundJournal(dir: string, journal: Journal): Promise<Journal> {
  let kept = journal.entries.length;
  let { bytes } = journal;
  for (const key of dataKeys) {
    const path = join(dir, dataFiles[key]);
    while (kept > 0) {
      const entry = journal.entries[kept - 1]!;
      if (await lineEndsAt(path, entry[key])) break;
      kept -= 1;
      bytes -= Buffer.byteLength(jsonLine(entry));
    }
  }
  return { entries: journal.entries.slice(0, kept), bytes };
}

function parseEntry(text: string): JournalEntry | undefined {
  let entry: JournalEntry;
  try {
    entry = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { unit, model, benchmark, sample, count, rows, masks, timing } = entry ?? {};
  const numbers = [unit, count, rows, masks, timing].every((n) => Number.isSafeInteger(n) && n >= 0);
  const texts = [model, benchmark, sample].every((name) => typeof name === "string");
  if (!numbers || !texts) return undefined;
  // One spelling only: the byte count of the journal is kept from it.
  const plain = { unit, model, benchmark, sample, count, rows, masks, timing };
  return jsonLine(plain) === `${text}\n` ? plain : undefined;
}

function follows(before: JournalEntry | undefined, entry: JournalEntry): boolean {
  if (before === undefined) return true;
  return entry.unit > before.unit && dataKeys.every((key) => entry[key] >= before[key]);
}

async function lineEndsAt(path: string, end: number): Promise<boolean> {
  if (end === 0) return true;
  try {
    if ((await stat(path)).size < end) return false;
    const file = await open(path, "r");
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, end - 1);
      return bytesRead === 1 && buffer[0] === 10;
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

/** A unit's lines: each text ends with a newline, or is empty. */
export interface UnitText {
  readonly rows: string;
  readonly masks: string;
  readonly timing: string;
  /** Lines of `rows`. */
  readonly count: number;
}

/** The lines of what a unit evaluated. */
export function unitText(
  { model, benchmark, sample }: Unit,
  rows: readonly Row[],
  masks: readonly MaskRow[],
  timing: object,
): UnitText {
  const lines = (records: readonly object[]) => records.map(jsonLine).join("");
  const times = lines([{ model, benchmark, sample, ...timing }]);
  return { rows: lines(rows), masks: lines(masks), timing: times, count: rows.length };
}

/** Opens the files of a run after the last unit of its journal; what lies beyond is cut. */
export async function openUnitWriter(
  dir: string,
  journal: Journal,
  options: {
    readonly masks: boolean;
    readonly durable: boolean;
    /** Rejects where this process may write no more: asked before a unit, and before the line that makes it count. */
    readonly vouch: () => Promise<void>;
  },
) {
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
    const grown = dataKeys.filter((key) => key !== "masks" || options.masks);
    const files: (readonly [(typeof dataKeys)[number], AppendFile])[] = [];
    for (const key of grown) files.push([key, await openFile(dataFiles[key], ends[key])]);
    return {
      /** The unit's lines, and the journal's line last: without it, the unit does not count. `durable: false`: it is on disk elsewhere. */
      async write({ index, model, benchmark, sample }: Unit, text: UnitText, durable = options.durable) {
        await options.vouch();
        for (const [key, file] of files) await file.append(text[key]);
        if (durable) for (const [, file] of files) await file.sync();
        const reached = { ...emptyEnds, ...Object.fromEntries(files.map(([key, { end }]) => [key, end])) };
        await options.vouch();
        await progress.append(
          jsonLine({ unit: index, model, benchmark, sample, count: text.count, ...reached }),
        );
        if (durable) await progress.sync();
      },
      /** Resolves when the disk has all that was written. */
      async sync() {
        for (const [, file] of files) await file.sync();
        await progress.sync();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A file that grows by whole pieces at a known end. A symbolic link is followed, never replaced. */
export interface AppendFile {
  readonly path: string;
  /** Bytes that count. */
  readonly end: number;
  /** Writes at the end. Rejects with the file's name; the end stays where it was. */
  append(text: string): Promise<void>;
  /** Asks the system to put what was written on disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

async function openCut(path: string, end: number): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
    // Devices have no size and cannot be cut.
    if ((await handle.stat()).size > end) await handle.truncate(end);
    return handle;
  } catch (cause) {
    await handle?.close();
    throw complain(path, "cannot be opened for writing", { got: reasonOf(cause), cause });
  }
}

/** Opens (or creates) a file and cuts what lies beyond `end`: the remains of an unfinished write. */
export async function openAppendFile(path: string, end: number): Promise<AppendFile> {
  const handle = await openCut(path, end);
  return {
    path,
    get end() {
      return end;
    },
    async append(text) {
      const bytes = Buffer.from(text, "utf8");
      let written = 0;
      try {
        while (written < bytes.length) {
          const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, end + written);
          written += bytesWritten;
        }
      } catch (cause) {
        if (written > 0) await handle.truncate(end).catch(() => undefined);
        throw complain(path, "cannot be written; what was scored before is kept", {
          got: reasonOf(cause),
          cause,
        });
      }
      end += bytes.length;
    },
    async sync() {
      try {
        await handle.datasync();
      } catch (cause) {
        throw complain(path, "cannot be flushed to disk", { got: reasonOf(cause), cause });
      }
    },
    async close() {
      try {
        await handle.close();
      } catch (cause) {
        throw complain(path, "cannot be closed", { got: reasonOf(cause), cause });
      }
    },
  };
}

/**
 * Numbers by which Linux names the file systems that other machines see, or may: NFS, Lustre, GPFS, BeeGFS, CIFS and SMB, Ceph,
 * PanFS, OrangeFS, GFS2, OCFS2, AFS, Coda, 9P, and what is mounted by FUSE.
 */
const sharedFileSystems = [
  ...[0x6969, 0x0bd00bd0, 0x47504653, 0x19830326, 0xff534d42, 0xfe534d42, 0x517b, 0x00c36400, 0xaad7aaea],
  ...[0x20030528, 0x01161970, 0x7461636f, 0x5346414f, 0x73757245, 0x01021997, 0x65735546],
];

/** Whether other machines may see a folder: what one of them wrote is only sure when the disk has it. */
export async function isShared(dir: string, type = typeOfFileSystem): Promise<boolean> {
  return process.platform === "linux" && sharedFileSystems.includes((await type(dir)) >>> 0);
}

async function typeOfFileSystem(dir: string): Promise<number> {
  return statfs(dir).then(
    ({ type }) => type,
    () => 0,
  );
}
