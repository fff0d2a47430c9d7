// Label maps in MATLAB files, level 5 (save -v6 and -v7). Written from the published specification, since the readers on
// npm have incompatible licences. Only what leads to the wanted array is unpacked.
import { constants, inflateSync } from "node:zlib";
import { complain, reasonOf } from "../core/errors.ts";
import type { LabelMap, PixelValues } from "../core/types.ts";
import { type DataFile, readBytes } from "./files.ts";

const HEADER = 128;
/** Data types of elements. */
const MATRIX = 14;
const COMPRESSED = 15;
/** Classes of matrices. */
const CELL = 1;
const STRUCT = 2;
const OPAQUE = 17;
const NUMBERS = { first: 6, last: 15 };
/** What other matrices are called. */
const others: Readonly<Record<number, string>> = {
  ...{ [CELL]: "a cell array", [STRUCT]: "a struct", 3: "an object", 4: "text", 5: "a sparse matrix" },
  ...{ 16: "a function handle" },
};
/** Limit of an array, far above any label map, against broken sizes. */
const LARGEST = 2 ** 30;

interface Element {
  readonly type: number;
  readonly data: Buffer;
  /** Offset of the next element. */
  readonly next: number;
}

interface Matrix {
  readonly kind: number;
  readonly dimensions: readonly number[];
  readonly name: string;
  /** What follows flags, dimensions and name. */
  readonly content: Buffer;
}

/**
 * The two-dimensional array at `member`: names of variables and fields, and indices (from 0) of cells, joined by dots,
 * as in `GTinst.Segmentation` and `groundTruth.0.Segmentation`.
 */
export async function readMat(file: DataFile, member: string): Promise<LabelMap> {
  const bytes = await readBytes(file);
  try {
    const [variable = "", ...steps] = member.split(".");
    return labelMapOf(steps.reduce(stepInto, findVariable(bytes, variable)));
  } catch (cause) {
    const what = "the MAT file cannot be read";
    throw complain(`${file.name}: ${member}`, what, { got: reasonOf(cause), cause });
  }
}

function findVariable(bytes: Buffer, wanted: string): Matrix {
  if (bytes.length < HEADER) throw new Error("a file shorter than its header");
  const order = bytes.toString("latin1", 126, 128);
  if (order !== "IM" && order !== "MI") {
    const hdf5 = bytes.includes("\x89HDF\r\n", 0, "latin1");
    throw new Error(hdf5 ? "a version 7.3 file, which is HDF5" : "not a level 5 MAT file");
  }
  if (order === "MI") throw new Error("big-endian numbers, which are not supported");
  const names: string[] = [];
  for (let at = HEADER; at < bytes.length; ) {
    const outer = elementAt(bytes, at, true);
    at = outer.next;
    const element = outer.type === COMPRESSED ? elementAt(unpack(outer.data), 0) : outer;
    if (element.type !== MATRIX) continue;
    const matrix = matrixOf(element.data);
    if (matrix.name === wanted) return matrix;
    // The data of objects lie at the end in an array without a name.
    if (matrix.name !== "") names.push(matrix.name);
  }
  throw new Error(`no variable ${wanted} among: ${names.join(", ") || "none"}`);
}

function unpack(packed: Buffer): Buffer {
  // Some writers omit the checksum of the last block.
  return inflateSync(packed, { maxOutputLength: LARGEST, finishFlush: constants.Z_SYNC_FLUSH });
}

/**
 * Elements begin with type and size; up to four bytes of data may lie in the tag itself. Compressed ones are
 * not padded.
 */
function elementAt(bytes: Buffer, at: number, top = false): Element {
  if (at + 8 > bytes.length) throw new Error("an element that begins beyond the end");
  const small = bytes.readUInt16LE(at + 2);
  if (small > 0) {
    if (small > 4) throw new Error(`a small element of ${small} bytes`);
    return { type: bytes.readUInt16LE(at), data: bytes.subarray(at + 4, at + 4 + small), next: at + 8 };
  }
  const type = bytes.readUInt32LE(at);
  const size = bytes.readUInt32LE(at + 4);
  const from = at + 8;
  if (from + size > bytes.length) throw new Error("an element that ends beyond the end");
  const padded = top && type === COMPRESSED ? size : Math.ceil(size / 8) * 8;
  return { type, data: bytes.subarray(from, from + size), next: from + padded };
}

