import { basename } from "node:path";
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from "yauzl";
import { complain } from "../core/errors.ts";
import { type ArchiveEntry, textOf } from "./entry.ts";

/** The type bits of a Unix mode; none or those of a regular file: a file. */
const typeBits = 0xf000;
const unixTypes: ReadonlyMap<number, string> = new Map([
  [0xa000, "link"],
  [0x4000, "folder"],
  [0x6000, "block device"],
  [0x2000, "character device"],
  [0x1000, "pipe"],
  [0xc000, "socket"],
]);
/** Nobody's path is longer. */
const longestTarget = 4096;

/** Entries in the order of the central directory; sizes and checksums of contents are verified. */
export async function* zipEntries(path: string): AsyncGenerator<ArchiveEntry> {
  // Names are decoded here, so that every format's names are judged by the same rules.
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
  if (entry.isEncrypted())
    throw complain({ where: basename(path), what: `${name} is encrypted: a password is needed` });
  if (type === undefined)
    return {
      kind: "file",
      name,
      content: async () => verified(await zip.openReadStreamPromise(entry), entry, name),
    };
  if (type !== "link") return { kind: "other", name, what: type };
  if (entry.uncompressedSize > longestTarget)
    return { kind: "other", name, what: "link of impossible length" };
  return { kind: "link", name, target: await textOf(await zip.openReadStreamPromise(entry)), hard: false };
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

// zlib.crc32 came with Node 20.15; older ones are supported too.
const table = new Int32Array(256);
for (let i = 0; i < 256; i++) {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  table[i] = value;
}

/** CRC-32 of ZIP; `before` is that of what came before. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let value = ~before;
  for (let i = 0; i < bytes.length; i++) value = (value >>> 8) ^ table[(value ^ bytes[i]!) & 255]!;
  return ~value >>> 0;
}
