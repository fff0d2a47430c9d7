// Entries in a folder that several processes may share: DIR/ab/abcd....embedding. A file is written under
// another name and renamed, so that none is ever seen half written; a read updates its time, and the least
// recently used are evicted first.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

export interface CacheFolder {
  /** Bytes of an entry, or undefined. */
  read(key: string): Uint8Array | undefined;
  /** Writes or replaces an entry. If the disk is full or gone, only this entry is lost. */
  write(key: string, bytes: Uint8Array): void;
  /** Removes a damaged entry. */
  remove(key: string): void;
}

export interface CacheFolderOptions {
  readonly dir: string;
  /** Total bytes that the entries may take. */
  readonly limit: number;
  /** Unique among concurrent writers. */
  readonly writer: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The folder's size is measured again after this share of the limit was written: others may have written as much. */
const COUNT_AGAIN = 1 / 16;

export function openCacheFolder({ dir, limit, writer, now }: CacheFolderOptions): CacheFolder {
  let total: number | undefined;
  let sinceCount = 0;
  const pathOf = (key: string) => join(dir, key.slice(0, 2), `${key}.embedding`);

  function makeRoom(bytes: number): void {
    sinceCount += bytes;
    if (total !== undefined && total + bytes <= limit && sinceCount <= limit * COUNT_AGAIN) {
      total += bytes;
      return;
    }
    total = evict(dir, limit - bytes, now()) + bytes;
    sinceCount = 0;
  }

  return {
    read(key) {
      const path = pathOf(key);
      const bytes = quietly(() => readFileSync(path));
      const seconds = now() / 1000;
      if (bytes !== undefined) quietly(() => utimesSync(path, seconds, seconds));
      return bytes;
    },
    write(key, bytes) {
      if (bytes.length > limit) return;
      makeRoom(bytes.length);
      const path = pathOf(key);
      const beside = `${path}.${writer}.part`;
      const seconds = now() / 1000;
      const done = quietly(() => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(beside, bytes);
        utimesSync(beside, seconds, seconds);
        renameSync(beside, path);
        return true;
      });
      if (done !== true) quietly(() => unlinkSync(beside));
    },
    remove: (key) => void quietly(() => unlinkSync(pathOf(key))),
  };
}

/** A file that is missing, was removed meanwhile or is locked is a miss, not an error. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

interface Entry {
  readonly path: string;
  readonly bytes: number;
  /** When it was last written or read, milliseconds since 1970. */
  readonly used: number;
}

/** Eviction goes down to this share of the limit, so that it does not run for every entry. */
const KEEP = 15 / 16;
/** Milliseconds after which a partial file was left by a process that is gone. */
const ABANDONED = 3_600_000;

/**
 * Removes the least recently used entries until the rest take at most `room` bytes, and returns the bytes of
 * the rest. Looks only at files that the cache has written; other processes may evict at the same time.
 */
function evict(dir: string, room: number, now: number): number {
  const entries = entriesOf(dir, now);
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= room) return total;
  entries.sort((a, b) => a.used - b.used || (a.path < b.path ? -1 : 1));
  for (const { path, bytes } of entries) {
    if (total <= room * KEEP) break;
    quietly(() => unlinkSync(path));
    total -= bytes;
  }
  return total;
}

function entriesOf(dir: string, now: number): Entry[] {
  const folders = quietly(() => readdirSync(dir)) ?? [];
  return folders
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .flatMap((name) => {
      const files = quietly(() => readdirSync(join(dir, name))) ?? [];
      return files.flatMap((file): Entry[] => {
        const path = join(dir, name, file);
        const found = /^[0-9a-f]{64}\.embedding(\.[\w-]+\.part)?$/.exec(file);
        const stats = found === null ? undefined : quietly(() => statSync(path));
        if (found === null || stats === undefined) return [];
        if (found[1] === undefined) return [{ path, bytes: stats.size, used: stats.mtimeMs }];
        if (now - stats.mtimeMs > ABANDONED) quietly(() => unlinkSync(path));
        return [];
      });
    });
}
