// rows.index: columns about the rows of a run folder, so that millions of them can be filtered and sorted without being read.
// Groups of rows, each with its columns one after the other; then the names that columns count, the units, a footer as JSON, and
// the footer's length. It is made from the rows at any time: what is not as expected is made anew.
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { complain, reasonOf } from "../core/errors.ts";
import type { MeasureNote } from "../core/measure.ts";
import { unlessMissing } from "./files.ts";

const FORMAT = "segbench/rows-index@2";
const GROUP = 65_536;
/** Rows of a group whose values are read by themselves. */
const SEVERAL = 64;

/** Columns that count names: a value is a place in the list of that name. */
export const nameColumns = [
  ...["model", "benchmark", "protocol", "status", "sample", "target", "category", "size"],
] as readonly NameColumn[];
/** `size`: "small", "medium" or "large"; "" where rows do not say an area, as `category` is where they have none. */
export type NameColumn =
  | ("model" | "benchmark" | "protocol" | "status")
  | ("sample" | "target" | "category" | "size");

/** Where a row lies in rows.jsonl, in bytes without its newline; its unit; and the target's share of its image, NaN where rows do not say it. */
const plainColumns = { offset: "f64", length: "u32", unit: "u32", share: "f32" } as const;

type Kind = "f64" | "f32" | "u32";
export type Column = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
const arrays = { f64: Float64Array, f32: Float32Array, u32: Uint32Array } as const;

/** What an index was made of. */
export interface IndexSource {
  /** Hash of the run's plan, and the version of segbench: its measures are those of that version. */
  readonly plan: string;
  readonly version: string;
  /** Of rows.jsonl: bytes that are indexed, when it was written last, SHA-256 of the first and the last ones of these bytes. */
  readonly bytes: number;
  readonly written: number;
  readonly edges: string;
}

interface Footer extends IndexSource {
  readonly format: typeof FORMAT;
  readonly rows: number;
  /** In their order; those of measures are called as the measure. */
  readonly columns: readonly (readonly [name: string, kind: Kind])[];
  /** Where each group begins. */
  readonly groups: readonly number[];
  readonly names: readonly [at: number, bytes: number];
  /** First and last byte of each unit's masks: pairs of doubles. */
  readonly units: readonly [at: number, count: number];
  readonly measures: Readonly<Record<string, readonly MeasureNote[]>>;
  /** Measures that some row has by itself, by id. */
  readonly valued: readonly string[];
}

export type Names = Readonly<Record<NameColumn, readonly string[]>>;

/** An index as it is read. Columns are read when they are asked for, and not kept here. */
export interface RowIndex extends Omit<Footer, "names" | "units" | "columns" | "groups" | "format"> {
  readonly names: Names;
  /** Where the masks of a unit lie in masks.jsonl, from the first byte to behind the last one. */
  unitMasks(unit: number): readonly [from: number, to: number];
  column(name: string): Promise<Column>;
  /** What one row has in some columns; those that there are not are left out. */
  values(place: number, names: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Whole groups as they lie in the file, and the rows after them by column: what an index that goes on begins with. */
  readonly before: { readonly groups: readonly number[]; readonly file: FileHandle };
  close(): Promise<void>;
}

/** Opens an index; undefined where there is none, or one that is damaged or of another format. */
export async function openRowIndex(path: string): Promise<RowIndex | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const { size } = await file.stat();
    const length = (await read(file, size - 4, 4)).readUInt32LE(0);
    const footer = JSON.parse((await read(file, size - 4 - length, length)).toString()) as Footer;
    if (footer.format !== FORMAT || endOf(footer) !== size - 4 - length) throw new Error(footer.format);
    const names = JSON.parse((await read(file, ...footer.names)).toString()) as Names;
    const isList = (name: NameColumn) => names[name].every((one) => typeof one === "string");
    if (!nameColumns.every(isList)) throw new Error("names");
    const units = doubles(await read(file, footer.units[0], footer.units[1] * 16));
    return indexOf(file, footer, names, units);
  } catch {
    await file?.close();
    return undefined;
  }
}

/** Where the footer of an index with such contents begins; undefined where they cannot be one's. */
function endOf({ rows, columns, groups, names, units, measures, valued }: Footer): number | undefined {
  const values = columns.slice(columnsOf([]).length).map(([name]) => name);
  if (JSON.stringify(columns) !== JSON.stringify(columnsOf(values))) return undefined;
  if (!Number.isSafeInteger(rows) || rows < 0 || groups.length !== Math.ceil(rows / GROUP)) return undefined;
  const width = columns.reduce((sum, [, kind]) => sum + sizeOf(kind), 0);
  if (groups.some((at, g) => at !== g * GROUP * width) || names[0] !== rows * width) return undefined;
  if (units[0] !== names[0] + names[1] || !Object.values(measures).every(Array.isArray)) return undefined;
  return Array.isArray(valued) ? units[0] + 16 * units[1] : undefined;
}

