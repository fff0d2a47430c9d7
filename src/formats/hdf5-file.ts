// Label maps in HDF5 files. The library sees a copy in its own memory: whatever a file links to, no other file is opened.
import { complain, reasonOf } from "../core/errors.ts";
import { type DataFile, readBytes } from "./files.ts";
import type { LabelMap, Samples } from "./label-map.ts";

const SIGNATURE = Buffer.from("\x89HDF\r\n\x1a\n", "latin1");

/** The two-dimensional array of whole numbers at `member`, a path of names with `/` between. */
export async function readHdf5(file: DataFile, member: string): Promise<LabelMap> {
  const bytes = await readBytes(file);
  try {
    if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error("no HDF5 signature");
    // Several megabytes of WebAssembly, which only few data sets need.
    const hdf5 = await import("h5wasm");
    return readCopy(hdf5, await hdf5.ready, bytes, member);
  } catch (cause) {
    throw complain({
      where: `${file.name}: ${member}`,
      what: "the HDF5 file cannot be read",
      got: plainly(cause, bytes.length),
      cause,
    });
  }
}

type Library = typeof import("h5wasm");

/** Nothing is awaited here, so the name is free. */
function readCopy(
  { Dataset, File }: Library,
  { FS, activate_throwing_error_handler }: Awaited<Library["ready"]>,
  bytes: Buffer,
  member: string,
): LabelMap {
  // Otherwise the library prints what it finds.
  activate_throwing_error_handler();
  const name = "labels.hdf5";
  FS.writeFile(name, bytes);
  let opened: InstanceType<Library["File"]> | undefined;
  try {
    opened = new File(name, "r");
    const found = opened.get(member);
    if (!(found instanceof Dataset)) throw new Error(`no array ${member}`);
    return labelMapOf(found.shape ?? [], () => found.value, bytes.length);
  } finally {
    closeQuietly(opened);
    FS.unlink(name);
  }
}

/** A file that is broken in the middle may also fail to close; the first error is the one that counts. */
function closeQuietly(opened: { close(): unknown } | undefined): void {
  try {
    opened?.close();
  } catch {}
}

/** The library's own words are left to the cause: they may depend on what it has read before. */
function plainly(cause: unknown, size: number): string {
  const reason = reasonOf(cause);
  const foreign = reason.startsWith("HDF5-DIAG") || (cause instanceof Error && cause.name === "RuntimeError");
  return foreign ? `${size} bytes that the HDF5 library refuses` : reason;
}

function labelMapOf(shape: readonly number[], read: () => unknown, fileSize: number): LabelMap {
  const [height = 0, width = 0] = shape;
  if (shape.length !== 2 || width < 1 || height < 1)
    throw new Error(`an array of shape ${shape.join("x") || "none"}`);
  // Deflate packs at most 1032 to 1.
  if (width * height > 1032 * fileSize) throw new Error(`${fileSize} bytes for ${width}x${height} values`);
  const values = read();
  const data = numbersOf(values);
  if (data.length !== width * height) throw new Error(`${data.length} values for ${width}x${height}`);
  return { width, height, channels: 1, data };
}

function numbersOf(values: unknown): Samples {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    return Float64Array.from(values, Number);
  if (values instanceof Uint8ClampedArray || values instanceof DataView || !ArrayBuffer.isView(values))
    throw new Error("values that are no numbers");
  return values as Samples;
}
