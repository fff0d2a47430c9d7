// Playing by hand is the runner's own code: the simulated user's steps, one by one, are those of a run; and what a run has not kept, played
// again, is what it had.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageFolder, planRequest, preparePlan } from "../../src/config/index.ts";
import {
  contextOf,
  evaluateInMemory,
  type HandStep,
  type ImageSample,
  type MaskRow,
  openPlay,
  type Plan,
  type Play,
  type Row,
  type RunRequest,
  readPicture,
  type ScoredRow,
  sampleFinder,
} from "../../src/index.ts";
import { holdModels } from "../../src/run/view/play-models.ts";

const cwd = mkdtempSync(join(tmpdir(), "segbench-play-"));
let now = 0;
const context = contextOf({ cwd, clock: () => (now += 1) });
const data = join(packageFolder, "datasets", "samples");
const models = join(packageFolder, "models", "tiny");
/** The bundled model, of which a card says that prompts share a call. */
const card = readFileSync(join(packageFolder, "configs", "models", "tiny.yaml"), "utf8")
  .replace("name: tiny", "name: together")
  .replace("batch: 1", "batch: 4")
  .replaceAll("../../models/tiny", models);
writeFileSync(join(cwd, "together.yaml"), card);
const protocols = ["sam1-d1@1", "box+clicks@1", "box-jitter@1", "mask@1", "points-random@1"];

let play: Play;
let plan: Plan;
/** Of the model whose prompts share a call. */
let shared: Plan;
let rows: readonly ScoredRow[];
let masks: readonly MaskRow[];
const find = sampleFinder(data, context);

beforeAll(async () => {
  play = openPlay({ models: ["together.yaml"] }, context);
  const sample = "vid_000017_frame0000058";
  const ids = ["32", "41"].map((target) => ({ benchmark: "trashcan", sample, target }));
  const evaluated = async (model: string, protocols: readonly string[]) => {
    const about = { models: [model], benchmarks: ["trashcan"], data, protocols, ids, points: [1, 2, 3] };
    const { plan } = await preparePlan({ ...planRequest(about as RunRequest), ...context });
    return { plan, ...(await evaluateInMemory(about as RunRequest, context)) };
  };
  const tiny = await evaluated("tiny", protocols);
  const together = await evaluated("./together.yaml", protocols.slice(0, 2));
  [plan, shared] = [tiny.plan, together.plan];
  rows = [...tiny.rows, ...together.rows].filter((row: Row) => row.status === "ok");
  masks = [...tiny.masks, ...together.masks];
}, 60_000);
afterAll(async () => {
  await play.close();
  rmSync(cwd, { recursive: true });
});

async function sampleOf({ benchmark, sample }: ScoredRow): Promise<ImageSample> {
  const planned = plan.benchmarks.find(({ name }) => name === benchmark)!;
  for await (const found of find(planned, sample)) return found as ImageSample;
  throw new Error("no sample");
}

const imageOf = (row: ScoredRow) => ({ key: row.sample, load: () => sampleOf(row) });
const targetOf = ({ benchmark, sample, target, protocol }: ScoredRow) => ({
  ...{ benchmark, sample, target, protocol },
});
const maskAt = (row: ScoredRow, step: number) =>
  masks.find(
    (mask) =>
      ["model", "protocol", "target"].every((key) => mask[key as "model"] === row[key as "model"]) &&
      JSON.stringify(mask.at) === JSON.stringify(row.steps[step]!.at),
  )?.rle;

test.each(protocols)(
  "%s: the simulated user, one step after another, makes the row of a run",
  async (protocol) => {
    const row = rows.find((one) => one.protocol === protocol && one.model === "tiny")!;
    const about = { model: "tiny", plan, image: imageOf(row), target: targetOf(row) };
    const steps: HandStep[] = [];
    for (;;) {
      const { steps: made, user, candidates } = await play.answer({ ...about, steps });
      expect(made).toEqual(row.steps.slice(0, steps.length));
      const next = row.steps[steps.length];
      if (next === undefined) {
        expect(user).toEqual({ state: "ended" });
        break;
      }
      expect(user).toEqual({ state: "sends", at: next.at, sent: next.sent });
      const kept = steps.length === 0 ? undefined : maskAt(row, steps.length - 1);
      if (kept !== undefined) expect(candidates[made.at(-1)!.chosen]).toEqual(kept);
      steps.push("user");
    }
    // The same prompts by hand: the same numbers.
    const hand = row.steps.map(({ sent }) => sent!);
    const again = await play.answer({ ...about, steps: hand });
    expect(again.steps.map(({ candidates }) => candidates)).toEqual(
      row.steps.map(({ candidates }) => candidates),
    );
  },
);

