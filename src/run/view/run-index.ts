// A run folder for whoever looks through it: columns about its rows, made at first sight and when it has grown, and any single row with
// its masks. Nothing reads the rows whole a second time.
import { createHash } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Plugins, protocolFacts, type Registries, rowCheck, withPlugins } from "../../config/index.ts";
import { complain } from "../../core/errors.ts";
import { held } from "../../core/held.ts";
import { type MeasureNote, noteOf } from "../../core/measure.ts";
import type { Manifest } from "../../core/plan.ts";
import type { MaskRow, Row } from "../../core/rows.ts";
import { indexFile, masksFile, rowsFile } from "../../store/files.ts";
import { readJournal } from "../../store/journal.ts";
import { readLines, textAt } from "../../store/lines.ts";
import { parseRecord, readRun } from "../../store/read-run.ts";
import {
  type Column,
  columnsOf,
  type IndexSource,
  type NameColumn,
  type Names,
  nameColumns,
  openRowIndex,
  type RowIndex,
  writeRowIndex,
} from "../../store/row-index.ts";
import { maskShapeProblems, rowProblems } from "../../store/row-problems.ts";
import type { Context } from "../context.ts";
import { version } from "../surroundings.ts";
import { rowValues } from "./row-values.ts";

export interface RunIndex {
  readonly rows: number;
  /** By column of names: a row's number there is a place in this list. */
  readonly names: Names;
  /** Measures of single rows, by protocol. */
  readonly measures: Readonly<Record<string, readonly MeasureNote[]>>;
  /** Those that some row has by itself, by id. */
  readonly valued: readonly string[];
  /** `share` (of the image), a column of names, the id of a measure, or what `estimateColumn` says: a value for each row, NaN where it has none. */
  column(name: string): Promise<Column>;
  /** A row's own values of its protocol's measures, by id; without those that it does not have. */
  values(place: number): Promise<Readonly<Record<string, number>>>;
  /** A row by its place, from 0; checked as it is read. */
  row(place: number): Promise<Row>;
  /** The masks that the run kept of it; none without a journal, which says where they lie. */
  masks(place: number): Promise<MaskRow[]>;
  /** The rows have changed since. */
  isStale(): Promise<boolean>;
  close(): Promise<void>;
}

