// A run that is killed or interrupted anywhere continues to exactly the rows of an uninterrupted one.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { draw } from "../../src/core/random.ts";
import { runCli, runProgram, startCli } from "../helpers/run-cli.ts";
import { workPlace } from "../helpers/synthetic.ts";

/** SEGBENCH_KILLS=20 npm test -- interruption: more moments than a routine run can afford. */
const kills = Number(process.env.SEGBENCH_KILLS ?? 2);

const read = (place: string, out: string, file: string) => readFileSync(join(place, out, file), "utf8");
const unitsIn = (place: string, out: string) =>
  existsSync(join(place, out, "progress.jsonl"))
    ? read(place, out, "progress.jsonl").split("\n").length - 1
    : 0;

test(`kill -9 at ${kills} random moments`, async () => {
  const place = await workPlace({ images: 40, targets: 3 });
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

test("Ctrl-C finishes the images in flight, says how to continue, and the same command resumes", async () => {
  const place = await workPlace({ images: 40, targets: 3 });
  const words = ["run", "run.yaml", "--out", "out"];
  const { child, finished } = startCli(words, { cwd: place });
  while (child.exitCode === null && unitsIn(place, "out") === 0) await sleep(5);
  child.kill("SIGINT");
  const stopped = await finished;
  const done = unitsIn(place, "out");
  expect(stopped.code).toBe(130);
  expect(stopped.err).toContain("stopping after the images in flight; press again to stop at once");
  expect(stopped.err).toContain(`stopped: ${done} of 40 images are in out; the same command continues`);
  expect(done).toBeLessThan(40);
  const rest = await runProgram(words, { cwd: place });
  expect(rest).toMatchObject({ code: 0 });
  expect(rest.err).toContain(`continuing out: ${done} of 40 images are done`);
  expect(read(place, "out", "rows.jsonl").trim().split("\n")).toHaveLength(40 * 3 * 2);
}, 120_000);
