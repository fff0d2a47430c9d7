// Crashes and kills that take longer than a routine test may: of replays, of runs that start anew, at random moments.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { draw } from "../../src/core/random.ts";
import { crashing, linesOf, makeDeadly, rowsOf, startTwoProcesses, unitsIn } from "../helpers/crash.ts";
import { runCli, runProgram, startCli } from "../helpers/run-cli.ts";
import { temporaryFolder, workPlace } from "../helpers/synthetic.ts";

// Broken memory ends as chance has it: another signal, and another number of workers, come to the same.
test("replay survives crashes too", async () => {
  const place = await workPlace({ images: 4, targets: 1 }, { extra: "maxFailures: 0.5" });
  expect(await runCli(["run", "run.yaml", "--no-pages", "--out", "calm"], { cwd: place })).toMatchObject({
    code: 0,
  });
  const words = ["replay", "calm", "--models", "./constant.yaml", "--benchmarks", "./dots.yaml"];
  const replay = (out: string, env: Record<string, string>) =>
    runProgram([...words, "--root", "data", "--out", out, "--workers", "1"], { cwd: place, env });
  await runCli([...words, "--root", "data", "--out", "calm-replay"], { cwd: place });
  const once = crashing({
    ...{ CRASH_ON: "run", CRASH_SIGNAL: "SIGABRT", CRASH_ONCE: join(place, "crashed") },
  });
  await makeDeadly(place, 3);
  const { err } = await replay("replay", once);
  expect(err).toContain("the process crashed (SIGABRT)");
  expect(linesOf(place, "replay")).toHaveLength(linesOf(place, "calm-replay").length);
  expect(rowsOf(place, "replay").every(({ status }) => status === "ok")).toBe(true);
}, 120_000);

test("a crash that does not come again leaves the rows of a run without one, also with --fresh", async () => {
  const place = await workPlace({ images: 6, targets: 2 });
  await makeDeadly(place, 3);
  for (const out of ["calm", "out"])
    expect(await runCli(["run", "run.yaml", "--no-pages", "--out", out], { cwd: place })).toMatchObject({
      code: 0,
    });
  // What is there is replaced once: by the first process, and not by the one that goes on.
  const { code, err } = await runProgram(
    ["run", "run.yaml", "--no-pages", "--workers", "2", "--out", "out", "--fresh"],
    {
      cwd: place,
      env: crashing({ CRASH_ON: "run", CRASH_ONCE: join(temporaryFolder(), "crashed") }),
    },
  );
  expect(code).toBe(0);
  expect(err.match(/the process crashed/g)).toHaveLength(1);
  expect(linesOf(place, "out")).toEqual(linesOf(place, "calm"));
  expect(linesOf(place, "out", "masks.jsonl")).toEqual(linesOf(place, "calm", "masks.jsonl"));
  expect(linesOf(place, "out", "progress.jsonl")).toHaveLength(6);
}, 180_000);

describe.skipIf(process.platform !== "linux")("two processes, one life", () => {
  test("a killed one that works ends the one that was started, by the same signal", async () => {
    const { worker, finished } = await startTwoProcesses();
    process.kill(worker, "SIGKILL");
    expect(await finished).toMatchObject({ code: null, signal: "SIGKILL" });
  }, 60_000);

  test("a second interrupt ends both at once", async () => {
    const { child, worker, finished } = await startTwoProcesses();
    process.kill(worker, "SIGSTOP");
    child.kill("SIGINT");
    child.kill("SIGTERM");
    await sleep(100);
    process.kill(worker, "SIGCONT");
    const { code, err } = await finished;
    expect(code).toBe(130);
    expect(err.trim().split("\n").at(-1)).toBe("stopped at once: the same command continues");
    expect(err).not.toContain("stopped:");
  }, 60_000);
});

/** SEGBENCH_KILLS=20 npm run test:long -- crash: more moments. */
const kills = Number(process.env.SEGBENCH_KILLS ?? 3);

const read = (place: string, out: string, file: string) => readFileSync(join(place, out, file), "utf8");

test(`kill -9 at ${kills} random moments`, async () => {
  const place = await workPlace({ images: 60, targets: 3 });
  const words = (out: string) => ["run", "run.yaml", "--no-pages", "--out", out, "--workers", "2"];
  const start = Date.now();
  expect(await runCli(words("whole"), { cwd: place })).toMatchObject({ code: 0 });
  const duration = Date.now() - start;
  const moments: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const { child, finished } = startCli(words("killed"), { cwd: place });
    const scoring = (async () => {
      const before = unitsIn(place, "killed");
      while (child.exitCode === null && unitsIn(place, "killed") === before) await sleep(5);
      await sleep(draw("kill", kill) * 0.1 * duration);
    })();
    await Promise.race([scoring, finished]);
    child.kill("SIGKILL");
    await finished;
    moments.push(unitsIn(place, "killed"));
  }
  const last = await runProgram(words("killed"), { cwd: place });
  expect(last).toMatchObject({ code: 0 });
  expect(read(place, "killed", "rows.jsonl")).toBe(read(place, "whole", "rows.jsonl"));
  expect(read(place, "killed", "masks.jsonl")).toBe(read(place, "whole", "masks.jsonl"));
  // Every sitting added something, so at most the images in flight were done again.
  expect(moments).toEqual([...moments].sort((a, b) => a - b));
  expect(moments[0]).toBeGreaterThan(0);
}, 600_000);
