// A crash inside the runtime costs one counted failure, not the run; the rows do not tell how many workers there were.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Row } from "../../src/core/rows.ts";
import { crashing, makeDeadly, makeUnreadable, rowsOf, startTwoProcesses } from "../helpers/crash.ts";
import { type Finished, runCli, runProgram } from "../helpers/run-cli.ts";
import { packageFolder, workPlace } from "../helpers/synthetic.ts";

describe("images that crash the process", () => {
  test("targets fail with one sentence, all else is as in a calm run, and they count against maxFailures", async () => {
    const place = await workPlace({ images: 5, targets: 2 }, { extra: "maxFailures: 0.5" });
    const deadly = await makeDeadly(place, 1);
    const unreadable = await makeUnreadable(place, 3);
    const words = ["run", "run.yaml", "--no-pages", "--workers", "2", "--out"];
    expect(await runCli([...words, "calm"], { cwd: place })).toMatchObject({ code: 0 });
    const env = crashing({ CRASH_ON: "run,read" });
    const { code, err } = await runProgram([...words, "out"], { cwd: place, env });
    expect(code).toBe(0);
    expect(err).toMatch(/the process crashed \(SIGSEGV\) with \d images under way: going on, one at a time/);
    for (const name of [deadly, unreadable])
      expect(err).toContain(
        `dots, ${name}: the process crashed again with this image alone (SIGSEGV): its targets fail`,
      );

    // What runs is known by then target by target; where reading crashes, one row per protocol speaks for the image.
    const failed = (sample: string, target: string, reason: string) => (row: Row) => ({
      ...{ model: "constant", benchmark: "dots", protocol: row.protocol, sample, cluster: sample, target },
      ...{ status: "failed", reason },
    });
    const expected = rowsOf(place, "calm").flatMap((row): readonly object[] => {
      if (row.sample === deadly)
        return [failed(deadly, row.target, "the runtime crashed on this image")(row)];
      if (row.sample !== unreadable) return [row];
      const once = failed(unreadable, "*", "the process crashed when this image was read");
      return row.target === "t0" ? [once(row)] : [];
    });
    expect(expected).toHaveLength(4 * 2 * 2 + 2);
    expect(rowsOf(place, "out")).toEqual(expected);
    const unharmed = (name: string) => rowsOf(place, name, "masks.jsonl").filter(isUnharmed);
    const isUnharmed = ({ sample }: { readonly sample: string }) => ![deadly, unreadable].includes(sample);
    expect(rowsOf(place, "out", "masks.jsonl")).toEqual(unharmed("calm"));
    expect(readdirSync(join(place, "out"))).toEqual(readdirSync(join(place, "calm")));

    const file = join(place, "run.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("maxFailures: 0.5", "maxFailures: 0.1"));
    const strict = await runCli([...words, "out"], { cwd: place });
    expect(strict.code).toBe(1);
    expect(strict.err).toContain("most often: the runtime crashed on this image");
  }, 300_000);
});

test("a crash when a model is opened ends the run with its name", async () => {
  const place = await workPlace({ images: 2, targets: 1 });
  const { code, signal, err } = await runProgram(["run", "run.yaml", "--no-pages", "--out", "out"], {
    cwd: place,
    env: crashing({ CRASH_ON: "open" }),
  });
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  expect(err).toBe(
    "error: constant: the process crashed when the model was opened; expected a model that onnxruntime can open on this machine, got SIGSEGV\n",
  );
}, 60_000);

test("what is no crash stays what it is: no second process", async () => {
  const place = await workPlace({ images: 4, targets: 1 });
  await makeDeadly(place, 1);
  const killed = (CRASH_SIGNAL: string): Promise<Finished> =>
    runProgram(["run", "run.yaml", "--no-pages", "--out", CRASH_SIGNAL], {
      cwd: place,
      env: crashing({ CRASH_ON: "run", CRASH_SIGNAL }),
    });
  expect(await killed("SIGKILL")).toMatchObject({ code: null, signal: "SIGKILL", err: "" });
  const alone = await runProgram(["run", "run.yaml", "--no-pages", "--out", "alone"], {
    cwd: place,
    env: crashing({ CRASH_ON: "run", SEGBENCH_SUPERVISED: "off" }),
  });
  expect(alone).toMatchObject({ code: null, signal: "SIGSEGV", err: "" });
}, 120_000);

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(process.platform !== "linux")("two processes, one life", () => {
  test("the one that works ends with the one that was started", async () => {
    const { child, worker, finished, done } = await startTwoProcesses();
    child.kill("SIGKILL");
    await finished;
    for (let i = 0; i < 200 && alive(worker); i++) await sleep(10);
    expect(alive(worker)).toBe(false);
    expect(done()).toBeLessThan(40);
  }, 60_000);

  test("a terminal interrupts both: that counts once", async () => {
    const { child, worker, finished, done } = await startTwoProcesses();
    process.kill(worker, "SIGINT");
    child.kill("SIGINT");
    const { code, err } = await finished;
    expect(code).toBe(130);
    expect(err).toContain(`stopped: ${done()} of 40 images are in out; the same command continues`);
  }, 60_000);
});

test("the fixture does nothing unasked", async () => {
  const { code, out } = await runProgram(["--version"], { cwd: packageFolder, env: crashing({}) });
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});
