// Cached tensors, their keys, and their entries: a JSON line that describes what follows, then each tensor's numbers.
import { createHash } from "node:crypto";
import { floatToHalf, halfToFloat } from "../core/float16.ts";
import { canonicalJson } from "../core/hash.ts";

/** A tensor: the runtime's name of the number type, and a typed array. */
export interface CachedTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayBufferView;
}

/** Name -> tensor: inputs or outputs of one run of a graph. */
export type CachedTensors = Readonly<Record<string, CachedTensor>>;

/** Number types that can be stored. */
const arrays: Readonly<Record<string, new (buffer: ArrayBuffer) => ArrayBufferView>> = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};

/**
 * The key of a graph's outputs for these feeds: SHA-256 of everything that the outputs depend on and of every byte fed.
 * Images, sizes and pre-processing need no mention: they are in those bytes.
 */
export function keyOf(identity: object, feeds: CachedTensors): string {
  const names = Object.keys(feeds).sort();
  const ports = names.map((name) => ({ name, type: feeds[name]!.type, dims: feeds[name]!.dims }));
  const hash = createHash("sha256")
    .update(canonicalJson({ ...identity, ports }))
    .update("\n");
  for (const name of names) hash.update(bytesOf(feeds[name]!));
  return hash.digest("hex");
}

export type Precision = "float32" | "float16";

interface Port {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  /** Type of the stored numbers, if not `type`. */
  readonly as?: "float16";
  readonly bytes: number;
}

interface Header {
  readonly format: "segbench/embedding@1";
  readonly key: string;
  readonly ports: readonly Port[];
  /** Over the ports as JSON and the numbers. */
  readonly sha256: string;
}

/**
 * An entry's bytes, or undefined where a number type cannot be stored. With float16, float32 tensors are rounded, except
 * those with a finite value that float16 cannot hold.
 */
export function writeEntry(
  key: string,
  tensors: CachedTensors,
  precision: Precision,
): Uint8Array | undefined {
  if (!Object.values(tensors).every(({ type }) => type in arrays)) return undefined;
  const stored = Object.entries(tensors).map(([name, tensor]) => ({
    name,
    tensor,
    ...storedAs(tensor, precision),
  }));
  const ports = stored.map(
    ({ name, tensor: { type, dims }, as, numbers }): Port => ({
      name,
      type,
      dims: [...dims],
      ...(as === undefined ? {} : { as }),
      bytes: numbers.byteLength,
    }),
  );
  const payload = Buffer.concat(stored.map(({ numbers }) => numbers));
  const header: Header = { format: "segbench/embedding@1", key, ports, sha256: checksum(ports, payload) };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), payload]);
}

/** The tensors of an entry's bytes; undefined if any bit differs from what was written, or the key differs. */
export function readEntry(key: string, bytes: Uint8Array): CachedTensors | undefined {
  try {
    const end = bytes.indexOf(10);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as Header;
    const payload = bytes.subarray(end + 1);
    if (header.format !== "segbench/embedding@1" || header.key !== key) return undefined;
    if (header.sha256 !== checksum(header.ports, payload)) return undefined;
    const tensors: Record<string, CachedTensor> = {};
    let at = 0;
    for (const { name, type, dims, as, bytes: length } of header.ports) {
      // A copy: aligned, and it keeps nothing else in memory.
      const numbers = new arrays[as ?? type]!(new Uint8Array(payload.subarray(at, at + length)).buffer);
      tensors[name] = { type, dims, data: as === undefined ? numbers : floatsOf(numbers as Uint16Array) };
      at += length;
    }
    return tensors;
  } catch {
    return undefined;
  }
}

function storedAs(tensor: CachedTensor, precision: Precision): { as?: "float16"; numbers: Uint8Array } {
  const halves =
    precision === "float16" && tensor.type === "float32" ? halvesOf(tensor.data as Float32Array) : undefined;
  if (halves === undefined) return { numbers: bytesOf(tensor) };
  return { as: "float16", numbers: new Uint8Array(halves.buffer) };
}

function checksum(ports: readonly Port[], payload: Uint8Array): string {
  return createHash("sha256").update(JSON.stringify(ports)).update(payload).digest("hex");
}

/** Bits of every value; undefined where a finite value is too large for binary16. */
export function halvesOf(values: Float32Array): Uint16Array | undefined {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const half = floatToHalf(values[i]!);
    if ((half & 0x7fff) === 0x7c00 && Number.isFinite(values[i]!)) return undefined;
    halves[i] = half;
  }
  return halves;
}

/** The value of each of the 65536 bit patterns. */
let table: Float32Array | undefined;

export function floatsOf(halves: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => halfToFloat(half));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = table[halves[i]!]!;
  return values;
}

function bytesOf({ data }: CachedTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
