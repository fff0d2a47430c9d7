import { readFileSync } from "node:fs";
import { link, readFile, realpath, rename, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import { lockFile } from "./files.ts";

/** Locks that this process holds: a lock file with our own pid that is not among them was left by a namesake. */
const held = new Set<string>();

/**
 * Keeps two processes from writing one folder: a file with the writer's pid and host. What a dead process left is
 * taken over; a lock of another machine is respected, since nothing here can tell whether its process lives.
 * Returns what gives the folder back.
 */
export async function lockFolder(
  dir: string,
  { noun = "run folder", file = lockFile } = {},
): Promise<() => Promise<void>> {
  const path = join(await realpath(dir), file);
  const mine = `${JSON.stringify({ pid: process.pid, host: hostname() })}\n`;
  for (;;) {
    try {
      await writeFile(path, mine, { flag: "wx" });
      break;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST")
        throw complain({
          where: dir,
          what: `the ${noun} cannot be written`,
          got: reasonOf(cause),
          cause,
        });
    }
    const found = await readFile(path, "utf8").catch(() => undefined);
    if (found === undefined) continue;
    const owner = ownerOf(found);
    if (owner !== undefined && isAlive(owner, path))
      throw complain({
        where: dir,
        what: `another process writes this ${noun}`,
        expected: `one at a time (remove ${join(dir, file)} if that process is gone)`,
        got: `process ${owner.pid} on ${owner.host}`,
      });
    await removeStale(path, found);
  }
  held.add(path);
  return async () => {
    held.delete(path);
    await unlink(path).catch(() => undefined);
  };
}

interface Owner {
  readonly pid: number;
  readonly host: string;
}

/** undefined for a lock torn while it was written: nobody holds it. */
function ownerOf(text: string): Owner | undefined {
  try {
    const { pid, host } = JSON.parse(text) as Partial<Owner>;
    return Number.isInteger(pid) && typeof host === "string" ? { pid: pid as number, host } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, host }: Owner, path: string): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** On Linux a process that has ended still answers until its parent has asked for it: in a container perhaps for ever. */
function isZombie(pid: number): boolean {
  try {
    return /\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** Moves a stale lock aside, and puts it back when a faster process had replaced it in the meantime. */
async function removeStale(path: string, expected: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, "utf8").catch(() => expected)) !== expected)
    await link(aside, path).catch(() => undefined);
  await unlink(aside).catch(() => undefined);
}