export interface RunIndexOptions {
  /** Metrics and protocols that the rows name. */
  readonly plugins?: Plugins;
  /** Bytes of rows that are indexed, of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Opens a run folder's index, and makes it where it is missing, of other rows, or shorter than them. Of a run that is not finished: as far as it has come. */
export async function openRunIndex(
  dir: string,
  { plugins = {}, onProgress = () => undefined }: RunIndexOptions,
  { cwd, signal }: Pick<Context, "cwd" | "signal">,
): Promise<RunIndex> {
  const folder = resolve(cwd, dir);
  const known = withPlugins(plugins);
  const { manifest } = await readRun(folder);
  const reached = await reachedOf(folder);
  const path = join(folder, indexFile);
  const source = await sourceOf(folder, manifest, reached.rows);
  const found = await openRowIndex(path);
  // What lies beyond may have been written since; the rest is as it was, or not of the same time.
  const whole = found?.written === source.written || (await stat(join(folder, rowsFile))).size > source.bytes;
  if (found !== undefined && sameSource(found, source) && whole) return opened(folder, found, known);
  const before = found !== undefined && (await isBegun(folder, found, source)) ? found : undefined;
  const building = { manifest, reached, source, before, known, onProgress, signal };
  const written = await build(path, folder, building).finally(() => found?.close());
  const made = await openRowIndex(written);
  if (written !== path) await rm(dirname(written), { recursive: true, force: true });
  if (made === undefined) throw complain(path, "cannot be read again");
  return opened(folder, made, known);
}

function opened(folder: string, index: RowIndex, known: Registries): RunIndex {
  const check = rowCheck(known);
  const [offsets, lengths, units] = ["offset", "length", "unit"].map((name) => {
    let column: Promise<Column> | undefined;
    return () => {
      column ??= index.column(name);
      return column;
    };
  }) as [() => Promise<Column>, () => Promise<Column>, () => Promise<Column>];
  /** Size and time of the rows, as they are known to be those of the index. */
  let seen = `${index.bytes} ${index.written}`;
  // Whoever asks for a row asks for more of it, and for its neighbour.
  const rowAt = held(1, async (place): Promise<Row> => {
    const [from, bytes] = [(await offsets())[Number(place)], (await lengths())[Number(place)]];
    const where = `${join(folder, rowsFile)}, row ${place}`;
    if (from === undefined || bytes === undefined)
      throw complain(where, "is not there", { code: "not-found", expected: `0 to ${index.rows - 1}` });
    const text = await textAt(join(folder, rowsFile), from, from + bytes);
    return parseRecord<Row>(where, text, true, (value) => rowProblems(value, check));
  });
  const row = (place: number) => rowAt(String(place));
  const masksOf = held(1, async (unit): Promise<readonly MaskRow[]> => {
    const [from, to] = index.unitMasks(Number(unit));
    const path = join(folder, masksFile);
    const lines = to <= from ? [] : (await textAt(path, from, to)).split("\n").filter((line) => line !== "");
    return lines.map((line) => parseRecord<MaskRow>(path, line, true, maskShapeProblems));
  });
  return {
    rows: index.rows,
    names: index.names,
    measures: index.measures,
    valued: index.valued,
    column: (name) => index.column(name),
    async values(place) {
      const { protocol } = await row(place);
      const ids = (index.measures[protocol] ?? []).map(({ id }) => id);
      const found = await index.values(place, ids);
      return Object.fromEntries(
        ids.flatMap((id) => (Number.isNaN(found.get(id) ?? Number.NaN) ? [] : [[id, found.get(id)!]])),
      );
    },
    row,
    async masks(place) {
      const { protocol, target } = await row(place);
      const masks = await masksOf(String((await units())[place]!));
      return masks.filter((mask) => mask.protocol === protocol && mask.target === target);
    },
    async isStale() {
      const { size, mtimeMs } = await stat(join(folder, rowsFile));
      const now = `${size} ${mtimeMs}`;
      if (now === seen) return false;
      const { rows } = await reachedOf(folder);
      if (rows !== index.bytes || size === rows) return true;
      seen = now;
      return false;
    },
    close: () => index.close(),
  };
}

// ---------------------------------------------------------------------------------------------------- how far the rows go

/** How far whole units go in rows.jsonl, and where each one ends; of a folder without a journal how far whole lines go. */
interface Reached {
  readonly rows: number;
  readonly units?: readonly { readonly rows: number; readonly masks: number }[];
}

async function reachedOf(folder: string): Promise<Reached> {
  const journal = await readJournal(folder);
  if (journal !== undefined) return { rows: journal.entries.at(-1)?.rows ?? 0, units: journal.entries };
  const path = join(folder, rowsFile);
  const { size } = await stat(path);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - 65_536);
    const last = Buffer.from(await textAt(path, from, end, "latin1"), "latin1").lastIndexOf(10);
    if (last !== -1) return { rows: from + last + 1 };
    end = from;
  }
  return { rows: 0 };
}

async function sourceOf(
  folder: string,
  { planHash }: Pick<Manifest, "planHash">,
  bytes: number,
): Promise<IndexSource> {
  const path = join(folder, rowsFile);
  const { mtimeMs } = await stat(path).catch(() => {
    throw complain(folder, "does not have rows", {
      code: "not-found",
      expected: rowsFile,
      got: "no such file",
    });
  });
  return { plan: planHash, version, bytes, written: mtimeMs, edges: await edgesOf(path, bytes) };
}

async function edgesOf(path: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  const edge = Math.min(bytes, 65_536);
  hash
    .update(await textAt(path, 0, edge, "latin1"))
    .update(await textAt(path, bytes - edge, bytes, "latin1"));
  return hash.digest("hex");
}

function sameSource(a: IndexSource, b: IndexSource): boolean {
  return a.plan === b.plan && a.version === b.version && a.bytes === b.bytes && a.edges === b.edges;
}

