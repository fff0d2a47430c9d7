import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

export interface FileFact {
  readonly bytes: number;
  readonly sha256: string;
}

/** Size and SHA-256 of a file, read in pieces. */
export async function fileFact(path: string): Promise<FileFact> {
  const { size } = await stat(path);
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }))
    hash.update(piece as Uint8Array);
  return { bytes: size, sha256: hash.digest("hex") };
}
