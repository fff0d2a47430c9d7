// What a comparison has beside its numbers, which depend on no clock: the times of its sides, from timing.jsonl of their run folders,
// and the files that have both.
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { complain, reasonOf } from "../../core/errors.ts";
import { hashOf } from "../../core/hash.ts";
import { originOf } from "../../core/recorded.ts";
import type { Comparison } from "../../core/results.ts";
import type { ComparedTimes } from "../../core/schema-types.ts";
import type { PairTimes, TimingLine } from "../../core/timing.ts";
import { makeFolder } from "../../formats/files.ts";
import { type ComparisonExtras, comparisonWriters, gateWriters } from "../../report/comparison/index.ts";
import { jsonText } from "../../report/kit/format.ts";
import { compareTimes, type TimedSide } from "../../stats/times.ts";
import { readTimes } from "../../store/read-run.ts";
import { type Context, shownPath } from "../context.ts";
import type { Side } from "./sides.ts";

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
  const { protocols, points = null, targets = false, ids = null } = plan;
  return { protocols: protocols.map(originOf), points, targets: targets && ids };
}

/** Beside comparison.json, whose bytes depend on no clock. */
const timesFile = "time.json";

/** The files of a comparison; a verdict or times that an earlier one wrote and this one does not have go. */
export async function writeComparison(
  comparison: Comparison,
  extras: ComparisonExtras,
  { dir, gated }: { readonly dir: string; readonly gated: boolean },
  context: Context,
): Promise<void> {
  const verdicts = Object.values(gateWriters);
  const files = [...Object.values(comparisonWriters), ...(gated ? verdicts : [])];
  try {
    await makeFolder(dir);
    // The verdict of an earlier comparison would be read as this one's. Others write a junit.xml too.
    const stale = !gated && existsSync(join(dir, gateWriters.markdown.file)) ? verdicts : [];
    for (const { file } of stale) await rm(join(dir, file), { force: true });
    for (const { file, render } of files)
      if (file !== null) await writeFile(join(dir, file), await render(comparison, extras));
    await writeTimes(dir, comparison.base.name, extras.times ?? []);
  } catch (cause) {
    throw complain(shownPath(dir, context), "the comparison cannot be written", {
      got: reasonOf(cause),
      cause,
    });
  }
}

async function writeTimes(dir: string, base: string, pairs: readonly PairTimes[]): Promise<void> {
  const path = join(dir, timesFile);
  if (pairs.every(({ stages }) => stages.length === 0)) await rm(path, { force: true });
  else await writeFile(path, jsonText({ format: "segbench/time@1", base, pairs } satisfies ComparedTimes));
}
