// Entries in a folder that several processes may share: DIR/ab/abcd....embedding. A file is written beside its place and
// renamed, so that none is ever seen half written; whoever reads one sets its time, and the oldest go first.
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
  /** Puts an entry in its place, whatever was there. A disk that is full or gone costs the entry and nothing else. */
  write(key: string, bytes: Uint8Array): void;
  /** Takes an entry away that turned out to be damaged. */
  remove(key: string): void;
}

export interface CacheFolderOptions {
  readonly dir: string;
  /** Bytes that the entries may take together. */
  readonly limit: number;
  /** Tells writers apart: no two that may be at work at once have the same. */
  readonly writer: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The folder is counted again when this share of the limit was written: others may have written as much. */
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

/** A file that is not there, was taken away in the meantime, or is somebody's at the moment, is a miss and no mistake. */
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

/** Once full, a folder is emptied a little further, so that it is not counted for every entry. */
const KEEP = 15 / 16;
/** A file on its way that is older was left by a process that is gone. */
const ABANDONED = 3_600_000;

/**
 * Takes the entries away that were not used for longest until those that stay have at most `room` bytes. Returns the bytes of
 * those that stay. Only files that the cache has written are looked at; others may be at it at the same time.
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
