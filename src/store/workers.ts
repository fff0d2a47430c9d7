// Who works on a run that many machines share, as its coordinator saw it last: for whoever looks at the run meanwhile. Nothing is made of it.
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { workersFile } from "./files.ts";

export interface WorkersSeen {
  readonly workers: number;
  /** Of those, without anything to do. */
  readonly idle: number;
  /** Images or clips in a second, of all of them. */
  readonly rate: number;
}

/** undefined: nobody collects any more. What cannot be written is not missed. */
export async function tellWorkers(dir: string, seen: WorkersSeen | undefined): Promise<void> {
  const path = join(dir, workersFile);
  try {
    if (seen === undefined) return await rm(path, { force: true });
    await writeFile(`${path}.tmp`, `${JSON.stringify(seen)}\n`);
    await rename(`${path}.tmp`, path);
  } catch {
    // The run itself finds out whether its folder can be written.
  }
}

export async function readWorkers(dir: string): Promise<WorkersSeen | undefined> {
  try {
    const { workers, idle, rate } = JSON.parse(await readFile(join(dir, workersFile), "utf8"));
    const sound = [workers, idle, rate].every((one) => Number.isFinite(one) && one >= 0);
    return sound ? { workers, idle, rate } : undefined;
  } catch {
    return undefined;
  }
}
