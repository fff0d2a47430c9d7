// Archives as a stream of entries: tar, plain or gzipped, and zip.
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { PassThrough, Transform } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { crc32, createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from "yauzl";
import { complain, reasonOf } from "../core/errors.ts";
import type { Download } from "../core/schema-types.ts";

/** An entry of any archive format. A file's content must be read before the next entry is requested. */
export type ArchiveEntry =
  | {
      readonly kind: "file";
      readonly name: string;
      readonly content: () => Promise<AsyncIterable<Uint8Array>>;
    }
  | { readonly kind: "folder"; readonly name: string }
  | { readonly kind: "link"; readonly name: string; readonly target: string; readonly hard: boolean }
  /** Devices, pipes and unknown kinds. */
  | { readonly kind: "other"; readonly name: string; readonly what: string };

type ArchiveReader = (path: string) => AsyncIterable<ArchiveEntry>;

export const archives: Readonly<Record<Exclude<Download["unpack"], "none">, ArchiveReader>> = {
  zip: zipEntries,
  tar: (path) => tarEntries(path, { gzip: false }),
  "tar.gz": (path) => tarEntries(path, { gzip: true }),
};

const block = 512;

/** Entries in the archive's order. An archive without the final block of zeros was truncated. */
async function* tarEntries(path: string, { gzip }: { gzip: boolean }): AsyncGenerator<ArchiveEntry> {
  const entries = extract();
  const end = endOf();
  const failure = pipeline(
    createReadStream(path),
    gzip ? createGunzip() : new PassThrough(),
    end.stream,
    entries,
  ).then(
    () => undefined,
    (error: unknown) => error,
  );
  const reason = async (error: unknown) => {
    entries.destroy();
    return telling(error) ?? telling(await failure) ?? new Error("unexpected end of file", { cause: error });
  };
  async function* guarded(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* content;
    } catch (error) {
      throw await reason(error);
    }
  }
  try {
    for await (const entry of entries) {
      yield described(entry.header, guarded(entry as AsyncIterable<Uint8Array>));
      entry.resume();
    }
  } catch (error) {
    throw await reason(error);
  }
  const error = await failure;
  if (error !== undefined) throw error;
  if (end.zeros() < block)
    throw new Error("unexpected end of file: the block that ends an archive is missing");
}

/** Of two errors one is the cause, the other its consequence. A truncated file yields only consequences. */
function telling(error: unknown): unknown {
  return error === undefined || /destroyed|premature|end of data/i.test(reasonOf(error)) ? undefined : error;
}

function described(header: Header, content: AsyncIterable<Uint8Array>): ArchiveEntry {
  const { name, type, linkname } = header;
  if (type === "file" || type === "contiguous-file")
    return { kind: "file", name, content: async () => content };
  if (type === "directory") return { kind: "folder", name };
  if (type === "link" || type === "symlink")
    return { kind: "link", name, target: linkname ?? "", hard: type === "link" };
  return { kind: "other", name, what: type?.replace("-", " ") ?? "unknown kind of entry" };
}

/** Counts the trailing zeros of a stream. */
function endOf(): { readonly stream: Transform; readonly zeros: () => number } {
  let zeros = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let i = chunk.length;
      while (i > 0 && chunk[i - 1] === 0) i--;
      zeros = i === 0 ? zeros + chunk.length : chunk.length - i;
      done(null, chunk);
    },
  });
  return { stream, zeros: () => zeros };
}

/** Kinds by the type bits of a Unix mode; no bits mean a file. */
const typeBits = 0xf000;
const unixTypes: ReadonlyMap<number, string> = new Map([
  [0xa000, "link"],
  [0x4000, "folder"],
  [0x6000, "block device"],
  [0x2000, "character device"],
  [0x1000, "pipe"],
  [0xc000, "socket"],
]);
/** Longest link target, in bytes. */
const longestTarget = 4096;

/** Entries in the order of the central directory; sizes and checksums of contents are verified. */
async function* zipEntries(path: string): AsyncGenerator<ArchiveEntry> {
  // Names are decoded here, so that the same rules apply to every format's names.
  const zip = await openPromise(path, { decodeStrings: false, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) yield await read(zip, entry, path);
  } finally {
    zip.close();
  }
}

async function read(zip: ZipFile, entry: Entry, path: string): Promise<ArchiveEntry> {
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
  const type = unixTypes.get((entry.externalFileAttributes >>> 16) & typeBits);
  if (type === "folder" || name.endsWith("/")) return { kind: "folder", name };
  if (entry.isEncrypted()) throw complain(basename(path), `${name} is encrypted: a password is needed`);
  if (type === undefined)
    return {
      kind: "file",
      name,
      content: async () => verified(await zip.openReadStreamPromise(entry), entry, name),
    };
  if (type !== "link") return { kind: "other", name, what: type };
  if (entry.uncompressedSize > longestTarget)
    return { kind: "other", name, what: "link of impossible length" };
  return { kind: "link", name, target: await text(await zip.openReadStreamPromise(entry)), hard: false };
}

async function* verified(
  content: AsyncIterable<Uint8Array>,
  entry: Entry,
  name: string,
): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const chunk of content) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) throw new Error(`the checksum of ${name} is wrong`);
}