function indexOf(file: FileHandle, footer: Footer, names: Names, units: Float64Array): RowIndex {
  const { columns, groups, format: _, ...facts } = footer;
  /** The group whose values were asked for last, how often, and its columns. */
  let near: { readonly group: number; asked: number; bytes?: Promise<Buffer> } = { group: -1, asked: 0 };
  const rowsOf = (group: number) => Math.min(GROUP, footer.rows - group * GROUP);
  const startOf = (group: number, place: number) =>
    groups[group]! + rowsOf(group) * columns.slice(0, place).reduce((sum, [, kind]) => sum + sizeOf(kind), 0);
  return {
    ...facts,
    names,
    unitMasks: (unit) => [units[2 * unit] ?? 0, units[2 * unit + 1] ?? 0],
    async column(name) {
      const place = columns.findIndex(([own]) => own === name);
      if (place === -1) throw complain("rows.index", "does not have the column", { got: name });
      const kind = columns[place]![1];
      const all = new arrays[kind](footer.rows);
      for (const g of groups.keys()) {
        const bytes = new Uint8Array(all.buffer, g * GROUP * sizeOf(kind), rowsOf(g) * sizeOf(kind));
        await readInto(file, bytes, startOf(g, place));
      }
      return all;
    },
    async values(row, wanted) {
      const g = Math.floor(row / GROUP);
      // Of a group that is asked for again and again, all columns: rows are read one after the other then.
      if (near.group !== g) near = { group: g, asked: 0 };
      near.asked += 1;
      if (near.asked > SEVERAL && near.bytes === undefined)
        near.bytes = read(file, groups[g]!, startOf(g, columns.length) - groups[g]!);
      const bytes = await near.bytes;
      const found = await Promise.all(
        columns.map(async ([name, kind], place) => {
          if (!wanted.includes(name)) return [];
          const one = new arrays[kind](1);
          const at = startOf(g, place) + (row - g * GROUP) * sizeOf(kind);
          const own = new Uint8Array(one.buffer);
          if (bytes === undefined) await readInto(file, own, at);
          else own.set(bytes.subarray(at - groups[g]!, at - groups[g]! + own.length));
          return [[name, one[0]!] as const];
        }),
      );
      return new Map(found.flat());
    },
    before: { groups, file },
    close: () => file.close(),
  };
}

export interface IndexWriter {
  /** One row: its values in the order of `columnsOf`. */
  add(values: readonly number[]): Promise<void>;
  /** Writes what is left; the file takes its place whole. */
  end(
    facts: IndexSource & Pick<RowIndex, "names" | "measures" | "valued">,
    unitMasks: Float64Array,
  ): Promise<void>;
  /** Gives up: nothing stays. */
  drop(): Promise<void>;
}

/** Names and kinds of the columns of an index with such columns of values: measures by id, and estimates. */
export function columnsOf(values: readonly string[]): (readonly [name: string, kind: Kind])[] {
  return [
    ...Object.entries(plainColumns),
    ...nameColumns.map((name) => [name, "u32"] as const),
    ...values.map((name) => [name, "f32"] as const),
  ];
}

/** Begins an index; `before`: what is there already, with the same columns. */
export async function writeRowIndex(
  path: string,
  columns: readonly (readonly [name: string, kind: Kind])[],
  before?: RowIndex,
): Promise<IndexWriter> {
  const temporary = `${path}.${process.pid}.tmp`;
  let file: FileHandle;
  try {
    // A file of its own, whatever lies there: a link would be followed.
    await unlessMissing(temporary, unlink);
    file = await open(temporary, "wx");
  } catch (cause) {
    throw complain(path, "cannot be written", { got: reasonOf(cause), cause });
  }
  const buffers = columns.map(([, kind]) => new arrays[kind](GROUP));
  const groups: number[] = [];
  let at = 0;
  let rows = 0;
  let held = 0;
  const put = async (bytes: Uint8Array) => {
    await file.write(bytes, 0, bytes.length, at);
    at += bytes.length;
  };
  const flush = async () => {
    if (held === 0) return;
    groups.push(at);
    for (const buffer of buffers) await put(bytesOf(buffer).subarray(0, held * buffer.BYTES_PER_ELEMENT));
    held = 0;
  };
  if (before !== undefined) {
    rows = before.rows;
    const whole = Math.floor(rows / GROUP);
    const bytes = columns.reduce((sum, [, kind]) => sum + sizeOf(kind) * GROUP, 0);
    for (const start of before.before.groups.slice(0, whole)) {
      groups.push(at);
      await put(await read(before.before.file, start, bytes));
    }
    held = rows - whole * GROUP;
    for (const [c, [name]] of columns.entries())
      buffers[c]!.set((await before.column(name)).subarray(whole * GROUP) as never);
  }
  return {
    async add(values) {
      for (let c = 0; c < buffers.length; c++) buffers[c]![held] = values[c]!;
      held += 1;
      rows += 1;
      if (held === GROUP) await flush();
    },
    async end({ names, measures, valued, ...source }, unitMasks) {
      try {
        await flush();
        const start = at;
        // Column by column: there may be as many names as rows.
        for (const [n, [key, list]] of Object.entries(names).entries())
          await put(Buffer.from(`${n === 0 ? "{" : ","}${JSON.stringify(key)}:${JSON.stringify(list)}`));
        await put(Buffer.from("}"));
        const places = { names: [start, at - start], units: [at, unitMasks.length / 2] } as const;
        await put(bytesOf(unitMasks));
        const footer: Footer = {
          format: FORMAT,
          ...source,
          rows,
          columns,
          groups,
          ...places,
          measures,
          valued,
        };
        const last = Buffer.from(JSON.stringify(footer));
        const length = Buffer.alloc(4);
        length.writeUInt32LE(last.length);
        await put(Buffer.concat([last, length]));
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    },
    async drop() {
      await file.close().catch(() => undefined);
      await unlessMissing(temporary, unlink);
    },
  };
}

function sizeOf(kind: Kind): number {
  return arrays[kind].BYTES_PER_ELEMENT;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function doubles({ buffer, byteOffset, byteLength }: Buffer): Float64Array {
  return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** A range of a file; throws where the file is shorter. */
async function read(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  await readInto(file, bytes, from);
  return bytes;
}

async function readInto(file: FileHandle, bytes: Uint8Array, from: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, from + done);
    if (bytesRead === 0) throw new Error("the file is cut off");
    done += bytesRead;
  }
}
