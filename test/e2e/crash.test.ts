// A crash inside the runtime costs one counted failure, not the run; the rows do not tell how many workers there were.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Row } from "../../src/core/rows.ts";
import { type Finished, runCli, runProgram, startCli } from "../helpers/run-cli.ts";
import { packageFolder, temporaryFolder, workPlace } from "../helpers/synthetic.ts";

const fixture = pathToFileURL(fileURLToPath(new URL("../fixtures/crash/crash.mjs", import.meta.url))).href;
const crashing = (facts: Record<string, string>) => ({ NODE_OPTIONS: `--import ${fixture}`, ...facts });

const linesOf = (place: string, out: string, file = "rows.jsonl") =>
  readFileSync(join(place, out, file), "utf8")
    .trimEnd()
    .split("\n");
const rowsOf = (place: string, out: string, file?: string) =>
  linesOf(place, out, file).map((line): Row => JSON.parse(line));

const pictureOf = (place: string, image: number) => {
  const name = `img${String(image).padStart(4, "0")}`;
  return { name, file: join(place, "data", name, "images", `${name}.png`) };
};

/** A picture that the runtime crashes at: nearly white. */
async function makeDeadly(place: string, image: number): Promise<string> {
  const { name, file } = pictureOf(place, image);
  const pixels = Buffer.alloc(64 * 48 * 3, 250);
  writeFileSync(
    file,
    await sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } })
      .png()
      .toBuffer(),
  );
  return name;
}

/** A picture that reading crashes at: a JPEG among the PNGs. */
async function makeUnreadable(place: string, image: number): Promise<string> {
  const { name, file } = pictureOf(place, image);
  writeFileSync(file, await sharp(file).jpeg().toBuffer());
  return name;
}

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
        `dots, image ${name}: the process crashed again with this image alone (SIGSEGV): its targets fail`,
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

  // Broken memory ends as chance has it: another signal, and another number of workers, come to the same.
  test("replay survives them too", async () => {
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
});

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

/** Processes whose parent this is; undefined where the system does not tell. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
}

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(process.platform !== "linux")("two processes, one life", () => {
  const start = async () => {
    const place = await workPlace({ images: 40, targets: 3 });
    const { child, finished } = startCli(["run", "run.yaml", "--no-pages", "--out", "out"], { cwd: place });
    const progress = join(place, "out", "progress.jsonl");
    const done = () => {
      try {
        return readFileSync(progress, "utf8").split("\n").length - 1;
      } catch {
        return 0;
      }
    };
    while (child.exitCode === null && done() === 0) await sleep(5);
    const [worker] = childrenOf(child.pid!);
    return { child, worker: worker!, finished, done };
  };

  test("the one that works ends with the one that was started", async () => {
    const { child, worker, finished, done } = await start();
    child.kill("SIGKILL");
    await finished;
    for (let i = 0; i < 200 && alive(worker); i++) await sleep(10);
    expect(alive(worker)).toBe(false);
    expect(done()).toBeLessThan(40);
  }, 60_000);

  test("and the other way round, by the same signal", async () => {
    const { worker, finished } = await start();
    process.kill(worker, "SIGKILL");
    expect(await finished).toMatchObject({ code: null, signal: "SIGKILL" });
  }, 60_000);

  test("a terminal interrupts both: that counts once", async () => {
    const { child, worker, finished, done } = await start();
    process.kill(worker, "SIGINT");
    child.kill("SIGINT");
    const { code, err } = await finished;
    expect(code).toBe(130);
    expect(err).toContain(`stopped: ${done()} of 40 images are in out; the same command continues`);
  }, 60_000);

  test("a second interrupt ends both at once", async () => {
    const { child, worker, finished } = await start();
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

test("the fixture does nothing unasked", async () => {
  const { code, out } = await runProgram(["--version"], { cwd: packageFolder, env: crashing({}) });
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});
