// The rows of a run are the same bytes however they were made.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { contextOf, openRunIndex } from "../../src/index.ts";
import { runCli, runProgram } from "../helpers/run-cli.ts";
import { packageFolder, workPlace, writeModelCard, writeRunFile } from "../helpers/synthetic.ts";

const rowsOf = (place: string, out: string) => readFileSync(join(place, out, "rows.jsonl"), "utf8");
const masksOf = (place: string, out: string) => readFileSync(join(place, out, "masks.jsonl"), "utf8");

test("run twice, with 1 and 2 workers, and as 3 shards merged", async () => {
  const place = await workPlace({ images: 3, targets: 2, width: 81, height: 59 });
  // A transformer of random weights: its logits depend on every pixel and on every prompt before.
  const models = join(packageFolder, "test", "fixtures", "models", "sam");
  writeModelCard(place, "real", join(models, "encoder.onnx"), join(models, "decoder.onnx"), 128);
  writeRunFile(place, "real", ["sam1-d1-random@1", "box-jitter@1"]);
  const run = (...words: string[]) => runCli(["run", "run.yaml", "--no-pages", ...words], { cwd: place });

  const one = await run("--out", "one", "--workers", "1");
  expect(one).toMatchObject({ code: 0 });
  // As it is started: the work is done in a supervised process.
  const words = ["run", "run.yaml", "--no-pages", "--out", "two", "--workers", "2"];
  expect(await runProgram(words, { cwd: place })).toMatchObject({ code: 0 });
  const shards = await Promise.all([0, 1, 2].map((i) => run("--out", `shard${i}`, "--shard", `${i}/3`)));
  for (const { code } of shards) expect(code).toBe(0);
  const merged = await runCli(["merge", "shard0", "shard1", "shard2", "--out", "merged"], { cwd: place });
  expect(merged).toMatchObject({ code: 0 });

  const rows = rowsOf(place, "one");
  expect(rows.trim().split("\n")).toHaveLength(3 * 2 * 2);
  expect(rowsOf(place, "two")).toBe(rows);
  expect(rowsOf(place, "merged")).toBe(rows);
  expect(masksOf(place, "two")).toBe(masksOf(place, "one"));
  expect(masksOf(place, "merged")).toBe(masksOf(place, "one"));

  // A run's index of its rows is the one that is made at first sight.
  const index = join(place, "one", "rows.index");
  const written = readFileSync(index);
  rmSync(index);
  await (await openRunIndex("one", {}, contextOf({ cwd: place }))).close();
  expect(readFileSync(index).equals(written)).toBe(true);

  const again = await run("--out", "one");
  expect(again).toMatchObject({ code: 0 });
  expect(again.err).toContain("one is complete: nothing to do (--fresh starts again)");
  const fresh = await run("--out", "one", "--fresh");
  expect(fresh).toMatchObject({ code: 0 });
  expect(rowsOf(place, "one")).toBe(rows);
}, 180_000);

test("a changed plan is refused with what differs", async () => {
  const place = await workPlace({ images: 1, targets: 1 });
  const run = (...words: string[]) => runCli(["run", "run.yaml", "--out", "out", ...words], { cwd: place });
  expect(await run()).toMatchObject({ code: 0 });
  const refused = await run("--batch", "3", "--protocols", "box@1");
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/^error: out: holds another run, .*changes batch and leaves out sam1-d1@1$/m);
  expect(refused.err).toContain("for a run of its own: add --out out-2\n  to replace it: add --fresh\n");
  expect(refused.err).toContain("batch: 16 in the run folder, 3 now");
  expect(refused.err).toContain("sam1-d1@1");
});

test("the report of a run can be made again without its data", async () => {
  const place = await workPlace({ images: 2, targets: 2 });
  expect(await runCli(["run", "run.yaml", "--out", "out"], { cwd: place })).toMatchObject({ code: 0 });
  const files = ["report.html", "report.md", "summary.json", "rows.csv"];
  const before = files.map((file) => readFileSync(join(place, "out", file), "utf8"));
  const folder = join(place, "moved");
  mkdirSync(folder);
  for (const file of readdirSync(join(place, "out"))) {
    if (files.includes(file)) continue;
    symlinkSync(join(place, "out", file), join(folder, file));
  }
  const again = await runCli(["report", "moved"], { cwd: place });
  expect(again).toMatchObject({ code: 0 });
  files.forEach((file, i) => {
    expect(readFileSync(join(folder, file), "utf8")).toBe(before[i]);
  });

  // Pages can wait.
  const bare = await runCli(["run", "run.yaml", "--out", "out", "--no-pages", "--fresh"], { cwd: place });
  expect(bare).toMatchObject({ code: 0 });
  expect(bare.out).toContain("report: out/summary.json\n");
  const there = () => files.filter((file) => existsSync(join(place, "out", file)));
  expect(there()).toEqual(["summary.json"]);
  expect(await runCli(["report", "out"], { cwd: place })).toMatchObject({ code: 0 });
  expect(there()).toEqual(files);
  // The others tell the times of the run.
  for (const file of ["summary.json", "rows.csv"])
    expect(readFileSync(join(place, "out", file), "utf8")).toBe(before[files.indexOf(file)]);
});