describe("by hand", () => {
  const click = (x: number, y: number): HandStep => ({ clicks: [[x, y, 1]], multimask: true });

  test("another candidate counts, and the simulated user answers its mask", async () => {
    const row = rows.find(({ protocol }) => protocol === "sam1-d1@1")!;
    const about = { model: "tiny", plan, image: imageOf(row), target: targetOf(row) };
    const [first] = row.steps;
    const counted = await Promise.all(
      first!.candidates.map((_, choice) => play.answer({ ...about, steps: [{ ...first!.sent!, choice }] })),
    );
    expect(counted.map(({ steps }) => steps[0]!.scores.iou)).toEqual(first!.candidates.map(({ iou }) => iou));
    expect(new Set(counted.map(({ user }) => JSON.stringify(user))).size).toBeGreaterThan(1);
    await expect(play.answer({ ...about, steps: [{ ...first!.sent!, choice: 3 }] })).rejects.toThrow(
      "no such mask",
    );
  });

  test("an image without targets has masks and estimates, and times of what was new", async () => {
    const row = rows[0]!;
    const { image } = await sampleOf(row);
    const own = {
      key: "own",
      load: async (): Promise<ImageSample> => ({ kind: "image", image, targets: [] }),
    };
    const first = await play.answer({ model: "tiny", image: own, steps: [click(30, 20)] });
    expect(first.candidates).toHaveLength(3);
    expect(first.steps[0]).toMatchObject({ at: { clicks: 1 }, scores: {} });
    expect(first.user).toBeUndefined();
    expect(first.times.encode).toBeGreaterThan(0);
    const fed: HandStep = {
      clicks: [
        [30, 20, 1],
        [2, 2, 0],
      ],
      mask: "previous",
      multimask: false,
    };
    const second = await play.answer({ model: "tiny", image: own, steps: [click(30, 20), fed] });
    expect(second.times.encode).toBe(0);
    expect(second.times.decode).toBeGreaterThan(0);
    expect(second.candidates).toHaveLength(1);
    const known = await play.answer({ model: "tiny", image: own, steps: [click(30, 20), fed] });
    expect(known.times.decode).toBe(0);
    expect(known.candidates).toEqual(second.candidates);
  });

  test.each<[what: string, step: unknown, said: string]>([
    ["outside", { clicks: [[30, 100000, 1]], multimask: true }, "click 1 lies outside the image"],
    ["half a pixel", { clicks: [[1.5, 1, 1]], multimask: true }, "prompt"],
    ["nothing", { clicks: [], multimask: true }, "holds nothing"],
    ["no prompt", { points: 3 }, "prompt"],
    ["a box beside", { clicks: [], box: [5, 5, 4, 4], multimask: false }, "box that was sent is not inside"],
    [
      "nothing to feed back",
      { clicks: [[1, 1, 1]], mask: "previous", multimask: false },
      "before there are any",
    ],
  ])("%s is refused with a sentence", async (_what, step, said) => {
    const request = { model: "tiny", image: imageOf(rows[0]!), steps: [step as HandStep] };
    await expect(play.answer(request)).rejects.toThrow(said);
  });

  test("models that are not here, and those whose files are others, are refused", async () => {
    const about = { image: imageOf(rows[0]!), steps: [] };
    await expect(play.answer({ ...about, model: "../tiny" })).rejects.toThrow("is not on this machine");
    await expect(play.answer({ ...about, model: "sam-vit-h-int8" })).rejects.toThrow(
      "is not on this machine",
    );
    const [tiny] = plan.models;
    const files = tiny!.files.map((file) => ({ ...file, sha256: "0".repeat(64) }));
    const other = { ...plan, models: [{ ...tiny!, files }] };
    await expect(play.answer({ ...about, model: "tiny", plan: other })).rejects.toThrow(
      "has other files here",
    );
  });

  test("what is not wanted any more is not begun", async () => {
    const about = { model: "tiny", image: imageOf(rows[0]!) };
    const stopped = new AbortController();
    const busy = play.answer({ ...about, steps: [click(1, 1)] });
    const given = play.answer({ ...about, steps: [click(2, 2)] }, stopped.signal);
    const last = play.answer({ ...about, steps: [click(3, 3)] });
    stopped.abort(new Error("another click came"));
    await expect(given).rejects.toThrow("another click came");
    expect((await busy).candidates).toHaveLength(3);
    expect((await last).candidates).toHaveLength(3);
  });
});

test("a run folder's plan opens no more threads than there are processors; what nobody asks for is closed", async () => {
  const held = holdModels({}, context);
  const key = (threads: number) => held.use("tiny", { ...plan, threads }, async (model) => model.key);
  const most = availableParallelism();
  expect(await key(200_000)).toBe(await key(most));
  let session: unknown;
  const opened = async () =>
    held.use("tiny", plan, async (model) => {
      const same = model.session === session;
      session = model.session;
      return same;
    });
  await opened();
  await held.closeIdle(1_000_000);
  expect(await opened()).toBe(true);
  now += 1_000_001;
  await held.closeIdle(1_000_000);
  expect(await opened()).toBe(false);
  await held.close();
});

