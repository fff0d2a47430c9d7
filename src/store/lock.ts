import { type FileHandle, link, open, readFile, realpath, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import { lockFile } from "./files.ts";
import {
  beatStart,
  beatText,
  isSameLock,
  lockText,
  type Machine,
  type Owner,
  ownerName,
  ownerOf,
  stateOf,
  taskOf,
  thisMachine,
  thisProcess,
} from "./owner.ts";

/** Inodes of the locks that this process holds or is about to: another one with our pid was left by an earlier process. */
const held = new Set<string>();
let drafts = 0;

/** Until the lock of the lock, which is held for two calls, is checked again. */
const GUARD_MS = 5;
/** How often an owner changes its lock. */
const BEAT_MS = 10_000;
/** A lock that does not change while somebody watches it for so long has lost its owner. */
const LEASE_MS = 60_000;
const WATCH_MS = 1000;

/** Time as a lock needs it; a test has its own. */
export interface Timers {
  sleep(ms: number): Promise<unknown>;
  /** Returns what ends it. */
  every(ms: number, act: () => void): () => void;
}

const timersOfNode: Timers = {
  sleep,
  every(ms, act) {
    const timer = setInterval(act, ms).unref();
    return () => clearInterval(timer);
  },
};

/** A lock whose owner may be gone is being watched. */
export interface LockWait {
  /** The folder. */
  readonly dir: string;
  readonly owner: string;
  readonly seconds: number;
  /** There is an option that does not wait. */
  readonly optional: boolean;
}

export interface LockOptions {
  /** What the folder is, in messages. */
  readonly noun?: string | undefined;
  readonly file?: string | undefined;
  /** Take the folder from whoever holds it; undefined: the caller has no such option. */
  readonly takeOver?: boolean | undefined;
  /** Variables by which a scheduler says which task and attempt this is. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((wait: LockWait) => void) | undefined;
  readonly machine?: Machine | undefined;
  readonly timers?: Timers | undefined;
}

/** A folder that this process has to itself. */
export interface FolderLock {
  /** Rejects when another process has taken the folder over: nothing more may be written. Says to whoever watches that this one lives. */
  check(): Promise<void>;
  /** Gives the folder back. */
  release(): Promise<void>;
}

interface Claim extends LockOptions {
  readonly dir: string;
  readonly path: string;
  readonly noun: string;
  readonly timers: Timers;
  readonly me: Owner;
}

/**
 * Keeps two processes from writing one folder: a file that says who writes. What a process of this machine left is taken over
 * at once, and so is what an earlier attempt of the same task of a scheduler left. Of any other process only time tells whether it
 * lives: an owner changes its lock every few seconds, and one that stays as it is for a minute is taken over. No times of two
 * machines are compared. Whoever was stopped for longer than that finds out by `check` before it writes.
 */
export async function lockFolder(dir: string, options: LockOptions = {}): Promise<FolderLock> {
  const { noun = "run folder", file = lockFile, env = {}, timers = timersOfNode } = options;
  const { machine = thisMachine() } = options;
  const me = thisProcess(machine, taskOf(env));
  try {
    const path = join(await realpath(dir), file);
    const claim: Claim = { ...options, ...{ dir, path, noun, timers, me } };
    /** The lock that may be taken from a living owner: the one that was there. */
    let taken: string | undefined;
    for (;;) {
      const made = await create(path, claim);
      if (made !== undefined) return await hold(made, claim);
      const found = await textOf(path);
      if (found === undefined) continue;
      taken ??= found;
      if (claim.takeOver !== true || !isSameLock(taken, found)) await refuseLiving(found, claim);
      await makeRoom(found, claim);
    }
  } catch (cause) {
    if (cause instanceof SegbenchError) throw cause;
    throw complain(dir, `the ${noun} cannot be written`, { got: reasonOf(cause), cause });
  }
}

interface Made {
  readonly path: string;
  readonly text: string;
  readonly inode: string;
}

/** Makes a file with all its text at once, so that nobody finds it half written; undefined where there is one. */
async function create(path: string, { me }: Pick<Claim, "me">): Promise<Made | undefined> {
  const lock = ++drafts;
  const text = lockText({ ...me, lock });
  const draft = `${path}.${me.host}-${me.pid}-${lock}`;
  try {
    await writeFile(draft, text);
    const inode = await inodeOf(draft);
    held.add(inode);
    const failure = await link(draft, path).catch((error: NodeJS.ErrnoException) => error);
    // Over a network the answer to a call can be lost, and its repetition then fails: the count of links tells.
    if (failure === undefined || (await linksOf(draft)) === 2) return { path, text, inode };
    held.delete(inode);
    if (failure.code === "EEXIST") return undefined;
    // Not every file system has links.
    return await createPlainly(path, text);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

async function createPlainly(path: string, text: string): Promise<Made | undefined> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
  const inode = await inodeOf(path);
  held.add(inode);
  return { path, text, inode };
}

async function openMade({ path, inode }: Made): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    held.delete(inode);
    await unlink(path).catch(() => undefined);
    throw error;
  }
}

/** Keeps a lock alive. It is changed through the file that was made, never by its name: that may be another one's by now. */
async function hold(made: Made, { dir, noun, timers, path }: Claim): Promise<FolderLock> {
  const handle = await openMade(made);
  let beats = 0;
  let beating: Promise<void> | undefined;
  // A beat that fails is not the end: `check` finds out whether the folder is lost.
  const beat = () => handle.write(beatText(++beats), beatStart).catch(() => undefined);
  const stop = timers.every(BEAT_MS, () => {
    beating ??= beat()
      .then(() => handle.datasync())
      .catch(() => undefined)
      .finally(() => {
        beating = undefined;
      });
  });
  const isOurs = (text: string | undefined) => text !== undefined && isSameLock(text, made.text);
  return {
    async check() {
      const text = await textOf(path).catch((cause: unknown) => {
        throw complain(path, "cannot be read", { got: reasonOf(cause), cause });
      });
      if (isOurs(text)) return void (await beat());
      stop();
      throw complain(dir, `another process has taken this ${noun} over: this one writes nothing more`, {
        code: "busy",
        expected: `${path} as this process made it`,
        got: nameOf(text),
      });
    },
    async release() {
      stop();
      await beating;
      await handle.close().catch(() => undefined);
      held.delete(made.inode);
      if (isOurs(await textOf(path).catch(() => undefined))) await unlink(path).catch(() => undefined);
    },
  };
}

/** Throws where the owner of a lock lives. Where that cannot be told at once, it is watched. */
async function refuseLiving(found: string, claim: Claim): Promise<void> {
  const { path, dir, onWait, takeOver } = claim;
  const state = await stateOfLock(found, path, claim);
  if (state === "gone") return;
  if (state === "alive") throw refusal(found, claim);
  const owner = nameOf(found);
  onWait?.({ dir, owner, seconds: LEASE_MS / 1000, optional: takeOver !== undefined });
  const now = await watch(path, found, claim);
  if (now !== undefined && now !== found) throw refusal(now, claim);
}

async function stateOfLock(text: string, path: string, { me }: Claim) {
  const owner = ownerOf(text);
  return owner === undefined ? "unknown" : stateOf(owner, me, await holdsHere(path));
}

/** Whether a lock is one of this process's. */
export async function holdsHere(path: string): Promise<boolean> {
  return held.has(await inodeOf(path));
}

/** Watches a lock until it changes or long enough; returns its last text. Counts its own waiting only: a pause of this process is none. */
async function watch(path: string, found: string, claim: Claim): Promise<string | undefined> {
  for (let waited = 0; waited < LEASE_MS; waited += WATCH_MS) {
    if (claim.signal?.aborted) throw refusal(found, claim);
    await claim.timers.sleep(WATCH_MS);
    const now = await textOf(path);
    if (now !== found) return now;
  }
  return found;
}

function refusal(text: string, { dir, path, noun, takeOver }: Claim): SegbenchError {
  const way = takeOver === undefined ? `remove ${path} if` : "`takeOver` if";
  return complain(dir, `another process is writing this ${noun}`, {
    code: "busy",
    expected: `one at a time (${way} that process is gone, or writes a folder that this is a copy of)`,
    got: nameOf(text),
  });
}

function nameOf(text: string | undefined): string {
  if (text === undefined) return "no lock";
  const owner = ownerOf(text);
  return owner === undefined ? "a damaged lock" : ownerName(owner);
}

/**
 * Removes a lock whose owner is gone. Only the holder of the lock of the lock may, or a faster process's new one could go with
 * it.
 */
async function makeRoom(found: string, claim: Claim): Promise<void> {
  const { path, timers } = claim;
  const guard = `${path}.guard`;
  const guarded = await create(guard, claim);
  if (guarded !== undefined) {
    if ((await textOf(path)) === found) await unlink(path).catch(() => undefined);
    held.delete(guarded.inode);
    await unlink(guard).catch(() => undefined);
    return;
  }
  const text = await textOf(guard);
  if (text === undefined) return;
  const state = await stateOfLock(text, guard, claim);
  if (state === "alive") await timers.sleep(GUARD_MS);
  else if (state === "gone" || (await watch(guard, text, claim)) === text)
    await unlink(guard).catch(() => undefined);
}

/** undefined where there is no such file. A handle that the server has forgotten is asked for again. */
async function textOf(path: string): Promise<string | undefined> {
  for (let again = false; ; again = true)
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return undefined;
      if (again || code !== "ESTALE") throw error;
    }
}

async function linksOf(path: string): Promise<number> {
  return (await stat(path)).nlink;
}

/** Of an existing file; "" where it has just been removed. */
async function inodeOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true }).catch(() => ({ dev: "", ino: "" }));
  return `${dev}:${ino}`;
}
