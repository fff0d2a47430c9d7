// Files below a data root. Errors, ids and rows contain a file's name below the root, never its absolute path.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { complain } from "../core/errors.ts";

/** A file: the path of its data root, and its name below the root with `/` between folders. */
export interface DataFile {
  readonly root: string;
  readonly name: string;
  /** What it holds, where it is not a file of its own: a picture within an annotation, which `name` says. */
  readonly bytes?: Buffer;
}

/** Code-unit order: the same on every machine, whatever its locale. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * `a/b.png` of `["a", "b.png"]`, with `.` and inner `..` resolved; throws when the name leaves the root.
 * `where` is the name's source.
 */
export function joinNames(where: string, ...names: readonly string[]): string {
  const whole = names.join("/");
  const kept: string[] = [];
  for (const part of whole.split(/[/\\]/)) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.pop() === undefined) {
      const what = "a file name leaves the data folder";
      throw complain({ where, what, expected: "a name below it", got: whole });
    }
  }
  return kept.join("/");
}

/** Whether a name leads out of the folder that it is relative to. */
export function leavesRoot(name: string): boolean {
  let depth = 0;
  return name.split(/[/\\]/).some((part) => {
    if (part === "..") depth--;
    else if (part !== "." && part !== "") depth++;
    return depth < 0;
  });
}

/** The file's path on this machine. */
export function pathOf({ root, name }: DataFile): string {
  return join(root, joinNames(name, name));
}

/** What is there in place of a file; undefined for a file, and where nothing can be seen. */
export async function notAFile(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isFile()) return undefined;
  if (found.isDirectory()) return "a folder";
  return found.isFIFO() ? "a named pipe" : found.isSocket() ? "a socket" : "a device";
}

/** Rejects for what is there and no file: merely opening a named pipe waits for somebody who writes into it. */
export async function mustBeFile(path: string, where: string): Promise<void> {
  const got = await notAFile(path);
  if (got !== undefined) throw complain({ where, what: "is not a file", expected: "a file", got });
}

/** The whole file; an error names it. */
export async function readBytes(file: DataFile): Promise<Buffer> {
  if (file.bytes !== undefined) return file.bytes;
  const path = pathOf(file);
  await mustBeFile(path, file.name);
  try {
    return await readFile(path);
  } catch (cause) {
    throw fileError(file, cause);
  }
}

/**
 * All files below a folder of the root, as names below the root, in code-unit order, without hidden files
 * (`._x.png`, `.DS_Store`).
 */
export async function listFiles(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (below: string) => {
    for (const entry of await entriesOf({ root, name: below })) {
      if (entry.name.startsWith(".")) continue;
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      // Data folders often consist of links; a broken one is a file that fails when it is read.
      const linked = entry.isSymbolicLink() ? await stat(join(root, name)).catch(() => undefined) : undefined;
      if (entry.isDirectory() || linked?.isDirectory()) await walk(name);
      else found.push(name);
    }
  };
  await walk(joinNames(folder, folder));
  return found.sort(byCodeUnit);
}

async function entriesOf(folder: DataFile) {
  const path = pathOf(folder);
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (cause) {
    throw fileError({ ...folder, name: folder.name === "" ? "." : folder.name }, cause);
  }
}

/**
 * Finds names whatever the case of their suffix (`a.png` when the disk has `a.PNG`): some archives disagree with their
 * own annotation files. Each folder is read once. undefined if there is no such file.
 */
export function fileFinder(root: string): (name: string) => Promise<string | undefined> {
  const folders = new Map<string, Promise<ReadonlyMap<string, string>>>();
  const read = async (folder: string) => {
    const names = await readdir(join(root, folder)).catch(() => []);
    // Reversed, so that of "a.PNG" and "a.png" the first in code-unit order wins.
    return new Map(
      names
        .sort(byCodeUnit)
        .reverse()
        .map((name) => [lowerSuffix(name), name]),
    );
  };
  return async (name) => {
    const [folder, base] = splitName(joinNames(name, name));
    let names = folders.get(folder);
    if (names === undefined) {
      names = read(folder);
      folders.set(folder, names);
    }
    const found = (await names).get(lowerSuffix(base));
    return found === undefined ? undefined : folder === "" ? found : `${folder}/${found}`;
  };
}

/** Folder and last part: `["a/b", "c.png"]` of `a/b/c.png`. */
export function splitName(name: string): readonly [folder: string, base: string] {
  const slash = name.lastIndexOf("/");
  return slash < 0 ? ["", name] : [name.slice(0, slash), name.slice(slash + 1)];
}

/** The suffix in lower case, with its dot: `.png` of `a.PNG`, empty where there is none. */
export function suffixOf(name: string): string {
  return /\.[^./]+$/.exec(name)?.[0].toLowerCase() ?? "";
}

/** Without folders and suffix: `b` of `a/b.png`. */
export function stemOf(name: string): string {
  return withoutSuffix(splitName(name)[1]);
}

/** Without the suffix: `a/b` of `a/b.png`. */
export function withoutSuffix(name: string): string {
  return name.replace(/(?<=[^/])\.[^./]+$/, "");
}

function lowerSuffix(name: string): string {
  return withoutSuffix(name) + suffixOf(name);
}

export function fileError({ name }: DataFile, cause: unknown) {
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
  const what = code === "ENOENT" || code === "ENOTDIR" ? "there is no such file" : "the file cannot be read";
  return complain(code === "ENOENT" ? { where: name, what, cause } : { where: name, what, got: code, cause });
}

export interface FileFact {
  readonly bytes: number;
  readonly sha256: string;
}

/** Size and SHA-256 of a file, read in chunks. */
export async function fileFact(path: string): Promise<FileFact> {
  await mustBeFile(path, path);
  const { size } = await stat(path);
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }))
    hash.update(piece as Uint8Array);
  return { bytes: size, sha256: hash.digest("hex") };
}

/**
 * Creates a folder and its parents. Not `mkdir` with `recursive`, which loops forever where the system reports ENOENT
 * although the parent exists, as below /proc.
 */
export async function makeFolder(dir: string): Promise<void> {
  if (await create(dir)) return;
  const parent = dirname(dir);
  if (parent !== dir) await makeFolder(parent);
  // Another process may have created it meanwhile.
  await mkdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** false where the parent is missing. */
async function create(dir: string): Promise<boolean> {
  try {
    await mkdir(dir);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return false;
    const exists = await stat(dir).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (exists) return true;
    throw error;
  }
}
