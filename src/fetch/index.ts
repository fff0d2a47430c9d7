// Fetches files below a folder. Nothing here knows what the files are for.
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import type { Download } from "../core/schema-types.ts";
import { type FileFact, fileFact, makeFolder } from "../formats/files.ts";
import { type Fetching, fetchPart } from "./download.ts";
import { discardPart } from "./part.ts";
import { clearStage, exists, unpackInto } from "./unpack.ts";

export type { Fetching, Watcher } from "./download.ts";
export { dropBody, openWeb } from "./web.ts";

/** Files that belong together: of a data set, of a model. */
export interface Wanted {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly downloads: readonly Download[];
  /**
   * No file is any good without the others: none comes into place before all are there and checked, those that are there are
   * checked again, and the lock names them by their place below the folder.
   */
  readonly whole?: boolean;
}

export interface FetchOptions extends Fetching {
  /** Absolute path of the lock file. */
  readonly lock: string;
  /** Archives are removed once they are unpacked, unless this says otherwise. */
  readonly keep: boolean;
  readonly unpacked: (file: string, files: number, bytes: number) => void;
}

export type Fetched = { readonly file: string; readonly status: "fetched" | "there" };

/** In order; what is there already as it was fetched is not fetched again. */
export async function fetchWanted(wanted: Wanted, options: FetchOptions): Promise<readonly Fetched[]> {
  const place: (() => Promise<Fetched>)[] = [];
  const done: Fetched[] = [];
  for (const download of wanted.downloads) {
    const placeIt = await bring(wanted, download, options);
    if (wanted.whole === true) place.push(placeIt);
    else done.push(await placeIt());
  }
  for (const placeIt of place) done.push(await placeIt());
  return done;
}

/** Sees to it that a file is here and is the right one; returns what puts it where it belongs. */
async function bring(
  { name, folder: root, whole = false }: Wanted,
  download: Download,
  options: FetchOptions,
): Promise<() => Promise<Fetched>> {
  const { file, unpack } = download;
  const folder = download.into === undefined ? root : join(root, download.into);
  const [archive, part] = [join(folder, file), join(folder, `${file}.part`)];
  const key = whole ? posix.join(download.into ?? "", file) : `${name}/${file}`;
  const known = (await readLock(options.lock))[key];
  if (known !== undefined && (await isPlaced(known, folder))) {
    if (whole && unpack === "none") await stillThatFile(archive, download, known, options.lock);
    return async () => {
      if (unpack !== "none" && !options.keep) await rm(archive, { force: true });
      await clearStage(archive, folder);
      return { file, status: "there" };
    };
  }
  await makeFolder(folder).catch((cause: unknown) => {
    throw complain({ where: folder, what: "cannot be created", got: reasonOf(cause), cause });
  });
  const here = (await exists(archive)) ? await accepted(download, archive, known) : undefined;
  const fact = here ?? (await fetchPart(download, part, options));
  const locked: LockedFile = { url: download.url, ...fact };
  if (here === undefined) await checkUnchanged(download, fact, known, part, options.lock);
  return async () => {
    if (here === undefined) {
      await recordInLock(options.lock, key, locked);
      await rename(part, archive);
      await discardPart(part);
    }
    if (unpack === "none") {
      await recordInLock(options.lock, key, { ...locked, placed: [file] });
      return { file, status: here === undefined || !whole ? "fetched" : "there" };
    }
    const { signal, unpacked } = options;
    const progress = (files: number, bytes: number) => unpacked(file, files, bytes);
    const placed = await unpackInto(archive, unpack, folder, { signal, progress });
    await recordInLock(options.lock, key, { ...locked, placed });
    await clearStage(archive, folder);
    // An archive that a person put there stays theirs.
    if (!options.keep && (here === undefined || known !== undefined)) await rm(archive, { force: true });
    return { file, status: "fetched" };
  };
}

/** A file in its place, against its card and what it was when it came. */
async function stillThatFile(
  path: string,
  { bytes, sha256 }: Download,
  known: LockedFile,
  lock: string,
): Promise<void> {
  const fact = await fileFact(path);
  const expected = sha256 ?? known.sha256;
  if (fact.sha256 === expected && (bytes === undefined || bytes === fact.bytes)) return;
  const whose = fact.sha256 === known.sha256 ? "its card says" : `was fetched (${basename(lock)})`;
  const what = `is not the file that ${whose}: remove it, and the same command fetches it again`;
  throw complain({ where: path, what, expected: `sha256 ${expected}`, got: factText(fact) });
}

function factText({ bytes, sha256 }: FileFact): string {
  return `${bytes} bytes with sha256 ${sha256}`;
}

async function isPlaced({ placed }: LockedFile, folder: string): Promise<boolean> {
  if (placed === undefined) return false;
  for (const name of placed) if (!(await exists(join(folder, name)))) return false;
  return true;
}

/** A card's checksum has the last word; without one the file must be what it was the first time. */
async function checkUnchanged(
  { url, sha256 }: Download,
  fact: FileFact,
  known: LockedFile | undefined,
  part: string,
  lock: string,
): Promise<void> {
  if (sha256 !== undefined || known === undefined || known.sha256 === fact.sha256) return;
  await discardPart(part);
  const changed = "has changed since it was fetched first; what came now was removed.";
  const what = `${changed} If the change is meant, remove its entry from ${basename(lock)}`;
  throw complain({ where: url, what, expected: factText(known), got: factText(fact) });
}

/** A file of that name that is there: ours from an earlier time, or one that a person fetched. Unpacking tells whether it is whole. */
async function accepted(
  { bytes, sha256, unpack }: Download,
  path: string,
  known: LockedFile | undefined,
): Promise<FileFact> {
  const fact = await fileFact(path);
  const expected = sha256 ?? known?.sha256;
  const fits =
    expected === undefined
      ? unpack !== "none" && (bytes === undefined || bytes === fact.bytes)
      : expected === fact.sha256;
  if (fits) return fact;
  const size = bytes === undefined ? "no file of that name" : `${bytes} bytes`;
  throw complain({
    where: path,
    what: "is there already, and is not known to be the file that is wanted: move it away",
    expected: expected === undefined ? size : `sha256 ${expected}`,
    got: factText(fact),
  });
}

// What was fetched, as it was seen first: <data>/segbench-lock.json.

export const lockName = "segbench-lock.json";
const format = "segbench/lock@1";

interface LockedFile {
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Names below the set's folder that came of it; missing until all are in place. */
  readonly placed?: readonly string[];
}

/** Key: name of the set and of the file, `bbbc038v1/stage1_train.zip`. */
type Locked = Readonly<Record<string, LockedFile>>;

export async function readLock(path: string): Promise<Locked> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw complain({ where: path, what: "cannot be read", got: reasonOf(cause), cause });
  }
  try {
    const { format: found, files } = JSON.parse(text) as { format?: unknown; files?: Locked };
    if (found === format && typeof files === "object" && files !== null) return files;
  } catch {}
  const what = "is not a list of fetched files; nothing was fetched";
  throw complain({ where: path, what, expected: `JSON with "format": "${format}"` });
}

/** The caller sees to it that one process at a time does this. */
async function recordInLock(path: string, key: string, file: LockedFile): Promise<void> {
  const files = { ...(await readLock(path)), [key]: file };
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  const beside = `${path}.${process.pid}`;
  try {
    await writeFile(beside, `${JSON.stringify({ format, files: sorted }, undefined, 2)}\n`);
    await rename(beside, path);
  } catch (cause) {
    throw complain({ where: path, what: "cannot be written", got: reasonOf(cause), cause });
  }
}
