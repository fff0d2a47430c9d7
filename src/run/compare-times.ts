// The times of a comparison's sides, from timing.jsonl of their run folders: each candidate's beside the base's, and the file that has them.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hashOf } from "../core/hash.ts";
import { originOf } from "../core/recorded.ts";
import type { PairTimes, TimingLine } from "../core/timing.ts";
import { jsonText } from "../report/kit/format.ts";
import { compareTimes, type TimedSide } from "../stats/times.ts";
import { readTimes } from "../store/read-run.ts";
import type { Side } from "./compare-sides.ts";

/** One for each candidate; the first of the sides is the base. A folder that several sides share is read once. */
export async function timesOfSides(sides: readonly Side[]): Promise<PairTimes[]> {
  const folders = new Map<string, Map<string, TimingLine[]>>();
  for (const { path, model, baseline } of sides)
    if (baseline === undefined) folders.set(path, (folders.get(path) ?? new Map()).set(model, []));
  for (const [path, models] of folders)
    for await (const line of readTimes(path)) models.get(line.model)?.push(line);
  const timed = ({ path, model, baseline, manifest }: Side): TimedSide => {
    if (baseline !== undefined) return { lines: [], without: "a baseline holds no times" };
    const planned = manifest.plan.models.find(({ name }) => name === model);
    const external = planned?.card.family === "external";
    return {
      lines: folders.get(path)?.get(model) ?? [],
      ...(external ? { without: "the masks were made elsewhere" } : {}),
    };
  };
  const [base, ...candidates] = sides as [Side, ...Side[]];
  return candidates.map((side) =>
    compareTimes(
      side.name,
      { base: timed(base), candidate: timed(side) },
      { samePrompts: hashOf(sentBy(base)) === hashOf(sentBy(side)) },
    ),
  );
}

/** What decides how many prompts an image gets. */
function sentBy({ manifest: { plan } }: Side) {
  const { protocols, points = null } = plan;
  return { protocols: protocols.map(originOf), points };
}

/** Beside comparison.json, whose bytes depend on no clock. */
const timesFile = "time.json";

/** Writes what was timed on both sides; where nothing was, what an earlier comparison wrote goes. */
export async function writeTimes(dir: string, base: string, pairs: readonly PairTimes[]): Promise<void> {
  const path = join(dir, timesFile);
  if (pairs.every(({ stages }) => stages.length === 0)) await rm(path, { force: true });
  else await writeFile(path, jsonText({ format: "segbench/time@1", base, pairs }));
}
