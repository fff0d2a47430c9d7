// The whole harness: against the runtime's own time for the same calls, and against a Python evaluation.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "simple-statistics";
import { packageFolder } from "../src/config/package.ts";
import { type Line, ms, oneThread, python, type Surroundings, withFolder } from "./measure.ts";
import { writeRealSet } from "./real-set.ts";

export interface Contender {
  readonly title: string;
  readonly card: string;
  readonly encoder: string;
  readonly decoder: string;
  readonly batch: number;
  readonly repeats: number;
  readonly goal: string;
}

const tinyFile = (name: string) => join(packageFolder, "models", "tiny", name);

export const tiny = ({ repeats }: Surroundings): Contender => ({
  ...{ title: "bundled tiny model", card: "tiny", goal: "1.35", batch: 1, repeats },
  ...{ encoder: tinyFile("encoder.onnx"), decoder: tinyFile("decoder.onnx") },
});

/** The harness against the bare calls: twelve real images, at most four targets each, nine clicks. */
export async function againstFloor(around: Surroundings, contender: Contender): Promise<Line[]> {
  const { data } = around;
  if (data === undefined) return skipped("floor", "SEGBENCH_DATA names no folder of samples");
  return withFolder(async (folder) => {
    const card = await writeRealSet(folder, data);
    const run = runFile(folder, {
      models: contender.card,
      benchmarks: card,
      data: folder,
      batch: contender.batch,
    });
    const harness: number[] = [];
    const floor: number[] = [];
    for (let i = 0; i < contender.repeats; i++) {
      harness.push(child<{ evaluation: number }>("harness.ts", [run, join(folder, "run")]).evaluation);
      const { encoder, decoder, batch } = contender;
      const args = [join(folder, "run"), encoder, decoder, String(batch), "1"];
      floor.push(child<{ calls: number }>("floor.ts", args).calls);
    }
    return [
      {
        part: "floor",
        what: `whole harness / bare runtime calls, ${contender.title}, 12 real images, 9 clicks`,
        ...{ ours: ms(median(harness)), theirs: ms(median(floor)), goal: contender.goal },
        ratio: median(harness.map((value, i) => value / floor[i]!)).toFixed(3),
      },
    ];
  });
}

/** The harness against the Python evaluation on frames of DAVIS: 854 x 480, nine clicks. */
export function againstPython(around: Surroundings): Line[] {
  const { data } = around;
  if (data === undefined) return skipped("python", "SEGBENCH_DATA names no folder of samples");
  return withFolder((folder) => {
    const { encoder, decoder, batch } = tiny(around);
    const root = join(data, "davis2016");
    const run = runFile(folder, { models: "tiny", benchmarks: "davis2016", data, batch, limit: 40 });
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let i = 0; i < around.repeats; i++) {
      ours.push(child<{ evaluation: number }>("harness.ts", [run, join(folder, "run")]).evaluation);
      const pairs = join(folder, "pairs.json");
      writeFileSync(pairs, JSON.stringify(imagesOf(join(folder, "run")).map((id) => pairOf(root, id))));
      theirs.push(
        python<{ evaluation: number }>(around, "python/evaluation.py", [pairs, encoder, decoder, "256", "1"])
          .evaluation,
      );
    }
    return [
      {
        part: "python",
        what: "whole harness / Python evaluation, tiny model, 40 frames of DAVIS, 9 clicks",
        ...{ ours: ms(median(ours)), theirs: ms(median(theirs)), goal: "0.333" },
        ratio: median(ours.map((value, i) => value / theirs[i]!)).toFixed(3),
      },
    ];
  });
}

function imagesOf(dir: string): string[] {
  const rows = readFileSync(join(dir, "rows.jsonl"), "utf8").trimEnd().split("\n");
  return [...new Set(rows.map((row) => (JSON.parse(row) as { image: string }).image))];
}

function pairOf(root: string, id: string): [string, string[]] {
  return [join(root, "JPEGImages", "480p", `${id}.jpg`), [join(root, "Annotations", "480p", `${id}.png`)]];
}

interface RunFacts {
  readonly models: string;
  readonly benchmarks: string;
  readonly data: string;
  readonly batch: number;
  readonly limit?: number;
}

function runFile(folder: string, { models, benchmarks, data, batch, limit }: RunFacts): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "bench.yaml");
  const lines = {
    ...{ name: "bench", data, models: [models], benchmarks: [benchmarks], protocols: ["sam1-d1@1"], batch },
    ...{ threads: 1, ...(limit === undefined ? {} : { limit }) },
  };
  writeFileSync(file, JSON.stringify(lines));
  return file;
}

/** A child of its own, so that no side finds a warm process. */
export function child<T>(script: string, args: readonly string[]): T {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const text = execFileSync(process.execPath, ["--import", "tsx", file, ...args], {
    env: { ...process.env, ...oneThread },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return JSON.parse(text.trimEnd().split("\n").at(-1)!) as T;
}

export function skipped(part: string, why: string): Line[] {
  return [{ part, what: `not measured: ${why}`, ours: "", theirs: "", ratio: "", goal: "" }];
}
