import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Manifest } from "../core/plan.ts";
import type { TimingLine } from "../core/timing.ts";
import { timingFile } from "./files.ts";
import { readJournal } from "./journal.ts";
import { readManifest } from "./manifest.ts";
import { shardSize, unitCount } from "./shards.ts";

/** How far a run has come. */
export interface RunState {
  readonly manifest: Manifest;
  readonly finished: number;
  /** Units of its shard, or of the whole plan. */
  readonly expected: number;
  /** Nothing of the whole plan is missing. */
  readonly complete: boolean;
}

/** Looks at a run folder without opening it for writing. */
export async function readRun(dir: string): Promise<RunState> {
  const manifest = await readManifest(dir);
  const finished = (await readJournal(dir))?.entries.length ?? 0;
  const expected = shardSize(manifest.plan, manifest.shard);
  return { manifest, finished, expected, complete: finished === unitCount(manifest.plan) };
}

/** Streams the times of a run folder. They are not results: where they are missing, damaged or of an older kind, none come. */
export async function* readTimes(dir: string): AsyncGenerator<TimingLine> {
  const stream = createReadStream(join(dir, timingFile));
  try {
    for await (const text of createInterface({ input: stream })) {
      const line = parse(text);
      if (line !== undefined) yield line;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    stream.destroy();
  }
}

const needed = ["passed", "targets", "prompts", "clicks", "encoded", "cached"] as const;

function parse(text: string): TimingLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<TimingLine> | null;
    const whole = typeof line?.model === "string" && needed.every((key) => Number.isFinite(line[key]));
    return whole ? (line as TimingLine) : undefined;
  } catch {
    return undefined;
  }
}
