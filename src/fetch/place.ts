// Unpacks beside the place, and moves what came out only when all of it is there. A killed process leaves either nothing
// to keep or a finished stage, whose move is then gone on with.
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { complain } from "../core/errors.ts";
import type { Download } from "../core/schema-types.ts";
import { type UnpackOptions, unpack } from "./unpack.ts";

const stageOf = (archive: string, folder: string) => join(folder, `.unpacking-${basename(archive)}`);

/** Names below `folder` of what the archive held at its top. Call `clearStage` once that is on record. */
export async function unpackInto(
  archive: string,
  format: Exclude<Download["unpack"], "none">,
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
      if (names.length === 0) throw complain({ where: basename(archive), what: "holds no file" });
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
    throw complain({
      where: inTheWay,
      what: `is there already and was not replaced; nothing of ${basename(archive)} was kept but the archive`,
      expected: "nothing there: move it away, or check it with validate",
    });
  }
  await move(content, folder);
  return names;
}

export async function clearStage(archive: string, folder: string): Promise<void> {
  await rm(stageOf(archive, folder), { recursive: true, force: true });
}

/** Folders are joined; a file in the way is a conflict. */
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
