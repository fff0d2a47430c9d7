// What clusters do with a run: shards that are looked at and merged, a time limit, a folder that another machine left.
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { hashOf } from "../../src/core/hash.ts";
import { contextOf } from "../../src/run/context.ts";
import { run } from "../../src/run/run.ts";
import { unitsIn } from "../helpers/crash.ts";
import { runCli } from "../helpers/run-cli.ts";
import { temporaryFolder, workPlace } from "../helpers/synthetic.ts";
import { manifestOf, plan } from "../store/sample-run.ts";

const bytesOf = (place: string, out: string) =>
  ["rows.jsonl", "masks.jsonl"].map((file) => readFileSync(join(place, out, file), "utf8"));

test("shards are looked at, sent again and merged to the bytes of one run", async () => {
  const place = await workPlace({ images: 7, targets: 1 }, { protocols: ["box@1"] });
  const cli = (words: string, env = {}) => runCli(words.split(" "), { cwd: place, env });
  const shard = (index: number, more = "") =>
    cli(`run run.yaml --no-pages --out s${index} --shard auto/5${more}`, { SLURM_ARRAY_TASK_ID: `${index}` });
  expect(await Promise.all([0, 1, 3].map((index) => shard(index)))).toMatchObject(
    [0, 0, 0].map((code) => ({ code })),
  );
  // One was stopped, of one there is a folder only, and of one nothing.
  writeFileSync(join(place, "s1", "progress.jsonl"), "");
  writeFileSync(join(place, "s1", "run.lock"), JSON.stringify({ pid: 7, host: "n2" }));
  mkdirSync(join(place, "s2"));
  const status = await cli("merge s0 s1 s2 s3 s4 --status");
  expect(status).toMatchObject({ code: 75, err: "" });
  expect(status.out).toBe(
    [
      "run: 2 of 5 shards are whole",
      "unfinished: 1/5, 0 of 2 images in s1; held by process 7 on n2, which may still be writing",
      "missing: 2/5, 4/5",
      "not begun: s2",
      "not begun: s4",
      "--array=1-2,4",
      "",
    ].join("\n"),
  );
  const early = await cli("merge s0 s1 s3 --out whole");
  expect(early.code).toBe(75);
  expect(early.err).toContain("s1: shard 1/5 is unfinished");
  const again = [1, 2, 4].map((index) => shard(index, " --take-over"));
  const one = cli("run run.yaml --no-pages --out one");
  expect(await Promise.all([...again, one])).toMatchObject([0, 0, 0, 0].map((code) => ({ code })));
  expect(await cli("merge s0 s1 s2 s3 s4 --status")).toMatchObject({
    code: 0,
    out: "run: 5 of 5 shards are whole\n",
  });
  expect(await cli("merge s4 s1 s2 s3 s0 --out whole")).toMatchObject({ code: 0 });
  expect(bytesOf(place, "whole")).toEqual(bytesOf(place, "one"));
  // What would fail again.
  for (const [words, text] of [
    ["merge s0 s0 --status", "s0: overlaps with"],
    ["merge s0 one --status", "the run was sharded differently"],
    ["merge nowhere --status", "no shard has begun"],
  ] as const) {
    const refused = await cli(words);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(text);
  }
  expect(await cli("merge s0 s1")).toMatchObject({ code: 2 });
}, 60_000);

test.skipIf(process.platform === "win32")(
  "150 shards are merged by a process that may open 128 files",
  async () => {
    const place = temporaryFolder();
    const count = 150;
    const [benchmark] = plan.benchmarks;
    const sharded = {
      models: plan.models.slice(0, 1),
      benchmarks: [{ ...benchmark!, images: count, subsetHash: hashOf(count) }],
      protocols: ["box@1"],
    };
    const rows: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const dir = join(place, `s${index}`);
      mkdirSync(dir);
      const unit = { model: "m1", benchmark: "cells", sample: `i${index}` };
      const row = {
        ...unit,
        protocol: "box@1",
        cluster: "",
        target: "1",
        status: "dropped",
        reason: "empty",
      };
      const line = `${JSON.stringify(row)}\n`;
      rows.push(line);
      const { model, ...rest } = unit;
      const entry = { unit: index, model, ...rest, count: 1, rows: line.length, masks: 0, timing: 0 };
      for (const [file, text] of Object.entries({
        "manifest.json": JSON.stringify(manifestOf(sharded, { index, count })),
        "rows.jsonl": line,
        "masks.jsonl": "",
        "timing.jsonl": "",
        "progress.jsonl": `${JSON.stringify(entry)}\n`,
      }))
        writeFileSync(join(dir, file), text);
    }
    const main = join(process.env.SEGBENCH_BUILT_CLI!, "main.js");
    const words = `ulimit -n 128; exec "$0" "${main}" merge s* --out whole`;
    const { stdout } = await promisify(execFile)("sh", ["-c", words.replace("$0", process.execPath)], {
      cwd: place,
    });
    expect(stdout).toContain("merged 150 runs into whole");
    expect(readFileSync(join(place, "whole", "rows.jsonl"), "utf8")).toBe(rows.join(""));
  },
  60_000,
);

test("stopAfter begins no image more when its time is over; the same call goes on", async () => {
  const place = await workPlace({ images: 9, targets: 1 }, { protocols: ["box@1"] });
  const request = { file: "run.yaml", out: "out", pages: false, workers: 1, saveMasks: true };
  let now = 0;
  // An hour passes with every image.
  const context = contextOf({
    cwd: place,
    env: { SEGBENCH_DATA: "" },
    clock: () => now,
    onEvent: ({ type }) => {
      if (type === "advanced") now += 3_600_000;
    },
  });
  const first = await run({ ...request, stopAfter: 7_000_000 }, context);
  expect(first).toMatchObject({ interrupted: true, timeOver: true, complete: false, expected: 9 });
  // Two hours are more than that; what was under way is finished.
  expect(first.finished).toBeGreaterThanOrEqual(2);
  expect(first.finished).toBeLessThan(9);
  expect(unitsIn(place, "out")).toBe(first.finished);
  const { report, ...second } = await run({ ...request, durable: true }, context);
  expect(second).toMatchObject({ interrupted: false, complete: true, before: first.finished });
  const over = await run(
    { ...request, out: "none", stopAfter: 1000 },
    { ...context, clock: () => (now += 600) },
  );
  expect(over).toMatchObject({ interrupted: true, finished: 0 });
  const whole = await run({ ...request, out: "whole" }, context);
  expect(whole.complete).toBe(true);
  expect(bytesOf(place, "out")).toEqual(bytesOf(place, "whole"));
});

test("a task that a scheduler starts again does not wait for the attempt before", async () => {
  const place = await workPlace({ images: 1, targets: 1 });
  mkdirSync(join(place, "out"));
  writeFileSync(
    join(place, "out", "run.lock"),
    JSON.stringify({ pid: 7, host: "n2", task: "SLURM job 3_1", attempt: 0 }),
  );
  const words = ["run", "run.yaml", "--no-pages", "--out", "out"];
  const env = {
    SLURM_JOB_ID: "9",
    SLURM_ARRAY_JOB_ID: "3",
    SLURM_ARRAY_TASK_ID: "1",
    SLURM_RESTART_COUNT: "1",
  };
  const requeued = await runCli(words, { cwd: place, env });
  expect(requeued).toMatchObject({ code: 0 });
  expect(requeued.err).not.toContain("waiting");
});
