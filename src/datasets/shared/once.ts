// A file of annotations is read to tell what it is, to try that out, and to be listed: of a large one each takes a while.
import { AsyncLocalStorage } from "node:async_hooks";
import { type DataFile, pathOf } from "../../formats/files.ts";

const kept = new AsyncLocalStorage<Map<string, Promise<unknown>>>();

/** While `work` lasts, every file is read once. */
export async function readingOnce<T>(work: () => Promise<T>): Promise<T> {
  const read = new Map<string, Promise<unknown>>();
  try {
    return await kept.run(read, work);
  } finally {
    read.clear();
  }
}

/** What `read` makes of a file: what it made before, within `readingOnce`. `as`: names the way of reading. */
export function once<T>(file: DataFile, as: string, read: () => Promise<T>): Promise<T> {
  const key = JSON.stringify([as, pathOf(file), file.name]);
  const reads = kept.getStore();
  const known = reads?.get(key) as Promise<T> | undefined;
  if (known !== undefined) return known;
  const found = read();
  reads?.set(key, found);
  return found;
}
