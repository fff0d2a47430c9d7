// A run by workers is the run of one process, whatever becomes of workers, broker and parts on the way.
import { copyFileSync, cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { planRequest, preparePlan } from "../../src/config/index.ts";
import type { RunEvent } from "../../src/run/context.ts";
import { queuedRun } from "../../src/run/queue/queue-state.ts";
import { run } from "../../src/run/run.ts";
import type { UnitText } from "../../src/store/journal.ts";
import { packageFolder, sharedFolder, temporaryFolder, workPlace } from "../helpers/synthetic.ts";
import { chainContext, computerHere, computerOf, runOnQueue, unitsOf, workFor } from "./chain.ts";
import { memoryBroker } from "./memory-broker.ts";

const IMAGES = 6;
const samples = join(packageFolder, "datasets", "samples");
const place = sharedFolder();
const request = { file: "run.yaml" };
const context = chainContext(place);
let texts: readonly UnitText[] = [];
let prepared: Parameters<typeof computerOf>[0]["prepared"];

beforeAll(async () => {
  await workPlace({ images: IMAGES, targets: 2, width: 40, height: 30 }, { place });
  await run({ ...request, out: "plain", workers: 1, pages: false }, context);
  texts = unitsOf(join(place, "plain"));
  const { plan, planHash } = await preparePlan({
    ...planRequest(request),
    cwd: place,
    env: { SEGBENCH_DATA: "" },
  });
  const machine = { software: { segbench: "1" }, hardware: { cores: 2 } };
  prepared = {
    plan,
    planHash,
    ...machine,
    numerics: "cpu",
    trials: { constant: 0 },
    trialTargets: 2,
    lanes: 2,
    notes: [],
  };
});

const slowly = async (unit: number) => {
  await new Promise((resolve) => setTimeout(resolve, 10));
  return texts[unit]!;
};

const bytesOf = (dir: string) =>
  ["rows", "masks"].map((name) => readFileSync(join(dir, `${name}.jsonl`), "utf8"));

const expectSame = (dir: string) => expect(bytesOf(dir)).toEqual(bytesOf(join(place, "plain")));

describe("same bytes", () => {
  test("two workers that compute, who have the run by its names, and nothing is left in the broker", async () => {
    const broker = memoryBroker();
    const [plain, dir] = [temporaryFolder(), temporaryFolder()];
    const named = { models: ["tiny"], benchmarks: ["doors"], limit: 3, data: samples, workers: 1 };
    await run({ ...named, out: plain, pages: false }, context);
    const own = { request: { data: samples, workers: 1 } };
    const workers = [1, 2].map(() => workFor(broker, computerHere(context), context, own));
    const result = await runOnQueue({ ...named, out: dir }, { broker, block: 2 }, context);
    expect(result).toMatchObject({ complete: true, finished: 3, failures: [] });
    expect(bytesOf(dir)).toEqual(bytesOf(plain));
    const worked = await Promise.all(workers);
    expect(worked.reduce((sum, { units }) => sum + units, 0)).toBe(3);
    expect(await broker.runs()).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(dir, "manifest.json"), "utf8"));
    expect(manifest.hardware.numerics).toMatch(/^cpu, onnxruntime \d/);
    expect(manifest.models.tiny.capabilities).toBeDefined();
    expect(existsSync(join(dir, "pending"))).toBe(false);
  });

  test("parts in a folder, and units that come in any order", async () => {
    const broker = memoryBroker();
    const [dir, parts] = [temporaryFolder(), temporaryFolder()];
    // Unit 0 is the trial: it comes at once; the others the later the smaller they are.
    const act = (unit: number) =>
      new Promise<UnitText>((resolve) =>
        setTimeout(() => resolve(texts[unit]!), unit === 0 ? 0 : 20 * (IMAGES - unit)),
      );
    const start = computerOf({ prepared, texts, act });
    const workers = [1, 2, 3].map(() => workFor(broker, start, context, { parts }));
    await runOnQueue({ ...request, out: dir }, { broker, block: 1, parts }, context);
    await Promise.all(workers);
    expectSame(dir);
    expect(existsSync(join(parts, `segbench-${prepared.planHash.slice(0, 12)}`))).toBe(false);
  });

  test("leases that are lost, a broker that forgets everything, and a coordinator that is stopped and comes again", async () => {
    const broker = memoryBroker();
    const dir = temporaryFolder();
    const id = prepared.planHash.slice(0, 12);
    let came = 0;
    const stop = new AbortController();
    const act = (unit: number) => {
      came += 1;
      if (came === 2) broker.loseLeases(id);
      if (came === 3) broker.forgetAll();
      if (came === 4) stop.abort();
      return texts[unit]!;
    };
    const worker = workFor(broker, computerOf({ prepared, texts, act }), context);
    const first = await runOnQueue(
      { ...request, out: dir },
      { broker, block: 1 },
      chainContext(place, { signal: stop.signal }),
    );
    expect(first).toMatchObject({ complete: false, interrupted: true });
    await runOnQueue({ ...request, out: dir }, { broker, block: 3 }, context);
    await worker;
    expectSame(dir);
  });

  test("a run of a class is for its machines alone, and one that nobody collects is left after a while", async () => {
    const broker = memoryBroker();
    const stop = new AbortController();
    const came: string[] = [];
    const events: string[] = [];
    const startOf = (name: string, most: number) =>
      computerOf({
        ...{ prepared, texts },
        act(unit) {
          came.push(name);
          if (came.length === most) stop.abort();
          return texts[unit]!;
        },
      });
    const other = chainContext(place, { signal: stop.signal });
    const plain = workFor(broker, startOf("plain", 99), other);
    // Ten minutes pass in a second.
    const fast = chainContext(place, {
      clock: () => 600 * performance.now(),
      onEvent: (event) => void (event.type === "note" && events.push(event.text)),
    });
    const only = { class: "large", models: ["constant"], provider: "cpu" };
    const large = workFor(broker, startOf("large", 2), fast, { only });
    const [end] = await Promise.all([
      runOnQueue({ ...request, out: temporaryFolder() }, { broker, block: 1, class: "large" }, other),
      plain,
    ]);
    expect(end).toMatchObject({ complete: false });
    expect(existsSync(join(end.dir, "workers.json"))).toBe(false);
    expect((await broker.runs()).map(({ id }) => id)).toEqual([`${prepared.planHash.slice(0, 12)}-large`]);
    expect((await large).units).toBe(IMAGES);
    expect(new Set(came)).toEqual(new Set(["large"]));
    expect(events.at(-1)).toMatch(/ has had no coordinator for 10 minutes: /);
  });

  test("a run that is finished, or does not come, is not waited for by a worker that shall end when all is done", async () => {
    const broker = memoryBroker();
    const events: string[] = [];
    const fast = chainContext(place, {
      clock: () => 6000 * performance.now(),
      onEvent: (event) => void (event.type === "note" && events.push(event.text)),
    });
    const start = computerOf({ prepared, texts });
    expect(await workFor(broker, start, fast)).toMatchObject({ units: 0, stopped: false });
    await broker.removeRun(prepared.planHash.slice(0, 12), true);
    expect(await workFor(broker, start, fast)).toMatchObject({ units: 0, stopped: false });
    const waiting = "memory does not have run yet: waiting";
    const ends = ["run did not come within 10 minutes", "run is finished"];
    expect(events).toEqual([waiting, ends[0], waiting, ends[1]]);
    const byName = await workFor(broker, start, fast, { request: {} });
    expect(byName).toEqual({ runs: 0, units: 0, stopped: false });
  });

  test("a process that crashes while it computes: another one goes on", async () => {
    const broker = memoryBroker();
    const dir = temporaryFolder();
    let crashed = false;
    const start = computerOf({
      ...{ prepared, texts },
      act(unit, child) {
        if (unit !== 3 || crashed) return texts[unit]!;
        crashed = true;
        setImmediate(() => child.emit("close", null, "SIGSEGV"));
        return "nothing";
      },
    });
    const worker = workFor(broker, start, context);
    await runOnQueue({ ...request, out: dir }, { broker, block: 6 }, context);
    await worker;
    expect(crashed).toBe(true);
    expectSame(dir);
  });
});

