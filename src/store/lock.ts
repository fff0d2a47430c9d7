import { readFileSync } from "node:fs";
import { link, readFile, realpath, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import { lockFile } from "./files.ts";

/** Inodes of the locks that this process holds or is about to: another one with our pid was left by an earlier process. */
const held = new Set<string>();
let drafts = 0;

/** Until the lock of the lock, which is held for two calls, is checked again. */
const GUARD_MS = 5;

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
  let lock: string | undefined;
  try {
    for (;;) {
      lock = await create(path, mine);
      if (lock !== undefined) break;
      await makeRoom(path, mine, { dir, noun, file });
    }
  } catch (cause) {
    if (cause instanceof SegbenchError) throw cause;
    throw complain({ where: dir, what: `the ${noun} cannot be written`, got: reasonOf(cause), cause });
  }
  return () => remove(path, lock);
}

/** Makes a file with all its text at once, so that nobody finds it half written; undefined where there is one, else its inode. */
async function create(path: string, text: string): Promise<string | undefined> {
  const draft = `${path}.${hostname()}-${process.pid}-${++drafts}`;
  try {
    await writeFile(draft, text);
    const inode = await inodeOf(draft);
    held.add(inode);
    try {
      await link(draft, path);
      return inode;
    } catch (error) {
      held.delete(inode);
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
      // Not every file system has links.
      return await createPlainly(path, text);
    }
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

async function createPlainly(path: string, text: string): Promise<string | undefined> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
  const inode = await inodeOf(path);
  held.add(inode);
  return inode;
}

async function remove(path: string, inode: string): Promise<void> {
  held.delete(inode);
  await unlink(path).catch(() => undefined);
}

/** Of an existing file; "" where it has just been removed. */
async function inodeOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true }).catch(() => ({ dev: "", ino: "" }));
  return `${dev}:${ino}`;
}

/**
 * Removes a lock whose owner is gone; throws where it lives. Only the holder of the lock of the lock may remove it, or a faster
 * process's new one could go with it.
 */
async function makeRoom(
  path: string,
  mine: string,
  { dir, noun, file }: { readonly dir: string; readonly noun: string; readonly file: string },
): Promise<void> {
  const found = await textOf(path);
  if (found === undefined) return;
  const owner = ownerOf(found);
  if (owner !== undefined && (await isAlive(owner, path)))
    throw complain({
      where: dir,
      what: `another process is writing this ${noun}`,
      expected: `one at a time (remove ${join(dir, file)} if that process is gone)`,
      got: `process ${owner.pid} on ${owner.host}`,
    });
  const guard = `${path}.guard`;
  const guarded = await create(guard, mine);
  if (guarded !== undefined) {
    if ((await textOf(path)) === found && !held.has(await inodeOf(path)))
      await unlink(path).catch(() => undefined);
    await remove(guard, guarded);
    return;
  }
  const text = await textOf(guard);
  const guarding = text === undefined ? undefined : ownerOf(text);
  if (text !== undefined && (guarding === undefined || !(await isAlive(guarding, guard))))
    await unlink(guard).catch(() => undefined);
  await sleep(GUARD_MS);
}

function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
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

async function isAlive({ pid, host }: Owner, path: string): Promise<boolean> {
  if (host !== hostname()) return true;
  if (pid === process.pid) return held.has(await inodeOf(path));
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** On Linux a process that has ended still answers until its parent has reaped it: in a container, perhaps never. */
function isZombie(pid: number): boolean {
  try {
    return /\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