function matrixOf(data: Buffer): Matrix {
  if (data.length === 0) return { kind: 0, dimensions: [0, 0], name: "", content: data };
  const flags = elementAt(data, 0);
  if (flags.data[0] === OPAQUE) return opaqueOf(data, flags.next);
  const dimensions = elementAt(data, flags.next);
  const name = elementAt(data, dimensions.next);
  if (flags.data.length < 8 || dimensions.data.length % 4 > 0) throw new Error("a matrix without a size");
  return {
    kind: flags.data[0]!,
    dimensions: Array.from({ length: dimensions.data.length / 4 }, (_, i) =>
      dimensions.data.readInt32LE(4 * i),
    ),
    name: name.data.toString("latin1"),
    content: data.subarray(Math.min(name.next, data.length)),
  };
}

/** An object such as a string, a table or a datetime: it has no size; its name, its system and its class follow. */
function opaqueOf(data: Buffer, at: number): Matrix {
  const name = elementAt(data, at);
  const content = data.subarray(Math.min(name.next, data.length));
  return { kind: OPAQUE, dimensions: [], name: name.data.toString("latin1"), content };
}

function opaqueText(content: Buffer): string {
  const named = elementAt(content, elementAt(content, 0).next).data.toString("latin1");
  return `an object of the class ${named}, which only MATLAB can read: save it as an array of numbers`;
}

function stepInto(matrix: Matrix, step: string): Matrix {
  if (matrix.kind === OPAQUE) throw new Error(`no field ${step}: ${opaqueText(matrix.content)}`);
  const items = matrix.dimensions.reduce((product, size) => product * size, 1);
  const number = /^\d+$/.test(step) ? Number(step) : undefined;
  if (matrix.kind === CELL) {
    if (number === undefined || number >= items) throw new Error(`no cell ${step} of ${items}`);
    return matrixAt(matrix.content, number);
  }
  if (matrix.kind !== STRUCT) throw new Error(`no field ${step}: not a struct`);
  const length = elementAt(matrix.content, 0);
  const names = elementAt(matrix.content, length.next);
  const width = length.data.length < 4 ? 0 : length.data.readInt32LE(0);
  if (width < 1) throw new Error("field names of no length");
  const fields = Array.from(
    { length: Math.floor(names.data.length / width) },
    (_, i) => names.data.toString("latin1", i * width, (i + 1) * width).split("\0")[0]!,
  );
  const field = fields.indexOf(step);
  if (field < 0) throw new Error(`no field ${step} among: ${fields.join(", ") || "none"}`);
  if (items !== 1) throw new Error(`${items} structs where one was expected`);
  return matrixAt(matrix.content.subarray(names.next), field);
}

function matrixAt(content: Buffer, number: number): Matrix {
  let at = 0;
  for (let i = 0; i < number; i++) at = elementAt(content, at).next;
  const { type, data } = elementAt(content, at);
  if (type !== MATRIX) throw new Error(`an element of type ${type} where a matrix was expected`);
  return matrixOf(data);
}

function labelMapOf({ kind, dimensions, content }: Matrix): LabelMap {
  const [height = 0, width = 0, ...more] = dimensions;
  if (kind === OPAQUE) throw new Error(opaqueText(content));
  if (kind < NUMBERS.first || kind > NUMBERS.last || more.some((size) => size !== 1)) {
    const found = others[kind] ?? `an array of ${dimensions.join("x")}`;
    throw new Error(`${found}, not a two-dimensional array of numbers`);
  }
  const { type, data } = elementAt(content, 0);
  const columns = numbersOf(type, data);
  if (width < 1 || height < 1 || columns.length !== width * height)
    throw new Error(`${columns.length} values for ${width}x${height}`);
  // MATLAB stores columns; label maps are stored in rows.
  const rows = columns.slice();
  for (let x = 0, i = 0; x < width; x++)
    for (let y = 0; y < height; y++, i++) rows[y * width + x] = columns[i]!;
  return { width, height, channels: 1, data: rows };
}

/** Types of stored values. */
const arrays: Readonly<
  Record<number, new (bytes: ArrayBuffer) => PixelValues | BigInt64Array | BigUint64Array>
> = {
  ...{ 1: Int8Array, 2: Uint8Array, 3: Int16Array, 4: Uint16Array, 5: Int32Array, 6: Uint32Array },
  ...{ 7: Float32Array, 9: Float64Array, 12: BigInt64Array, 13: BigUint64Array },
};

/** Arrays are stored in the smallest type that holds their values, whatever their class. */
function numbersOf(type: number, data: Buffer): PixelValues {
  const Numbers = arrays[type];
  if (Numbers === undefined) throw new Error(`values of type ${type}`);
  const values = new Numbers(new Uint8Array(data).buffer);
  const isWide = values instanceof BigInt64Array || values instanceof BigUint64Array;
  return isWide ? Float64Array.from(values, Number) : values;
}
