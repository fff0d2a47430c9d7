// The whole harness against a plain Python evaluation on frames of DAVIS: 854 x 480, nine clicks, the runtime with one thread.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median } from "simple-statistics";
import { tiny } from "./contenders.ts";
import { type Line, ms, python, type Surroundings, skipped, withFolder } from "./measure.ts";
import { harness, writeRun } from "./runs.ts";

const frames = 99;

export async function againstPython(around: Surroundings): Promise<Line[]> {
  const { data } = around;
  if (data === undefined) return skipped("python", "SEGBENCH_DATA names no folder of samples");
  return withFolder(async (folder) => {
    const contender = tiny(around);
    const facts = { contender, benchmark: "davis2016", data, limit: frames };
    const one = writeRun(join(folder, "one"), { ...facts, workers: 1 });
    const all = writeRun(join(folder, "all"), facts);
    const pairs = join(folder, "pairs.json");
    const times: { readonly one: number; readonly all: number; readonly python: number }[] = [];
    for (let i = 0; i < contender.repeats; i++) {
      const ours = { one: (await harness(one)).evaluation, all: (await harness(all)).evaluation };
      writeFileSync(
        pairs,
        JSON.stringify(imagesOf(one.rows).map((id) => pairOf(join(data, "davis2016"), id))),
      );
      const args = [pairs, contender.encoder, contender.decoder, "256", "1"];
      times.push({
        ...ours,
        python: python<{ evaluation: number }>(around, "python/evaluation.py", args).evaluation,
      });
    }
    const line = (side: "one" | "all", who: string): Line => ({
      ...{ part: "python", goal: "<= 0.333" },
      what: `whole harness, ${who} / Python evaluation, tiny model, ${frames} frames of DAVIS, 9 clicks`,
      ours: ms(median(times.map((time) => time[side]))),
      theirs: ms(median(times.map((time) => time.python))),
      ratio: median(times.map((time) => time[side] / time.python)).toFixed(3),
    });
    return [line("all", "workers as it chooses"), line("one", "one worker")];
  });
}

function imagesOf(dir: string): string[] {
  const rows = readFileSync(join(dir, "rows.jsonl"), "utf8").trimEnd().split("\n");
  return [...new Set(rows.map((row) => (JSON.parse(row) as { image: string }).image))];
}

function pairOf(root: string, id: string): [string, string[]] {
  return [join(root, "JPEGImages", "480p", `${id}.jpg`), [join(root, "Annotations", "480p", `${id}.png`)]];
}
