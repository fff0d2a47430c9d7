// Files below a data root. Errors, ids and rows contain a file's name below the root, never its absolute path.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import { fileWasRead } from "./files-read.ts";

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
      throw complain(where, what, { expected: "a name below it", got: whole });
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
  if (got !== undefined) throw complain(where, "is not a file", { expected: "a file", got });
}

/** The whole file; an error names it. */
export async function readBytes(file: DataFile): Promise<Buffer> {
  if (file.bytes !== undefined) return file.bytes;
  const path = pathOf(file);
  try {
    await mustBeFile(path, file.name);
    const bytes = await readFile(path);
    fileWasRead(file.name, bytes);
    return bytes;
  } catch (cause) {
    fileWasRead(file.name, undefined);
    throw cause instanceof SegbenchError ? cause : fileError(file, cause);
  }
}

/** A link that a listing met: followed, or left out because it leads back to where it was met from (a loop). */
export type SayLink = (link: { readonly name: string; readonly loop: boolean }) => void;

/**
 * All files below a folder of the root, as names below the root, in code-unit order, without hidden files
 * (`._x.png`, `.DS_Store`). Links are followed, since data folders often consist of them; a broken one is a file that fails
 * when it is read.
 */
export async function listFiles(root: string, folder: string, say: SayLink = () => {}): Promise<string[]> {
  const found: string[] = [];
  /** Folders that links lead round in circles through: each is entered once. */
  const circles = new Set<string>();
  const entered = new Set<string>();
  /** `real`: the folder itself; `from`: where the links were met that led here. */
  const walk = async (below: string, real: string, from: readonly string[]): Promise<void> => {
    entered.add(real);
    for (const entry of (await entriesOf({ root, name: below })).sort((a, b) => byCodeUnit(a.name, b.name))) {
      if (entry.name.startsWith(".")) continue;
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) await walk(name, join(real, entry.name), from);
      else if (!entry.isSymbolicLink()) found.push(name);
      else {
        const target = await realpath(join(root, name)).catch(() => undefined);
        if (target !== undefined && (await stat(target).catch(() => undefined))?.isDirectory())
          later.push({ name, target, from: [...from, real] });
        else {
          found.push(name);
          say({ name, loop: false });
        }
      }
    }
  };
  const later: { readonly name: string; readonly target: string; readonly from: readonly string[] }[] = [];
  const start = joinNames(folder, folder);
  await walk(start, await realpath(join(root, start)).catch(() => join(root, start)), []);
  // Names without a link come first: what links name a second time can be told from them.
  for (let link = later.shift(); link !== undefined; link = later.shift()) {
    const { name, target, from } = link;
    const back = from.findIndex((place) => isWithin(place, target));
    // A circle of several links: entered again from each of its places, it would be walked in every order.
    if (back >= 0 && back < from.length - 1)
      for (const place of [target, ...from.slice(back)]) circles.add(place);
    const loop = back >= 0 || (entered.has(target) && [...circles].some((place) => isWithin(place, target)));
    say({ name, loop });
    if (!loop) await walk(name, target, from);
  }
  return found.sort(byCodeUnit);
}

/** Whether a path is a folder or lies in it. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
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
 * Finds names whatever the case of their suffix (`a.png` when the disk has `a.PNG`), and whether accents are composed (NFC)
 * or not (NFD, as Macs write them): some archives disagree with their own annotation files. The name itself goes first. Each
 * folder is read once. undefined if there is no such file.
 */
export function fileFinder(root: string): (name: string) => Promise<string | undefined> {
  const folders = new Map<string, Promise<Names>>();
  const read = (folder: string) => {
    const names = folders.get(folder) ?? namesIn(root, folder);
    folders.set(folder, names);
    return names;
  };
  /** The folder as the disk has it. */
  const resolve = async (folder: string): Promise<string> => {
    if (folder === "" || (await read(folder)).exact.size > 0) return folder;
    const [above, base] = splitName(folder);
    const parent = await resolve(above);
    const { exact, alike } = await read(parent);
    const found = exact.has(base) ? base : alike.get(base.normalize("NFC"));
    return joined(parent, found ?? base);
  };
  return async (name) => {
    const [given, base] = splitName(joinNames(name, name));
    const folder = await resolve(given);
    const { exact, suffix, alike } = await read(folder);
    const lower = lowerSuffix(base);
    const found = exact.has(base) ? base : (suffix.get(lower) ?? alike.get(lower.normalize("NFC")));
    return found === undefined ? undefined : joined(folder, found);
  };
}

/** Names in a folder: as they are; by themselves with the suffix in lower case; by that in composed letters. */
interface Names {
  readonly exact: ReadonlySet<string>;
  readonly suffix: ReadonlyMap<string, string>;
  readonly alike: ReadonlyMap<string, string>;
}

async function namesIn(root: string, folder: string): Promise<Names> {
  // Reversed, so that of "a.PNG" and "a.png" the first in code-unit order wins.
  const names = (await readdir(join(root, folder)).catch(() => [])).sort(byCodeUnit).reverse();
  return {
    exact: new Set(names),
    suffix: new Map(names.map((name) => [lowerSuffix(name), name])),
    alike: new Map(names.map((name) => [lowerSuffix(name).normalize("NFC"), name])),
  };
}

function joined(folder: string, base: string): string {
  return folder === "" ? base : `${folder}/${base}`;
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
  const got = reasonOf(cause, { path: false });
  return complain(code === "ENOENT" ? { where: name, what, cause } : { where: name, what, got, cause });
}

export interface FileFact {
  readonly bytes: number;
  readonly sha256: string;
}

/** Size and SHA-256 of a file, read in chunks. */
export async function fileFact(
  path: string,
  onBytes: (done: number, total: number) => void = () => undefined,
): Promise<FileFact> {
  await mustBeFile(path, path);
  const { size } = await stat(path);
  const hash = createHash("sha256");
  let done = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(piece as Uint8Array);
    done += (piece as Uint8Array).length;
    onBytes(done, size);
  }
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

/** The lowest folder that all of these absolute ones lie in. */
export function commonFolder(folders: readonly string[]): string {
  const [first = sep, ...rest] = folders;
  let common = first;
  for (const folder of rest)
    while (common !== folder && !folder.startsWith(common.endsWith(sep) ? common : common + sep)) {
      const parent = dirname(common);
      if (parent === common) break;
      common = parent;
    }
  return join(common);
}

/** A path as it is seen from a folder, with slashes. */
export function fromFolder(folder: string, path: string): string {
  return relative(folder, path).split(sep).join("/");
}