/** Of 10,000 x 10,000 pixels by its header; there is nothing in it that could be unpacked. */
function vast(kind: string): Uint8Array {
  const side = 10_000;
  if (kind === "BMP") {
    const bytes = Buffer.alloc(58 + 1252 * side, 255);
    bytes.fill(0, 0, 58).write("BM", "latin1");
    // A palette of one colour, and pixels of another one.
    for (const [at, value] of [
      [10, 58],
      [14, 40],
      [18, side],
      [22, side],
      [46, 1],
    ] as const)
      bytes.writeUInt32LE(value, at);
    bytes.writeUInt16LE(1, 28);
    return bytes;
  }
  const tags = [
    [256, side],
    [257, side],
    [258, 8],
    [259, 8],
    [262, 1],
    [273, 4],
    [277, 1],
    [278, side],
    [279, 4],
  ];
  const bytes = Buffer.alloc(18 + 12 * tags.length);
  bytes.write("II*\0", "latin1");
  bytes.writeUInt32LE(12, 4);
  bytes.writeUInt16LE(tags.length, 12);
  for (const [i, [tag, value]] of tags.entries()) {
    bytes.writeUInt16LE(tag!, 14 + 12 * i);
    for (const [at, number] of [
      [2, 4],
      [4, 1],
      [8, value!],
    ] as const)
      at === 2 ? bytes.writeUInt16LE(number, 16 + 12 * i) : bytes.writeUInt32LE(number, 14 + 12 * i + at);
  }
  return bytes;
}

test.each(["TIFF", "BMP"])(
  "a %s that is too large to be played with is refused before it is unpacked",
  async (kind) => {
    await expect(readPicture(vast(kind), "the picture")).rejects.toThrow("at most 50 megapixels");
  },
);

test("what is here: the bundled models, and those that the caller names", async () => {
  const { models: here, absent, problems } = await play.models();
  expect(here.map(({ name, kind }) => [name, kind])).toEqual([
    ["together", "image"],
    ["tiny", "image"],
    ["tiny-concept", "concept"],
    ["tiny-video", "clip"],
  ]);
  expect(absent).toBeGreaterThan(20);
  expect(problems).toEqual([]);
});

describe("played again", () => {
  const again = async (row: ScoredRow, step: number, change: object = {}) =>
    play.again({
      plan: row.model === "tiny" ? plan : shared,
      row,
      step,
      sample: await sampleOf(row),
      key: row.sample,
      ...change,
    });

  // Of the second, prompts share calls: what they answer is the run's only if all of a call are sent again.
  test.each(["tiny", "together"])("%s: the masks that the run kept", async (model) => {
    const some = rows.filter((one) => one.model === model);
    let compared = 0;
    for (const protocol of new Set(some.map((one) => one.protocol))) {
      const row = some.findLast((one) => one.protocol === protocol)!;
      const step = row.steps.findLastIndex((_, i) => maskAt(row, i) !== undefined);
      const { candidates, chosen } = row.steps[step]!;
      const found = await again(row, step);
      if ("missing" in found) throw new Error(found.missing);
      const predicted = candidates.map((one) => one.predicted);
      expect(found.candidates.map((one) => one.predicted)).toEqual(predicted);
      expect([found.chosen, found.differs]).toEqual([chosen, undefined]);
      expect(found.candidates[chosen]!.rle).toEqual(maskAt(row, step));
      compared += 1;
    }
    expect(compared).toBe(model === "tiny" ? protocols.length : 2);
  });

  test("is not begun for who has gone by then", async () => {
    const row = rows.find(({ protocol }) => protocol === "sam1-d1@1")!;
    const about = { plan, row, step: 0, sample: await sampleOf(row), key: "another" };
    const found = await play.again(about, AbortSignal.abort(new Error("gone")));
    expect(found).toEqual({ missing: expect.stringContaining("gone") });
  });

  test("says what is missing or other", async () => {
    const row = rows.find(({ protocol }) => protocol === "sam1-d1@1")!;
    const step = row.steps[0]!;
    const missing = async (changed: Partial<ScoredRow>, change: object = {}) =>
      ((await again({ ...row, ...changed } as ScoredRow, 0, change)) as { missing: string }).missing;
    expect(await missing({ area: row.area! + 1 })).toContain("another target of this name");
    expect(await missing({ model: "gone" })).toContain("is not on this machine");
    expect(await missing({ steps: [] })).toContain("no step 1");
    const off = (by: number) => step.candidates.map((one) => ({ ...one, iou: one.iou! - by }));
    expect(await missing({ steps: [{ ...step, candidates: off(0.1) }] })).toContain("answers otherwise");
    const near = await again({ ...row, steps: [{ ...step, candidates: off(0.001) }] } as ScoredRow, 0);
    expect(near).toMatchObject({ differs: expect.stringContaining("0.0010") });
  });
});
