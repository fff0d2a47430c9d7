// A run that is interrupted continues with the same command. Kills at random moments: test/long/crash.test.ts.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { childrenOf, linesOf, unitsIn } from "../helpers/crash.ts";
import { runProgram, startCli } from "../helpers/run-cli.ts";
import { workPlace } from "../helpers/synthetic.ts";

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
  expect(linesOf(place, "out")).toHaveLength(40 * 3 * 2);
}, 120_000);

test("a scheduler's SIGTERM ends with 75, which asks for the same command again", async () => {
  const place = await workPlace({ images: 40, targets: 3 });
  const words = ["run", "run.yaml", "--no-pages", "--out", "out"];
  const { child, finished } = startCli(words, { cwd: place });
  while (child.exitCode === null && unitsIn(place, "out") === 0) await sleep(5);
  child.kill("SIGTERM");
  const { code, signal, err } = await finished;
  expect({ code, signal }).toEqual({ code: 75, signal: null });
  expect(err).toContain(
    `stopped: ${unitsIn(place, "out")} of 40 images are in out; the same command continues`,
  );
}, 60_000);

test.skipIf(process.platform !== "linux")(
  "SIGTERM before the first image ends with 75 too",
  async () => {
    const place = await workPlace({ images: 1, targets: 1 });
    const { child, finished } = startCli(["run", "run.yaml", "--out", "out"], { cwd: place });
    while (child.exitCode === null && childrenOf(child.pid!).length === 0) await sleep(5);
    child.kill("SIGTERM");
    const { code, signal } = await finished;
    expect({ code, signal }).toEqual({ code: 75, signal: null });
  },
  60_000,
);
