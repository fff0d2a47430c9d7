import type { Manifest } from "../core/plan.ts";
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
