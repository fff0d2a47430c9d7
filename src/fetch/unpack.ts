// Unpacks archives. Files are unpacked into a stage and moved only when all are there: a killed process
// leaves either nothing worth keeping or a finished stage, whose move is then resumed. Nothing is ever
// written through a link: links become the files that they name.
import {
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fetchDefaults } from "../core/defaults.ts";
import { complain, type Problem, reasonOf, SegbenchError } from "../core/errors.ts";
import { joinNames, leavesRoot, splitName } from "../formats/files.ts";
import { type ArchiveEntry, archives } from "./archives.ts";

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((files: number, bytes: number) => void) | undefined;
}

const stageOf = (archive: string, folder: string) => join(folder, `.unpacking-${basename(archive)}`);

/**
 * Unpacks into `folder` and returns the names of the archive's top-level entries. Call `clearStage` once they
 * are recorded.
 */
export async function unpackInto(
  archive: string,
  format: keyof typeof archives,
  folder: string,
  options: UnpackOptions,
): Promise<readonly string[]> {
  const stage = stageOf(archive, folder);
  const content = join(stage, "content");
  const finished = join(stage, "finished.json");
  if (!(await exists(finished))) {
    await rm(stage, { recursive: true, force: true });
    await mkdir(content, { recursive: true });
    try {
      await unpack(archive, format, content, options);
      const names = await readdir(content);
      if (names.length === 0) throw complain(basename(archive), "contains no files");
      await writeFile(`${finished}.new`, JSON.stringify(names.sort()));
      await rename(`${finished}.new`, finished);
    } catch (error) {
      await rm(stage, { recursive: true, force: true });
      throw error;
    }
  }
  const names: readonly string[] = JSON.parse(await readFile(finished, "utf8"));
  const inTheWay = await conflict(content, folder);
  if (inTheWay !== undefined) {
    await rm(stage, { recursive: true, force: true });
    throw complain(
      inTheWay,
      `already exists and was not replaced; of ${basename(archive)}, only the archive was kept`,
      { expected: "nothing there: move it away, or check it with validate" },
    );
  }
  await move(content, folder);
  return names;
}

export async function clearStage(archive: string, folder: string): Promise<void> {
  await rm(stageOf(archive, folder), { recursive: true, force: true });
}

/** The first path that blocks the move: folders merge, an existing file is a conflict. */
async function conflict(from: string, to: string): Promise<string | undefined> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const there = await stat(join(to, entry.name)).catch(() => undefined);
    if (there === undefined) continue;
    if (!entry.isDirectory() || !there.isDirectory()) return join(to, entry.name);
    const deeper = await conflict(join(from, entry.name), join(to, entry.name));
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

