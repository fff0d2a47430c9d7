// Label maps in HDF5 files. The library reads a copy in memory, so that links in a file cannot open another.
import { complain } from "../core/errors.ts";
import type { LabelMap, PixelValues } from "../core/types.ts";
import { type DataFile, readBytes } from "./files.ts";

const SIGNATURE = Buffer.from("\x89HDF\r\n\x1a\n", "latin1");

type Library = typeof import("h5wasm");
type Module = Awaited<Library["ready"]>;

/** An error of this reader, not of the library. */
class Refusal extends Error {}

/** The two-dimensional array of whole numbers at `member`, a path of names with `/` between. */
export async function readHdf5(file: DataFile, member: string): Promise<LabelMap> {
  const bytes = await readBytes(file);
  try {
    if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Refusal("no HDF5 signature");
    library ??= load();
    return readCopy(await library, bytes, member);
  } catch (cause) {
    // The library's message is only in the cause: it may depend on what was read before.
    const refused = `${bytes.length} bytes that the HDF5 library rejects`;
    const got = cause instanceof Refusal ? cause.message : refused;
    throw complain(`${file.name}: ${member}`, "the HDF5 file cannot be read", { got, cause });
  }
}

let library: Promise<{ readonly hdf5: Library; readonly module: Module }> | undefined;
let copies = 0;

/** Several megabytes of WebAssembly, which few benchmarks need. */
async function load() {
  const hdf5 = await import("h5wasm");
  const module = await hdf5.ready;
  silence(module);
  failLoudly(module);
  return { hdf5, module };
}

/** The library prints errors that the caller gets anyway. Its throwing mode does not release broken files. */
function silence({ FS }: Module): void {
  const stream = (FS as unknown as { getStream(fd: number): PrintStream | null }).getStream(2);
  if (stream)
    stream.stream_ops = { ...stream.stream_ops, write: (_stream, _bytes, _offset, length) => length };
}

interface PrintStream {
  stream_ops: {
    readonly write: (stream: unknown, bytes: Uint8Array, offset: number, length: number) => number;
  };
}

/** The wrapper ignores the status of a read and would return whatever was in memory. */
function failLoudly(module: Module): void {
  const read = module.get_dataset_data;
  module.get_dataset_data = (...args) => {
    const status: unknown = read(...args);
    if (typeof status === "number" && status < 0) throw new Error("the values cannot be read");
    return status as ReturnType<typeof read>;
  };
}

function readCopy(
  { hdf5: { Dataset, File }, module: { FS } }: Awaited<ReturnType<typeof load>>,
  bytes: Buffer,
  member: string,
): LabelMap {
  // A new name each time: a file that the library still holds after an error must not be taken for this one.
  const name = `labels-${++copies}.hdf5`;
  FS.writeFile(name, bytes);
  let opened: InstanceType<Library["File"]> | undefined;
  try {
    opened = new File(name, "r");
    if (opened.file_id < 0) throw new Error("not opened");
    const found = opened.get(member);
    if (!(found instanceof Dataset)) throw new Refusal(`no array ${member}`);
    return labelMapOf(found.shape ?? [], () => found.value, bytes.length);
  } finally {
    closeQuietly(opened);
    FS.unlink(name);
  }
}

/** A broken file may also fail to close; the first error is the one that counts. */
function closeQuietly(opened: { close(): unknown } | undefined): void {
  try {
    opened?.close();
  } catch {
    // Already reported.
  }
}

function labelMapOf(shape: readonly number[], read: () => unknown, fileSize: number): LabelMap {
  const [height = 0, width = 0] = shape;
  if (shape.length !== 2 || width < 1 || height < 1)
    throw new Refusal(`an array of shape ${shape.join("x") || "none"}`);
  // Deflate packs at most 1032 to 1.
  if (width * height > 1032 * fileSize) throw new Refusal(`${fileSize} bytes for ${width}x${height} values`);
  const data = numbersOf(read());
  if (data.length !== width * height) throw new Refusal(`${data.length} values for ${width}x${height}`);
  return { width, height, channels: 1, data };
}

function numbersOf(values: unknown): PixelValues {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    return Float64Array.from(values, Number);
  if (values instanceof Uint8ClampedArray || values instanceof DataView || !ArrayBuffer.isView(values))
    throw new Refusal("values that are not numbers");
  return values as PixelValues;
}