/** The same with the last digit of a score changed. */
const changed = (text: UnitText): UnitText => ({
  ...text,
  rows: text.rows.replace(/"predicted":0\.\d*?(\d)([,}])/, (all, digit, end) =>
    all.replace(`${digit}${end}`, `${(Number(digit) + 1) % 10}${end}`),
  ),
});

describe("what is not one result", () => {
  test("two workers that disagree in one digit are both named, and where", async () => {
    const broker = memoryBroker();
    const dir = temporaryFolder();
    const id = prepared.planHash.slice(0, 12);
    const act = (unit: number) => {
      if (unit === 2) broker.loseLeases(id);
      return texts[unit]!;
    };
    const honest = workFor(broker, computerOf({ prepared, texts, act }), context);
    const lying = workFor(
      broker,
      computerOf({ prepared, texts, act: (unit) => (unit < 2 ? texts[unit]! : changed(texts[unit]!)) }),
      context,
    );
    const ended = runOnQueue({ ...request, out: dir }, { broker, block: 6 }, context);
    await expect(ended).rejects.toThrow(
      /^constant, dots, sample .*-\d+-[12] and .*-\d+-[12] disagree: rows, line \d+: steps\[0\]\.candidates\[\d\]\.predicted is 0\.\d+ and 0\.\d+/,
    );
    await broker.removeRun(id, true);
    await Promise.all([honest, lying]);
  });

  test.each([
    ["another trial", {}, /computes other rows or masks than an earlier worker did/],
    ["other numerics", { numerics: "cuda" }, /rounds in another way .*expected cpu, got cuda/],
    [
      "another plan",
      { planHash: "0".repeat(64), plan: { seed: "9" } },
      /another plan\n {2}seed: segbench in the queue, 9 here/,
    ],
  ])("a worker with %s is refused before its first block", async (what, other, problem) => {
    const broker = memoryBroker();
    const dir = temporaryFolder();
    const stop = new AbortController();
    const running = runOnQueue(
      { ...request, out: dir },
      { broker },
      chainContext(place, { signal: stop.signal }),
    );
    while ((await broker.runs()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [head] = await broker.runs();
    const queue = await broker.open(head!.id);
    await queue.agree("numerics", "cpu");
    if (what === "another trial") await queue.agree("trial:constant", `${"0".repeat(64)} an earlier worker`);
    const plan = { ...prepared.plan, ...("plan" in other ? other.plan : {}) };
    const start = computerOf({ prepared: { ...prepared, ...other, plan }, texts });
    await expect(workFor(broker, start, context)).rejects.toThrow(problem);
    expect((await queue.counts()).parts).toBe(0);
    stop.abort();
    expect(await running).toMatchObject({ finished: 0 });
  });

  test("a worker with another image of the same name, which changes no row, is refused, and the others go on", async () => {
    const other = temporaryFolder();
    cpSync(place, other, { recursive: true });
    const [image, first] = ["img0003", "img0000"].map((name) => join(name, "images", `${name}.png`));
    copyFileSync(join(place, "data", first!), join(other, "data", image!));
    const broker = memoryBroker();
    const there = chainContext(other);
    const dir = temporaryFolder();
    const running = runOnQueue({ ...request, out: dir }, { broker, block: 2 }, context);
    await expect(workFor(broker, computerHere(there), there)).rejects.toThrow(
      /-1: delivered a part that cannot be used; .*got dots, sample img0003: img0003\/images\/img0003.png is another file for \S+-1 \(SHA-256 .{12}\) than for the coordinator/,
    );
    await workFor(broker, computerHere(context), context);
    expect(await running).toMatchObject({ complete: true });
    expectSame(dir);
  });

  test("a worker with another first image is refused before its first block", async () => {
    const broker = memoryBroker();
    const stop = new AbortController();
    const stopped = chainContext(place, { signal: stop.signal });
    const running = runOnQueue({ ...request, out: temporaryFolder() }, { broker }, stopped);
    while ((await broker.runs()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const queue = await broker.open(prepared.planHash.slice(0, 12));
    const files = { "img0000/images/img0000.png": "0".repeat(32) };
    await queue.agree("files:constant", JSON.stringify({ worker: "another", files }));
    await expect(workFor(broker, computerHere(context), context)).rejects.toThrow(
      /^img0000\/images\/img0000.png: .*-\d+-1 has another file than another has; expected .*, got SHA-256 .{12} in place of 000000000000/,
    );
    expect((await queue.counts()).parts).toBe(0);
    stop.abort();
    await running;
  });

  test("two workers that read two files, of which the coordinator has none, end the run, which names both", async () => {
    const broker = memoryBroker();
    const files = ["0", "1"].map((digit) => ({ "elsewhere.png": digit.repeat(32) }));
    const running = runOnQueue({ ...request, out: temporaryFolder() }, { broker, block: 1 }, context);
    const workers = files.map((read) =>
      workFor(broker, computerOf({ prepared, texts, files: read, act: slowly }), context),
    );
    await expect(running).rejects.toThrow(
      /elsewhere.png is another file for \S+-[12] \(.*\) than for \S+-[12] \(.*\).* find out which one is wrong/,
    );
    for (const head of await broker.runs()) await broker.removeRun(head.id, true);
    await Promise.all(workers);
  });

  test("files without a card are refused before anything is sent", async () => {
    const broker = memoryBroker();
    const own = { images: "data/a/images", masks: "data/a/masks", model: ["tiny"] };
    await expect(runOnQueue({ ...own, out: "own" }, { broker }, context)).rejects.toThrow(
      /^images: are files of this machine, .*--write-run FILE/,
    );
    expect(await broker.runs()).toEqual([]);
  });

  test("of a mixed run they are taken, and the times say which kind of machine computed a unit", async () => {
    const broker = memoryBroker();
    const dir = temporaryFolder();
    const kinds = ["cpu", "cuda"].map((numerics) =>
      computerOf({ prepared: { ...prepared, numerics }, texts }),
    );
    const workers = kinds.map((start) => workFor(broker, start, context));
    const result = await runOnQueue(
      { ...request, out: dir, pages: true },
      { broker, block: 1, mixed: true },
      context,
    );
    await Promise.all(workers);
    expect(result).toMatchObject({ complete: true });
    expectSame(dir);
    const lines = readFileSync(join(dir, "timing.jsonl"), "utf8").trim().split("\n");
    for (const line of lines) expect(JSON.parse(line).numerics).toMatch(/^(cpu|cuda)$/);
    const manifest = JSON.parse(readFileSync(join(dir, "manifest.json"), "utf8"));
    expect(manifest.plan.mixed).toBe(true);
    expect(manifest.hardware.numerics.split(" | ").sort()).toEqual(["cpu", "cuda"]);
    expect(readFileSync(join(dir, "report.md"), "utf8")).toContain("machines that round in different ways");
  });

  test("a unit that no worker can do is found alone and listed, or fails; blocks that are none are refused", async () => {
    const broker = memoryBroker();
    const dir = temporaryFolder();
    const id = prepared.planHash.slice(0, 12);
    const events: RunEvent[] = [];
    const listening = chainContext(place, { onEvent: (event) => void events.push(event) });
    const start = computerOf({ prepared, texts, act: (unit) => (unit === 4 ? "fails" : texts[unit]!) });
    const patient = async () => {
      const queue = await broker.open(id);
      while ((await queue.counts()).waiting === 0) await new Promise((r) => setTimeout(r, 5));
      broker.inject(id, { from: 0, to: 1e9, units: ["../../etc/passwd"] });
      // Three failures in a row are taken to be the machine's own: another one comes.
      for (;;)
        try {
          return await workFor(broker, start, context);
        } catch (error) {
          expect(String(error)).toContain("cannot evaluate anything");
        }
    };
    const worker = patient();
    await expect(runOnQueue({ ...request, out: dir }, { broker, block: 6 }, listening)).rejects.toThrow(
      /^constant, dots, sample .*: no worker could evaluate it; .*got unit 4: it cannot/,
    );
    expect((await queuedRun(broker, (await broker.runs())[0]!)).failed).toMatchObject([{ units: [4] }]);
    const notes = events.flatMap((event) => (event.type === "note" ? [event.text] : []));
    expect(notes.join("\n")).toContain("names units that are not in the plan");
    const result = await runOnQueue({ ...request, out: dir }, { broker, failStuck: true }, context);
    expect(result).toMatchObject({ complete: true });
    await worker;
    const rows = bytesOf(dir)[0]!
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const failed = rows.filter(({ status }) => status === "failed");
    expect(new Set(failed.map(({ reason }) => reason))).toEqual(
      new Set(["no worker could evaluate this image"]),
    );
    expect(rows.length - failed.length).toBe(2 * 2 * (IMAGES - 1));
  });
});
