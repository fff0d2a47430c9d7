// What was fetched, as it was seen first: <data>/segbench-lock.json.
import { readFile, rename, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";

export const lockName = "segbench-lock.json";
const format = "segbench/lock@1";

export interface LockedFile {
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Names below the set's folder that came of it; missing until all are in place. */
  readonly placed?: readonly string[];
}

/** Key: name of the set and of the file, `bbbc038v1/stage1_train.zip`. */
export type Locked = Readonly<Record<string, LockedFile>>;

export async function readLock(path: string): Promise<Locked> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw complain({ where: path, what: "cannot be read", got: reasonOf(cause), cause });
  }
  try {
    const { format: found, files } = JSON.parse(text) as { format?: unknown; files?: Locked };
    if (found === format && typeof files === "object" && files !== null) return files;
  } catch {}
  throw complain({
    where: path,
    what: "is not a list of fetched files; nothing was fetched",
    expected: `JSON with "format": "${format}"`,
  });
}

/** The caller sees to it that one process at a time does this. */
export async function recordInLock(path: string, key: string, file: LockedFile): Promise<void> {
  const files = { ...(await readLock(path)), [key]: file };
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  const beside = `${path}.${process.pid}`;
  try {
    await writeFile(beside, `${JSON.stringify({ format, files: sorted }, undefined, 2)}\n`);
    await rename(beside, path);
  } catch (cause) {
    throw complain({ where: path, what: "cannot be written", got: reasonOf(cause), cause });
  }
}

/** A file is what it was when it was seen first. */
export function checkAgainstLock(
  { url, bytes, sha256 }: LockedFile,
  known: LockedFile | undefined,
  path: string,
): void {
  if (known === undefined || known.sha256 === sha256) return;
  throw complain({
    where: url,
    what: `has changed since it was fetched first; what came now was removed. If the change is meant, remove its entry from ${basename(path)}`,
    expected: `${known.bytes} bytes with sha256 ${known.sha256}`,
    got: `${bytes} bytes with sha256 ${sha256}`,
  });
}
