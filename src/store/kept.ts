// kept.jsonl: what was done before a run grew, until every unit is in its new place. A head with the plan, a line for each unit that
// says how long its texts are, then these texts: rows, masks and times, byte for byte. It is written beside and then renamed, so it
// is whole or not there, and from then on the units in it count as done.
import { type FileHandle, open, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import { given } from "../core/given.ts";
import { type Plan, type Unit, unitKey } from "../core/plan.ts";
import { dataFiles, dataKeys, keptFile, unlessMissing } from "./files.ts";
import { emptyEnds, type JournalEntry, type UnitText } from "./journal.ts";
import { jsonLine, readLines } from "./lines.ts";

const FORMAT = "segbench/kept@1";
type DataKey = (typeof dataKeys)[number];

/** A unit that was done: under which protocols, its number of rows, and the bytes of its texts. */
interface KeptLine extends Omit<Unit, "index">, Readonly<Record<DataKey, number>> {
  readonly protocols: readonly string[];
  /** As the plan had it. */
  readonly points?: readonly number[];
  readonly count: number;
}

export interface KeptUnit extends KeptLine {
  /** Where its texts begin in the file. */
  readonly at: number;
}

export interface Kept {
  /** What the units were done for. */
  readonly plan: Plan;
  /** By `unitKey`. */
  readonly units: ReadonlyMap<string, KeptUnit>;
}

/** The units that a run folder keeps; undefined where it is not growing. */
export async function readKept(dir: string): Promise<Kept | undefined> {
  const path = join(dir, keptFile);
  const size = await stat(path).then(
    (found) => found.size,
    (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? undefined : Promise.reject(error)),
  );
  if (size === undefined) return undefined;
  try {
    const lines: KeptLine[] = [];
    let head: { readonly format?: string; readonly plan: Plan; readonly units: number } | undefined;
    let at = 0;
    for await (const { text } of readLines(path)) {
      at += Buffer.byteLength(text) + 1;
      const value = JSON.parse(text);
      if (head === undefined) head = value;
      else lines.push(value);
      if (head?.format !== FORMAT || lines.length === head.units) break;
    }
    if (head?.format !== FORMAT) throw new Error(`format ${head?.format ?? "unknown"}`);
    const units = new Map<string, KeptUnit>();
    for (const line of lines) {
      units.set(unitKey(line), { ...line, at });
      at += line.rows + line.masks + line.timing;
    }
    if (at !== size || units.size !== head.units) throw new Error(`${size} bytes in place of ${at}`);
    return { plan: head.plan, units };
  } catch (cause) {
    throw complain(
      path,
      "is damaged: it holds units that were done before this run grew (without it they are done again)",
      { expected: `format ${FORMAT}, as it was written`, got: reasonOf(cause), cause },
    );
  }
}

/** Protocols of a plan under which a unit is still to be played; `clicked` are those that hang on the numbers of clicks asked for. */
export function protocolsLeftOf(
  unit: KeptLine | undefined,
  { protocols, points }: Plan,
  clicked?: { has(protocol: string): boolean },
): readonly string[] {
  if (unit === undefined) return protocols;
  const same = JSON.stringify(unit.points) === JSON.stringify(points);
  return protocols.filter(
    (id) => !unit.protocols.includes(id) || (!same && (clicked === undefined || clicked.has(id))),
  );
}

/** Reads the texts of units that are kept; to be closed. */
export async function openKept(dir: string) {
  const path = join(dir, keptFile);
  const file = await open(path, "r");
  const read = async (start: number, bytes: number): Promise<string> =>
    (await readRange(file, path, start, start + bytes)).toString("utf8");
  return {
    rows: ({ at, rows }: KeptUnit) => read(at, rows),
    masks: ({ at, rows, masks }: KeptUnit) => read(at + rows, masks),
    async text({ at, rows, masks, timing, count }: KeptUnit): Promise<UnitText> {
      return {
        rows: await read(at, rows),
        masks: await read(at + rows, masks),
        timing: await read(at + rows + masks, timing),
        count,
      };
    },
    close: () => file.close(),
  };
}

export type KeptReader = Awaited<ReturnType<typeof openKept>>;

/**
 * Writes kept.jsonl anew: the units of the run's own files, done for `plan`, and those that were kept before. `vouch` rejects where this
 * process may write no more.
 */
export async function writeKept(
  dir: string,
  plan: Plan,
  entries: readonly JournalEntry[],
  before: Kept | undefined,
  vouch: () => Promise<void>,
): Promise<Kept> {
  const own = entries.map((entry, i): KeptLine => {
    const start = entries[i - 1] ?? emptyEnds;
    const { model, benchmark, sample, count } = entry;
    const { protocols, points } = plan;
    const [rows, masks, timing] = dataKeys.map((key) => entry[key] - start[key]) as [number, number, number];
    return { model, benchmark, sample, protocols, ...given({ points }), count, rows, masks, timing };
  });
  const done = new Set(own.map(unitKey));
  const others = [...(before?.units ?? [])].flatMap(([key, unit]) => (done.has(key) ? [] : [unit]));
  const lines = [...own, ...others.map(({ at: _, ...line }) => line)];
  const path = join(dir, keptFile);
  const temporary = draftOf(path);
  const opened: FileHandle[] = [];
  const openFile = async (name: string, flags: string) => {
    const file = await open(name, flags);
    opened.push(file);
    return file;
  };
  try {
    const to = await openFile(temporary, "w");
    const write = gathered(to);
    await write(Buffer.from(jsonLine({ format: FORMAT, plan, units: lines.length })));
    for (const line of lines) await write(Buffer.from(jsonLine(line)));
    const sources = new Map<DataKey, readonly [FileHandle, string]>();
    for (const key of dataKeys)
      if ((entries.at(-1)?.[key] ?? 0) > 0) {
        const name = join(dir, dataFiles[key]);
        sources.set(key, [await openFile(name, "r"), name]);
      }
    for (const [i, entry] of entries.entries())
      for (const key of dataKeys) {
        const source = sources.get(key);
        if (source !== undefined)
          await write(await readRange(...source, entries[i - 1]?.[key] ?? 0, entry[key]));
      }
    if (others.length > 0) {
      const from = await openFile(path, "r");
      for (const { at, rows, masks, timing } of others)
        await write(await readRange(from, path, at, at + rows + masks + timing));
    }
    await write(undefined);
    // The units leave their own files afterwards: the disk must have them.
    await to.sync();
    await vouch();
    await rename(temporary, path);
    await syncFolder(dir);
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw complain(path, "cannot be written; the run stays as it was", { got: reasonOf(cause), cause });
  } finally {
    for (const file of opened) await file.close().catch(() => undefined);
  }
  return (await readKept(dir))!;
}

export async function removeKept(dir: string): Promise<void> {
  await removeDraft(dir);
  await unlessMissing(join(dir, keptFile), unlink);
}

/** What a process left that was killed while it wrote kept.jsonl. */
export function removeDraft(dir: string): Promise<void> {
  return unlessMissing(draftOf(join(dir, keptFile)), unlink);
}

const draftOf = (path: string) => `${path}.tmp`;

const PIECE = 2 ** 20;

/** Writes small pieces together; `undefined` writes what is left. */
function gathered(file: FileHandle) {
  let waiting: Buffer[] = [];
  let bytes = 0;
  return async (piece: Buffer | undefined): Promise<void> => {
    if (piece !== undefined) {
      waiting.push(piece);
      bytes += piece.length;
      if (bytes < PIECE) return;
    }
    await file.writeFile(Buffer.concat(waiting));
    waiting = [];
    bytes = 0;
  };
}

async function readRange(file: FileHandle, path: string, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(to - from);
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, from + done);
    if (bytesRead === 0)
      throw complain(path, "is cut off", { expected: `${to} bytes`, got: `${from + done}` });
    done += bytesRead;
  }
  return bytes;
}

/** So that a new name outlives the machine; not every system has it. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, "r").catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
