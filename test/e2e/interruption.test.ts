// A run that is interrupted continues with the same command. Kills at random moments: test/long/crash.test.ts.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { childrenOf, crashing, linesOf, makeDeadly, unitsIn } from "../helpers/crash.ts";
import { runProgram, startCli } from "../helpers/run-cli.ts";
import { workPlace } from "../helpers/synthetic.ts";

test("Ctrl-C finishes the images in flight, says how to continue, and the same command resumes", async () => {
  const place = await workPlace({ images: 20, targets: 2 });
  const words = ["run", "run.yaml", "--no-pages", "--out", "out"];
  const { child, finished } = startCli(words, { cwd: place });
  while (child.exitCode === null && unitsIn(place, "out") === 0) await sleep(5);
  // As from a terminal: every process that started it passes on what came to its whole group.
  for (let copies = 0; copies < 3; copies++) {
    child.kill("SIGINT");
    await sleep(5);
  }
  const stopped = await finished;
  const done = unitsIn(place, "out");
  expect(stopped.code).toBe(130);
  expect(stopped.err).toContain("stopping after what is under way; press Ctrl-C again to stop at once");
  expect(stopped.err).toContain(`stopped: ${done} of 20 images are in out; the same command continues`);
  expect(done).toBeLessThan(20);
  const history = readFileSync(join(place, "out", "history.jsonl"), "utf8");
  expect(JSON.parse(history)).toMatchObject({ status: "stopped", units: { after: done, expected: 20 } });
  const rest = await runProgram(words, { cwd: place });
  expect(rest).toMatchObject({ code: 0 });
  expect(rest.err).toContain(`continuing out: ${done} of 20 images are done`);
  expect(linesOf(place, "out")).toHaveLength(20 * 2 * 2);
}, 120_000);

test("a scheduler's SIGTERM ends with 75, which asks for the same command again", async () => {
  const place = await workPlace({ images: 20, targets: 2 });
  const words = ["run", "run.yaml", "--no-pages", "--out", "out"];
  const { child, finished } = startCli(words, { cwd: place });
  while (child.exitCode === null && unitsIn(place, "out") === 0) await sleep(5);
  child.kill("SIGTERM");
  const { code, signal, err } = await finished;
  expect({ code, signal }).toEqual({ code: 75, signal: null });
  expect(err).toContain(
    `stopped: ${unitsIn(place, "out")} of 20 images are in out; the same command continues`,
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

describe.skipIf(process.platform !== "linux")("Ctrl-C while the process that works answers nothing", () => {
  /** A run whose working process stands still: at the first model, or at an image. */
  async function standingStill(on: "open" | "run") {
    const place = await workPlace({ images: 2, targets: 1 });
    if (on === "run") await makeDeadly(place, 1);
    const env = crashing({ CRASH_ON: on, CRASH_SIGNAL: "SIGSTOP" });
    const { child, finished } = startCli(["run", "run.yaml", "--workers", "1", "--out", "out"], {
      ...{ cwd: place, env },
    });
    const stateOf = (pid: number) => /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
    let worker: number | undefined;
    while (worker === undefined) {
      await sleep(5);
      worker = childrenOf(child.pid!).find((pid) => stateOf(pid) === "T");
    }
    const ended = worker;
    onTestFinished(() => {
      if (existsSync(`/proc/${ended}`)) process.kill(ended, "SIGKILL");
    });
    let heard = "";
    child.stderr!.on("data", (text: string) => {
      heard += text;
    });
    /** Resolves with how it ended, and fails after five seconds. */
    const end = () => Promise.race([finished, sleep(5000).then(() => "it goes on")]);
    return { child, place, end, heard: () => heard };
  }

  test("with no image under way the first one stops at once", async () => {
    const { child, place, end } = await standingStill("open");
    child.kill("SIGINT");
    expect(await end()).toMatchObject({
      ...{ code: 130, signal: null },
      err: "stopped: the same command continues\n",
    });
    expect(unitsIn(place, "out")).toBe(0);
  });

  test("with an image under way the first one is answered, and a second one forces", async () => {
    const { child, place, end, heard } = await standingStill("run");
    child.kill("SIGINT");
    const words = "stopping after what is under way; press Ctrl-C again to stop at once";
    await vi.waitFor(() => expect(heard()).toContain(words), { timeout: 5000 });
    const done = unitsIn(place, "out");
    child.kill("SIGINT");
    expect(await end()).toMatchObject({
      ...{ code: 130, signal: null },
      err: expect.stringContaining("stopped at once: the same command continues\n"),
    });
    expect(unitsIn(place, "out")).toBe(done);
    const rest = await runProgram(["run", "run.yaml", "--no-pages", "--out", "out"], { cwd: place });
    expect(rest.code).toBe(0);
    expect(linesOf(place, "out")).toHaveLength(2 * 2);
  });
});
