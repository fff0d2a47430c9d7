import { readdirSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";

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
export function evict(dir: string, room: number, now: number): number {
  const entries = entriesOf(dir, now);
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= room) return total;
  entries.sort((a, b) => a.used - b.used || (a.path < b.path ? -1 : 1));
  for (const { path, bytes } of entries) {
    if (total <= room * KEEP) break;
    tryTo(() => unlinkSync(path));
    total -= bytes;
  }
  return total;
}

function entriesOf(dir: string, now: number): Entry[] {
  const folders = tryTo(() => readdirSync(dir)) ?? [];
  return folders
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .flatMap((name) => {
      const files = tryTo(() => readdirSync(join(dir, name))) ?? [];
      return files.flatMap((file): Entry[] => {
        const path = join(dir, name, file);
        const found = /^[0-9a-f]{64}\.embedding(\.[\w-]+\.part)?$/.exec(file);
        const stats = found === null ? undefined : tryTo(() => statSync(path));
        if (found === null || stats === undefined) return [];
        if (found[1] === undefined) return [{ path, bytes: stats.size, used: stats.mtimeMs }];
        if (now - stats.mtimeMs > ABANDONED) tryTo(() => unlinkSync(path));
        return [];
      });
    });
}

/** What another process has taken away in the meantime is no mistake. */
function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
