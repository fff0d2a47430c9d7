import type { Readable } from "node:stream";

/** What archives hold, whatever their format. A file's content must be read before the next entry is asked for. */
export type ArchiveEntry =
  | {
      readonly kind: "file";
      readonly name: string;
      readonly content: () => Promise<AsyncIterable<Uint8Array>>;
    }
  | { readonly kind: "folder"; readonly name: string }
  | { readonly kind: "link"; readonly name: string; readonly target: string; readonly hard: boolean }
  /** Devices, pipes, and what nobody has heard of. */
  | { readonly kind: "other"; readonly name: string; readonly what: string };

export type ArchiveReader = (path: string) => AsyncIterable<ArchiveEntry>;

export async function textOf(stream: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}
