// Which data files a piece of work reads, and what they hold: machines that share a run must read the same.
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";

/** By the name of a file below its data root: the first 32 hex digits of its SHA-256, or `unread`. */
export type FilesRead = Readonly<Record<string, string>>;

/** In place of a hash, of a file that is missing or cannot be read. */
export const unread = "unread";

const listening = new AsyncLocalStorage<Record<string, string>>();

/** Does work, and adds the data files that it reads to `files`. */
export function listeningTo<T>(files: Record<string, string>, work: () => T): T {
  return listening.run(files, work);
}

/** A file was read, or could not be; costs nothing where nobody listens. */
export function fileWasRead(name: string, bytes: Uint8Array | undefined): void {
  const files = listening.getStore();
  if (files === undefined || (files[name] ?? unread) !== unread) return;
  files[name] = bytes === undefined ? unread : briefHash(createHash("sha256").update(bytes).digest("hex"));
}

/** As `FilesRead` has it. */
export function briefHash(sha256: string): string {
  return sha256.slice(0, 32);
}
