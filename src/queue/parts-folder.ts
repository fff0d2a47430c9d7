// Parts in a folder that all machines see, for runs whose parts are too much for the memory of a broker: a file each, which is whole or not
// there. The broker has their names alone. A folder for every hundred units keeps each small.
import { link, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../core/errors.ts";

export interface PartsFolder {
  /** Writes a part, and returns the note that says where it is. */
  write(unit: number, worker: string, part: Buffer): Promise<Buffer>;
  /** undefined: other machines may see a new file some time later. */
  read(note: Buffer): Promise<Buffer | undefined>;
  remove(note: Buffer): Promise<void>;
  /** Notes of all that is there. */
  list(): Promise<readonly Buffer[]>;
  /** Removes what is left of the run. */
  clear(): Promise<void>;
}

const named = /^(\d+)\/\d+-[\w.-]+\.part$/;

/** Gives a file its name, whole. On a network the answer may be lost although it has it: the file itself says whether it does. */
async function nameFile(draft: string, path: string, size: number): Promise<void> {
  try {
    await link(draft, path);
  } catch {
    // Two names: it worked. Otherwise this worker wrote an earlier part of the unit, or there are no links here.
    if ((await stat(draft).catch(() => undefined))?.nlink !== 2)
      return rename(draft, path).catch(async (error: unknown) => {
        if ((await stat(path).catch(() => undefined))?.size !== size) throw error;
      });
  }
  await unlink(draft).catch(() => undefined);
}

/** Where parts of one run lie, below the folder of all of them. */
export function partsFolder(root: string, run: string): PartsFolder {
  const dir = join(root, `segbench-${run}`);
  const pathOf = (note: Buffer) => {
    const name = note.toString("utf8");
    // A note may come from anybody: no path leads out of the folder.
    return named.test(name) ? join(dir, name) : undefined;
  };
  return {
    async write(unit, worker, part) {
      const group = String(Math.floor(unit / 100));
      const name = `${group}/${unit}-${worker.replace(/[^\w.-]/g, "_")}.part`;
      const path = join(dir, name);
      const draft = `${path}.tmp`;
      try {
        await mkdir(join(dir, group), { recursive: true });
        const file = await open(draft, "w", 0o644);
        try {
          await file.writeFile(part);
          await file.sync();
        } finally {
          await file.close();
        }
        await nameFile(draft, path, part.length);
      } catch (cause) {
        throw complain(path, "a part cannot be written", { code: "system", got: reasonOf(cause), cause });
      }
      return Buffer.from(name);
    },
    async read(note) {
      const path = pathOf(note);
      return path === undefined ? note : await readFile(path).catch(() => undefined);
    },
    async remove(note) {
      const path = pathOf(note);
      if (path !== undefined) await unlink(path).catch(() => undefined);
    },
    async list() {
      const groups = (await readdir(dir).catch((): string[] => [])).sort();
      const notes: Buffer[] = [];
      for (const group of groups)
        for (const name of (await readdir(join(dir, group)).catch((): string[] => [])).sort())
          if (named.test(`${group}/${name}`)) notes.push(Buffer.from(`${group}/${name}`));
      return notes;
    },
    clear: () => rm(dir, { recursive: true, force: true }),
  };
}