async function move(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (!(await exists(join(to, name)))) await rename(join(from, name), join(to, name));
    else {
      await move(join(from, name), join(to, name));
      await rmdir(join(from, name));
    }
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

interface Link {
  readonly name: string;
  readonly target: string;
}

/** Returns the number of files written. Errors name the archive; the caller removes the folder. */
async function unpack(
  archive: string,
  format: keyof typeof archives,
  folder: string,
  { signal, progress }: UnpackOptions = {},
): Promise<number> {
  const where = basename(archive);
  const budget = budgetOf(where, (await stat(archive)).size);
  const links: Link[] = [];
  const files = new Set<string>();
  try {
    for await (const entry of archives[format](archive)) {
      signal?.throwIfAborted();
      budget.entry();
      const name = entryName(where, entry.name);
      if (entry.kind === "other") {
        const expected = "files, folders and links between them";
        throw refusal(where, `${entry.name} is neither a file nor a folder`, { expected, got: entry.what });
      }
      if (name === "") continue;
      if (entry.kind === "link")
        links.push({ name, target: linkedName(where, name, entry.target, entry.hard) });
      else if (entry.kind === "folder") await mkdir(join(folder, name), { recursive: true });
      else {
        await writeEntry(join(folder, name), entry, budget.bytes, where);
        files.add(name);
        progress?.(files.size, budget.used());
      }
    }
    for (const { name, target } of resolved(links, files, where)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await link(join(folder, target), join(folder, name)).catch(() =>
        copyFile(join(folder, target), join(folder, name)),
      );
    }
  } catch (cause) {
    if (cause instanceof SegbenchError || signal?.aborted) throw cause;
    throw refusal(where, "cannot be unpacked", { got: reasonOf(cause), cause });
  }
  return files.size + links.length;
}

/** Resolves chains of links; throws unless each ends at a file in the archive. */
function resolved(links: readonly Link[], files: ReadonlySet<string>, where: string): readonly Link[] {
  const targets = new Map(links.map(({ name, target }) => [name, target]));
  const names = new Set(files);
  for (const { name } of links) if (names.size === names.add(name).size) throw isTwice(where, name);
  return links.map(({ name, target }) => {
    let at = target;
    for (let hop = 0; hop < 40 && !files.has(at) && targets.has(at); hop++) at = targets.get(at)!;
    if (files.has(at)) return { name, target: at };
    const what = `the link ${name} does not name a file in the archive`;
    throw refusal(where, what, { expected: "a file", got: JSON.stringify(target) });
  });
}

function refusal(where: string, what: string, more: Partial<Problem> = {}) {
  return complain(where, `${what}; nothing of it was kept`, { ...more });
}

function isTwice(where: string, name: string) {
  return refusal(where, `it contains ${name} twice`);
}

async function writeEntry(
  path: string,
  entry: ArchiveEntry & { kind: "file" },
  count: (bytes: number) => void,
  where: string,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const full = (cause: unknown) => {
    const what = `${entry.name} cannot be written; only the archive was kept`;
    return complain(where, what, { got: reasonOf(cause), cause });
  };
  const handle = await open(path, "wx").catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === "EEXIST" ? isTwice(where, entry.name) : full(cause);
  });
  try {
    for await (const chunk of await entry.content()) {
      count(chunk.length);
      await handle.writeFile(chunk).catch((cause: unknown) => {
        throw full(cause);
      });
    }
  } finally {
    await handle.close();
  }
}

function budgetOf(where: string, archive: number) {
  const most = archive * fetchDefaults.unpackRatio + fetchDefaults.unpackAllowance;
  let entries = 0;
  let used = 0;
  const burst = (expected: string) => refusal(where, "grows too large, like a zip bomb", { expected });
  return {
    entry() {
      if (++entries > fetchDefaults.unpackEntries)
        throw burst(`at most ${fetchDefaults.unpackEntries} entries`);
    },
    bytes(count: number) {
      used += count;
      if (used > most) throw burst(`at most ${most} bytes of an archive of ${archive}`);
    },
    used: () => used,
  };
}

/**
 * The name of an archive's entry below the folder that it is unpacked into. Throws at a name that would leave the folder
 * instead of rewriting it: such an archive is broken or malicious. `\` counts as `/`, as written on Windows.
 */
function entryName(archive: string, name: string): string {
  const text = name.replaceAll("\\", "/");
  const refuse = (what: string) =>
    refusal(archive, what, { expected: "names below the folder", got: JSON.stringify(name) });
  if (text.includes("\0")) throw refuse("an entry's name contains a zero byte");
  if (text.startsWith("/") || /^[A-Za-z]:/.test(text)) throw refuse("an entry has an absolute path");
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse("an entry leaves the folder");
  return parts.join("/");
}

/** The entry that a link points to: relative to the link's own folder (a hard link: to the archive). */
function linkedName(archive: string, from: string, target: string, hard: boolean): string {
  const text = target.replaceAll("\\", "/");
  const folder = hard ? "" : splitName(from)[0];
  if (!text.startsWith("/") && !/^[A-Za-z]:/.test(text) && !leavesRoot(`${folder}/${text}`))
    return joinNames(archive, folder, text);
  const expected = "a file of the archive";
  throw refusal(archive, `the link ${from} points outside the archive`, {
    expected,
    got: JSON.stringify(target),
  });
}
