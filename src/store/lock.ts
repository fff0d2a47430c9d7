import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readFile, realpath, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import { lockFile } from "./files.ts";

/** Marks of the locks that this process holds or is about to: one of our own pid without such a mark was left by a namesake. */
const held = new Set<string>();

/** Until a lock of the lock, held for two calls, is looked at again. */
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
  const mark = randomUUID();
  const mine = `${JSON.stringify({ pid: process.pid, host: hostname(), mark })}\n`;
  held.add(mark);
  try {
    while (!(await create(path, mine, mark))) await makeRoom(path, mine, mark, { dir, noun, file });
  } catch (cause) {
    held.delete(mark);
    throw cause instanceof SegbenchError
      ? cause
      : complain({ where: dir, what: `the ${noun} cannot be written`, got: reasonOf(cause), cause });
  }
  return async () => {
    held.delete(mark);
    await unlink(path).catch(() => undefined);
  };
}

/** Makes a file with all its text at once, so that nobody finds it half written; false where there is one. */
async function create(path: string, text: string, mark: string): Promise<boolean> {
  const draft = `${path}.${mark}`;
  try {
    await writeFile(draft, text, { flag: "wx" });
    // Not every file system has links.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") throw error;
      return writeFile(path, text, { flag: "wx" });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/**
 * Removes a lock whose owner is gone; throws where it lives. Only who holds the lock of the lock may remove it, or a faster
 * process's new one could go with it.
 */
async function makeRoom(
  path: string,
  mine: string,
  mark: string,
  { dir, noun, file }: { readonly dir: string; readonly noun: string; readonly file: string },
): Promise<void> {
  const found = await textOf(path);
  if (found === undefined) return;
  const owner = ownerOf(found);
  if (owner !== undefined && isAlive(owner))
    throw complain({
      where: dir,
      what: `another process writes this ${noun}`,
      expected: `one at a time (remove ${join(dir, file)} if that process is gone)`,
      got: `process ${owner.pid} on ${owner.host}`,
    });
  const guard = `${path}.guard`;
  if (await create(guard, mine, mark)) {
    if ((await textOf(path)) === found) await unlink(path).catch(() => undefined);
    await unlink(guard).catch(() => undefined);
    return;
  }
  const guarding = ownerOf((await textOf(guard)) ?? mine);
  if (guarding === undefined || !isAlive(guarding)) await unlink(guard).catch(() => undefined);
  await sleep(GUARD_MS);
}

function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly mark?: string | undefined;
}

/** undefined for a lock torn while it was written: nobody holds it. */
function ownerOf(text: string): Owner | undefined {
  try {
    const { pid, host, mark } = JSON.parse(text) as Partial<Owner>;
    return Number.isInteger(pid) && typeof host === "string" ? { pid: pid as number, host, mark } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, host, mark }: Owner): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return mark !== undefined && held.has(mark);
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