/** Whether the rows go on where an index ends. */
async function isBegun(folder: string, index: RowIndex, source: IndexSource): Promise<boolean> {
  if (index.bytes >= source.bytes) return false;
  const edges = await edgesOf(join(folder, rowsFile), index.bytes);
  return sameSource(index, { ...source, bytes: index.bytes, edges });
}

// ---------------------------------------------------------------------------------------------------- making it

interface Building extends Required<Pick<RunIndexOptions, "onProgress">>, Pick<Context, "signal"> {
  readonly manifest: Manifest;
  readonly reached: Reached;
  readonly source: IndexSource;
  readonly before: RowIndex | undefined;
  readonly known: Registries;
}

/** Where nothing can be written beside the rows, in a folder of its own, which can go once the index is open. */
async function writerFor(path: string, columns: ReturnType<typeof columnsOf>, before: RowIndex | undefined) {
  try {
    return { written: path, writer: await writeRowIndex(path, columns, before) };
  } catch (error) {
    const own = await mkdtemp(join(tmpdir(), "segbench-index-")).catch(() => Promise.reject(error));
    const written = join(own, indexFile);
    return { written, writer: await writeRowIndex(written, columns, before) };
  }
}

/** The path that it was written to. */
async function build(path: string, folder: string, building: Building): Promise<string> {
  const { manifest, reached, source, before, known, onProgress, signal } = building;
  const { protocols, metrics } = manifest.plan;
  const measures = new Map(
    protocols.map((id) => [id, protocolFacts(id, metrics, known, manifest.plan).measures] as const),
  );
  const alone = rowValues(measures, before?.valued);
  const lists = Object.fromEntries(
    nameColumns.map((name) => [name, namesFrom(before?.names[name] ?? [])]),
  ) as Record<NameColumn, ReturnType<typeof namesFrom>>;
  const unitOf = unitsOf(reached);
  const check = rowCheck(known);
  const { written, writer } = await writerFor(path, columnsOf(alone.columns), before);
  const start = before?.bytes ?? 0;
  const file = join(folder, rowsFile);
  try {
    let offset = start;
    for await (const { number, text, bytes, whole } of readLines(file, source.bytes, start)) {
      const where = `${file}, line ${number}${before === undefined ? "" : ` after the first ${before.rows}`}`;
      const row = parseRecord<Row>(where, text, whole, (value) => rowProblems(value, check));
      const { values, share, size } = alone.of(row);
      const words = { ...row, size };
      await writer.add([
        ...[offset, bytes, unitOf(offset)],
        share,
        ...nameColumns.map((name) => lists[name].place(words[name] ?? "")),
        ...values,
      ]);
      offset += bytes + 1;
      if (number % 4096 === 0) {
        onProgress(offset, source.bytes);
        if (signal.aborted) throw signal.reason;
      }
    }
    const names = Object.fromEntries(
      nameColumns.map((name) => [name, lists[name].all()]),
    ) as unknown as Names;
    const notes = Object.fromEntries([...measures].map(([id, list]) => [id, list.map(noteOf)]));
    await writer.end({ ...source, names, measures: notes, valued: alone.valued() }, unitMasks(reached));
    return written;
  } catch (error) {
    await writer.drop();
    if (written !== path) await rm(dirname(written), { recursive: true, force: true });
    throw error;
  }
}

/** A list of names that grows by those it does not have. */
function namesFrom(first: readonly string[]) {
  const known = new Map(first.map((name, i) => [name, i]));
  const place = (name: string): number => {
    const found = known.get(name) ?? known.size;
    if (found === known.size) known.set(name, found);
    return found;
  };
  return { all: () => [...known.keys()], place };
}

/** A row's unit by its place, as the journal says. */
function unitsOf({ units = [] }: Reached) {
  let unit = 0;
  return (offset: number) => {
    while (unit < units.length - 1 && offset >= units[unit]!.rows) unit += 1;
    return unit;
  };
}

/** First byte and end of each unit's masks. */
function unitMasks({ units = [] }: Reached): Float64Array {
  const ends = new Float64Array(2 * units.length);
  for (const [i, { masks }] of units.entries()) ends.set([units[i - 1]?.masks ?? 0, masks], 2 * i);
  return ends;
}
