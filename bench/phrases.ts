// 100,000 phrases asked of 10,000 images, three annotators, as SA-Co's files have them: scored, and reported again from the rows. By hand, as bench/view.ts: what a
// process takes on the clock and at most of memory, `node --import tsx bench/phrases.ts`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compressedRle } from "../scripts/miniatures/annotations.ts";
import { createMask, setPixel } from "../src/masks/bit-mask.ts";

const [IMAGES, PHRASES, SIDE] = [10_000, 10, 96];
const folder = process.env.BENCH_PHRASES ?? "/tmp/segbench-bench-phrases";

/** Whole numbers below n, the same every time. */
let state = 12_345;
const below = (n: number) => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};

/** Squares of one size in a grid of places: neighbours overlap. */
const rles = Array.from({ length: 400 }, (_, i) => {
  const mask = createMask(SIDE, SIDE);
  const [x0, y0] = [(i % 20) * 4, Math.floor(i / 20) * 4];
  for (let y = y0; y < y0 + 16; y++) for (let x = x0; x < x0 + 16; x++) setPixel(mask, x, y);
  return compressedRle(mask);
});

function write(): void {
  const data = join(folder, "data", "saco-gold");
  mkdirSync(data, { recursive: true });
  const images: object[] = [];
  const annotations: object[][] = [[], [], []];
  const answers: object[] = [];
  for (let id = 1; id <= IMAGES * PHRASES; id++) {
    const file_name = `image-${Math.floor((id - 1) / PHRASES)}.jpg`;
    const text_input = `thing ${below(30_000)}`;
    images.push({ id, file_name, text_input, width: SIDE, height: SIDE, is_instance_exhaustive: 1 });
    // As in SA-Co, five of six name nothing.
    const things = below(6) === 0 ? Array.from({ length: 1 + below(5) }, () => below(rles.length)) : [];
    for (const [k, own] of annotations.entries())
      for (const place of things)
        if (k === 0 || below(10) > 0)
          own.push({
            ...{ id: own.length + 1, image_id: id, category_id: 1, iscrowd: 0 },
            segmentation: rles[Math.min(rles.length - 1, place + (k > 0 ? below(2) : 0))],
          });
    const found = below(10) === 0 ? [below(rles.length)] : things.filter(() => below(5) > 0);
    for (const place of found)
      answers.push({ image_id: id, score: (5 + below(95)) / 100, segmentation: rles[place] });
  }
  for (const [k, own] of annotations.entries())
    writeFileSync(
      join(data, `gold_crowded_merged_${"abc"[k]}_release_test.json`),
      JSON.stringify({ images, annotations: own, categories: [{ id: 1, name: "thing" }] }),
    );
  writeFileSync(join(folder, "answers.json"), JSON.stringify(answers));
}

/** Runs a verb in a process of its own: seconds on the clock and of the processor, and most memory. */
function measured(what: string, goal: string, args: readonly string[]): void {
  const start = performance.now();
  const { status, stderr } = spawnSync(
    "/usr/bin/time",
    ["-f", "%M %U %S", process.execPath, "--import", "tsx", "src/cli/main.ts", ...args],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  const seconds = (performance.now() - start) / 1000;
  const [kib, user, system] = stderr.trimEnd().split("\n").at(-1)!.split(" ").map(Number);
  const took = `${seconds.toFixed(0)} s; ${(user! + system!).toFixed(0)} s; ${(kib! / 1024).toFixed(0)} MiB`;
  console.log(`| phrases | ${what}: on the clock; of the processor; most memory | ${took} |  |  | ${goal} |`);
}

if (!existsSync(join(folder, "answers.json"))) write();
const run = join(folder, "run");
measured("100,000 phrases asked of 10,000 images, three annotators, scored", "", [
  "score",
  "saco-gold-crowded",
  join(folder, "answers.json"),
  "--data",
  join(folder, "data"),
  "--out",
  run,
  "--model",
  "made-up",
  "--fresh",
]);
measured("the same reported from their rows", "<= 60 s; <= 500 MB", ["report", run]);
