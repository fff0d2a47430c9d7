import { createReadStream } from "node:fs";
import { PassThrough, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { reasonOf } from "../core/errors.ts";
import type { ArchiveEntry } from "./entry.ts";

const block = 512;

/** Entries in the archive's order. One that lacks the block of zeros at its end was cut off. */
export async function* tarEntries(path: string, { gzip }: { gzip: boolean }): AsyncGenerator<ArchiveEntry> {
  const entries = extract();
  const end = endOf();
  const trouble = pipeline(
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
    return telling(error) ?? telling(await trouble) ?? new Error("unexpected end of file", { cause: error });
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
  const error = await trouble;
  if (error !== undefined) throw error;
  if (end.zeros() < block)
    throw new Error("unexpected end of file: the block that ends an archive is missing");
}

/** Of two errors one is the reason, the other what it led to. A file that ends too soon leads to nothing but the latter. */
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

/** Counts the zeros at the end of what flows through. */
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
