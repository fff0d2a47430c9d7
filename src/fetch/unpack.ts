// An archive becomes files in an empty folder. Nothing is ever written through a link: links become the files they name.
import { copyFile, link, mkdir, open, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fetchDefaults } from "../core/defaults.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import type { Download } from "../core/schema-types.ts";
import type { ArchiveEntry, ArchiveReader } from "./entry.ts";
import { tarEntries } from "./tar.ts";
import { zipEntries } from "./zip.ts";

const readers: Readonly<Record<Exclude<Download["unpack"], "none">, ArchiveReader>> = {
  zip: zipEntries,
  tar: (path) => tarEntries(path, { gzip: false }),
  "tar.gz": (path) => tarEntries(path, { gzip: true }),
};

interface Link {
  readonly name: string;
  readonly target: string;
}

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((files: number, bytes: number) => void) | undefined;
}

/** Number of files written. What is wrong with the archive is one sentence that names it; the folder is the caller's to remove. */
export async function unpack(
  archive: string,
  format: keyof typeof readers,
  folder: string,
  { signal, progress }: UnpackOptions = {},
): Promise<number> {
  const where = basename(archive);
  const budget = budgetOf(where, (await stat(archive)).size);
  const links: Link[] = [];
  const files = new Set<string>();
  try {
    for await (const entry of readers[format](archive)) {
      signal?.throwIfAborted();
      budget.entry();
      const name = entryName(where, entry.name);
      if (entry.kind === "other") throw refused(where, entry);
      if (name === "") continue;
      if (entry.kind === "link")
        links.push({ name, target: linkedName(where, name, entry.target, entry.hard) });
      else if (entry.kind === "folder") await makeFolder(join(folder, name));
      else {
        await writeEntry(join(folder, name), entry, budget.bytes, where);
        files.add(name);
        progress?.(files.size, budget.used());
      }
    }
    for (const { name, target } of resolved(links, files, where)) {
      await makeFolder(dirname(join(folder, name)));
      await link(join(folder, target), join(folder, name)).catch(() =>
        copyFile(join(folder, target), join(folder, name)),
      );
    }
  } catch (cause) {
    if (cause instanceof SegbenchError || signal?.aborted) throw cause;
    throw complain({
      where,
      what: "cannot be unpacked; nothing of it was kept",
      got: reasonOf(cause),
      cause,
    });
  }
  return files.size + links.length;
}

/** Links may name links; a chain ends at a file of the archive or is refused. */
function resolved(links: readonly Link[], files: ReadonlySet<string>, where: string): readonly Link[] {
  const targets = new Map(links.map(({ name, target }) => [name, target]));
  const names = new Set(files);
  for (const { name } of links) if (names.size === names.add(name).size) throw isTwice(where, name);
  return links.map(({ name, target }) => {
    let at = target;
    for (let hop = 0; hop < 40 && !files.has(at) && targets.has(at); hop++) at = targets.get(at)!;
    if (files.has(at)) return { name, target: at };
    throw complain({
      where,
      what: `the link ${name} names no file of the archive; nothing of it was kept`,
      expected: "a file",
      got: JSON.stringify(target),
    });
  });
}

function isTwice(where: string, name: string) {
  return complain({ where, what: `${name} is in it twice; nothing of it was kept` });
}

function refused(where: string, { name, what }: ArchiveEntry & { kind: "other" }) {
  return complain({
    where,
    what: `${name} is neither file nor folder; nothing of it was kept`,
    expected: "files, folders and links between them",
    got: what,
  });
}

async function writeEntry(
  path: string,
  entry: ArchiveEntry & { kind: "file" },
  count: (bytes: number) => void,
  where: string,
): Promise<void> {
  await makeFolder(dirname(path));
  const full = (cause: unknown) =>
    complain({
      where,
      what: `${entry.name} cannot be written; nothing was kept but the archive`,
      got: reasonOf(cause),
      cause,
    });
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

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}

function budgetOf(where: string, archive: number) {
  const most = archive * fetchDefaults.unpackRatio + fetchDefaults.unpackAllowance;
  let entries = 0;
  let used = 0;
  const burst = (expected: string) =>
    complain({ where, what: "grows too large, as bombs do; nothing of it was kept", expected });
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
 * The name of an archive's entry below the folder it is unpacked into. What would leave the folder is refused, never
 * bent: an archive that holds such a name was made wrongly or with intent. `\` counts as `/`, as Windows writes it.
 */
function entryName(archive: string, name: string): string {
  const text = name.replaceAll("\\", "/");
  const refuse = (what: string) =>
    complain({
      where: archive,
      what: `${what}; nothing of it was kept`,
      expected: "names below the folder",
      got: JSON.stringify(name),
    });
  if (text.includes("\0")) throw refuse("an entry's name holds a zero byte");
  if (text.startsWith("/") || /^[A-Za-z]:/.test(text)) throw refuse("an entry has an absolute path");
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse("an entry leaves the folder");
  return parts.join("/");
}

/** The entry that a link means: relative to the link's own folder (a hard link: to the archive). */
function linkedName(archive: string, from: string, target: string, hard: boolean): string {
  const kept = hard ? [] : from.split("/").slice(0, -1);
  const outside = complain({
    where: archive,
    what: `the link ${from} points outside; nothing of it was kept`,
    expected: "a file of the archive",
    got: JSON.stringify(target),
  });
  const text = target.replaceAll("\\", "/");
  if (text.startsWith("/") || /^[A-Za-z]:/.test(text)) throw outside;
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.pop() === undefined) throw outside;
  }
  return kept.join("/");
}
