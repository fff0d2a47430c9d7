// A run that is killed while it grows, as the real program: 10 images to 20, one protocol to two, one model to two.
import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { draw } from "../../src/core/random.ts";
import { unitsIn } from "../helpers/crash.ts";
import { runCli, runProgram, startCli } from "../helpers/run-cli.ts";
import { packageFolder, workPlace, writeModelCard } from "../helpers/synthetic.ts";

/** SEGBENCH_KILLS=20 npm run test:long -- growth: more moments. */
const kills = Number(process.env.SEGBENCH_KILLS ?? 3);

test(`kill -9 at ${kills} random moments while a run grows`, async () => {
  const place = await workPlace({ images: 20, targets: 3, width: 81, height: 59 });
  // A transformer of random weights: its logits depend on every pixel and on every prompt before.
  const models = join(packageFolder, "test", "fixtures", "models", "sam");
  writeModelCard(place, "real", join(models, "encoder.onnx"), join(models, "decoder.onnx"), 128);
  const narrow = ["--models", "./constant.yaml", "--protocols", "box@1", "--limit", "10"];
  const wide = ["--models", "./real.yaml,./constant.yaml", "--protocols", "sam1-d1@1,box@1"];
  const words = (out: string, more: readonly string[]) => [
    "run",
    "run.yaml",
    "--no-pages",
    "--out",
    out,
    ...more,
  ];
  const bytes = (out: string) =>
    ["rows.jsonl", "masks.jsonl"].map((name) => readFileSync(join(place, out, name), "utf8"));
  expect(await runCli(words("narrow", narrow), { cwd: place })).toMatchObject({ code: 0 });
  expect(await runCli(words("whole", wide), { cwd: place })).toMatchObject({ code: 0 });
  const expected = bytes("whole");

  const seen = { moving: 0, growing: 0, whole: 0 };
  for (let kill = 0; kill < kills; kill++) {
    const out = `killed${kill}`;
    cpSync(join(place, "narrow"), join(place, out), { recursive: true });
    for (const nth of [0, 1]) {
      // Every second time the first kill falls while units move, all others fall while units are played or copied.
      const early = nth === 0 && kill % 2 === 0;
      const before = nth === 0 ? 0 : unitsIn(place, out);
      const begun = () =>
        early
          ? existsSync(join(place, out, "kept.jsonl.tmp")) || existsSync(join(place, out, "kept.jsonl"))
          : existsSync(join(place, out, "kept.jsonl")) && unitsIn(place, out) > before;
      const { child, finished } = startCli(words(out, wide), { cwd: place });
      while (child.exitCode === null && !begun()) await sleep(1);
      await Promise.race([sleep(draw("kill", kill, nth) * (early ? 20 : 1000)), finished]);
      child.kill("SIGKILL");
      await finished;
      const { plan } = JSON.parse(readFileSync(join(place, out, "manifest.json"), "utf8"));
      if (unitsIn(place, out) === 40) seen.whole += 1;
      else if (plan.models.length === 1 || unitsIn(place, out) === 0) seen.moving += 1;
      else seen.growing += 1;
    }
    // The child ends with its supervisor, and the folder is free.
    const last = await runProgram(words(out, wide), { cwd: place });
    expect(last, `kill ${kill}`).toMatchObject({ code: 0 });
    expect(bytes(out), `kill ${kill}`).toEqual(expected);
    expect(existsSync(join(place, out, "kept.jsonl"))).toBe(false);
  }
  process.stdout.write(`killed twice in each of ${kills} runs: ${JSON.stringify(seen)}\n`);
  expect(seen.moving + seen.growing).toBeGreaterThan(0);
}, 1_800_000);
