// What a clip's host does whatever the model: a model without graphs, whose answers name what they were made of.
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { type VideoSettings, videoDefaults } from "../../../src/core/defaults.ts";
import type { FramePrediction, TrackOptions } from "../../../src/core/types.ts";
import { area, createMask, setRun } from "../../../src/masks/bit-mask.ts";
import type { KeptTensor, Tensor } from "../../../src/models/runtime/graph.ts";
import { emptyBank, foresee, recall, roundToBfloat16 } from "../../../src/models/video/bank.ts";
import type { Recalled, VideoContract } from "../../../src/models/video/contract.ts";
import { exclusive } from "../../../src/models/video/exclusive.ts";
import { frameSource } from "../../../src/models/video/frames.ts";
import {
  addToChannels,
  chosenMask,
  downsampled,
  fillHoles,
  maskForMemory,
} from "../../../src/models/video/heads.ts";
import { openTracks, type Tracker } from "../../../src/models/video/track.ts";

const side = 8;
const click = { clicks: [{ x: 1, y: 1, label: 1 as const }], multimask: true };

/** Frames are 8 x 8; `scores`: object score by frame. Notes every call. */
function model(settings: Partial<VideoSettings> = {}, scores: Readonly<Record<number, number>> = {}) {
  const calls: string[] = [];
  const held = new Set<number>();
  let next = 0;
  let frame = -1;
  const keep = (n = next++): KeptTensor => {
    held.add(n);
    return { kept: n };
  };
  const contract: VideoContract = {
    ...{ side, low: 4, pointer: 1, channels: 1, memoryChannels: 1 },
    async encode({ data }) {
      calls.push(`encode ${data[0]}`);
      return {
        raw: keep(),
        levels: {},
        values: { type: "float32", dims: [1, 1, 1, 1], data: Float32Array.of(data[0] as number) },
      };
    },
    async attend(_, { rows, distances }: Recalled) {
      calls.push(`attend ${rows.join(",")}; ${distances.map((one) => Math.round(one * 15)).join(",")}`);
      return { tensor: keep(), done: Promise.resolve() };
    },
    async decode(_, __, { points, mask }) {
      calls.push(`decode ${points.map(({ label }) => label).join("")}${mask === undefined ? "" : " mask"}`);
      const masks = Float32Array.from({ length: 64 }, (_, i) => 1 + Math.floor(i / 16));
      return {
        masks,
        ious: Float32Array.of(0.9, 0.1, 0.8, 0.3),
        score: scores[frame] ?? 1,
        pointer: async (n) => Float32Array.of(n),
      };
    },
    async remember() {
      calls.push("remember");
      return Float32Array.of(1.00390625001);
    },
  };
  const tracker: Tracker = {
    ...{ contract, settings: { ...videoDefaults, ...settings }, threshold: 0, noMemory: Float32Array.of(1) },
    rules: { memories: 7, pointers: 16, stride: 1, signed: true },
    heads: {
      ...{ noObjectScore: -1024, noObjectPointer: Float32Array.of(-1), noObjectMemory: Float32Array.of(0.5) },
      ...{ scale: 20, bias: -10, downsample: { weight: Float32Array.of(5, 5, 5, 5), bias: -10 } },
    },
    async input({ data }) {
      frame = data[0]!;
      return { type: "float32", dims: [1], data: Float32Array.of(data[0]!) } satisfies Tensor;
    },
    free: async ({ kept }) => void held.delete(kept),
  };
  return { tracker, calls, held };
}

function clip(count: number, broken: Readonly<Record<number, string>> = {}) {
  const load = async (n: number) => {
    if (broken[n] === "size") return { width: 9, height: 8, data: new Uint8Array(216) };
    if (broken[n] !== undefined) throw new Error(broken[n]);
    return { width: side, height: side, data: new Uint8Array(3 * side * side).fill(n) };
  };
  return { frames: Array.from({ length: count }, (_, n) => ({ id: `${n}`, load: () => load(n) })) };
}

type Tracks = Awaited<ReturnType<typeof openTracks>>;

async function passed(tracks: Tracks, options?: Parameters<Tracks["propagate"]>[0]) {
  const found: string[] = [];
  for await (const { frame, answers } of tracks.propagate(options))
    for (const [target, one] of answers)
      found.push(`${frame}${target}${one.status === "ok" ? "" : `: ${one.reason}`}`);
  return found;
}

const open = (tracker: Tracker, frames: ReturnType<typeof clip>, options: TrackOptions = {}) =>
  openTracks(tracker, frames, options);

test("a frame is encoded once for all targets, the next one while this one is worked on, and nothing stays with the runtime", async () => {
  const { tracker, calls, held } = model();
  const tracks = await open(tracker, clip(4));
  for (const target of ["a", "b"]) await tracks.prompt(0, target, click);
  expect(await passed(tracks)).toEqual(["0a", "0b", "1a", "1b", "2a", "2b", "3a", "3b"]);
  expect(calls.filter((call) => call.startsWith("encode"))).toEqual([
    "encode 0",
    "encode 1",
    "encode 2",
    "encode 3",
  ]);
  expect(calls.slice(0, 5)).toEqual(["encode 0", "decode 1", "decode 1", "remember", "remember"]);
  const attended = calls.flatMap((call, at) => (call === "attend 6; 5" ? [at] : []));
  expect(attended.length).toBe(2);
  // Of the second frame, before the third one's turn.
  const third = calls.findIndex((call, at) => at > attended[1]! && call.startsWith("attend"));
  expect(calls.indexOf("encode 2")).toBeGreaterThan(attended[0]!);
  expect(calls.indexOf("encode 2")).toBeLessThan(third);
  await tracks.close();
  expect([...held]).toEqual([]);
});

test("the decoder is asked and the next frame encoded while memory attention works; nobody waits for tensors to go", async () => {
  const { tracker, calls } = model();
  const { contract, input } = tracker;
  const tracks = await open(
    {
      ...tracker,
      contract: {
        ...contract,
        async attend(...given) {
          const { tensor } = await contract.attend(...given);
          const work = async () => {
            for (let i = 0; i < 3; i++) await turn();
            calls.push("attended");
          };
          return { tensor, done: work() };
        },
      },
      async input(image) {
        calls.push(`input ${image.data[0]}`);
        return input(image);
      },
      free: () => new Promise(() => undefined),
    },
    clip(3),
  );
  await tracks.prompt(0, "a", click);
  expect(await passed(tracks)).toEqual(["0a", "1a", "2a"]);
  const told = ["input 0", "encode 0", "decode 1", "remember", "input 1", "encode 1"];
  const second = ["attend 6; 8", "decode ", "input 2", "encode 2", "attended", "remember"];
  expect(calls.slice(0, 12)).toEqual([...told, ...second]);
});

test("clicks start from the last answer; one click asks for several masks, more of them and a box for one", async () => {
  const { tracker, calls } = model();
  const tracks = await open(tracker, clip(1));
  const lowest = (answer: FramePrediction) =>
    answer.status === "ok" ? answer.lowResolution.data[0] : answer;
  expect(lowest(await tracks.prompt(0, "a", click))).toBe(3);
  expect(lowest(await tracks.prompt(0, "a", { ...click, clicks: [...click.clicks, ...click.clicks] }))).toBe(
    1,
  );
  expect(
    lowest(await tracks.prompt(0, "b", { clicks: [], box: { x0: 0, y0: 0, x1: 3, y1: 3 }, multimask: true })),
  ).toBe(1);
  expect(calls.filter((call) => call.startsWith("decode"))).toEqual([
    "decode 1",
    "decode 11 mask",
    "decode 23",
  ]);
});

test("a mask is answered as it is; an empty one as absent", async () => {
  const tracks = await open(model().tracker, clip(1));
  const shape = createMask(8, 8);
  const empty = await tracks.prompt(0, "a", {
    clicks: [],
    mask: { kind: "shape", shape, magnitude: 1 },
    multimask: true,
  });
  expect(empty).toMatchObject({ status: "ok", objectScore: -10 });
  const half = createMask(8, 8);
  for (let y = 0; y < 8; y++) setRun(half, y, 0, 4);
  const told = await tracks.prompt(0, "a", {
    clicks: [],
    mask: { kind: "shape", shape: half, magnitude: 1 },
    multimask: true,
  });
  if (told.status !== "ok") throw new Error(told.reason);
  expect([
    told.objectScore,
    area(told.mask),
    [...told.lowResolution.data.slice(0, 4)].map(Math.round),
  ]).toEqual([10, 32, [10, 8, -8, -10]]);
});

test("a frame that cannot be read, or of another size, fails for each target, and the rest goes on", async () => {
  const tracks = await open(model().tracker, clip(5, { 1: "no such file", 3: "size" }));
  await tracks.prompt(0, "a", click);
  expect(await passed(tracks)).toEqual([
    "0a",
    "1a: no such file",
    "2a",
    "3a: the frame is 9x8, the clip's first one 8x8",
    "4a",
  ]);
  expect(await tracks.prompt(3, "a", click)).toEqual({
    status: "failed",
    reason: "the frame is 9x8, the clip's first one 8x8",
  });
  await expect(open(model().tracker, clip(2, { 0: "broken" }))).rejects.toThrow("broken");
  await expect(tracks.prompt(5, "a", click)).rejects.toThrow("no such frame; expected 0 to 4, got 5");
});

test("before its first prompted frame a target has no answer, or is tracked", async () => {
  for (const [options, expected] of [
    [{}, ["0a", "1a", "2a", "2b"]],
    [{ beforePrompt: "tracked" }, ["0a", "0b", "1a", "1b", "2a", "2b"]],
  ] as const) {
    const tracks = await open(model().tracker, clip(3), options);
    await tracks.prompt(0, "a", click);
    await tracks.prompt(2, "b", click);
    expect(await passed(tracks)).toEqual(expected);
    expect(await passed(tracks, { reverse: true, from: 0 })).toEqual([]);
    await expect(passed(await open(model().tracker, clip(3)))).rejects.toThrow("nothing was prompted");
  }
});

test("a corrected frame conditions, stands, or is tracked again", async () => {
  for (const [corrected, times, fourth, expected] of [
    ["conditioning", 14, 2, "attend 6,6,2,1; 4,1,2,3"],
    ["kept", 14, 2, "attend 6,2,1,0; 4,1,2,3"],
    ["retracked", 15, 3, "attend 6,2,1,0; 4,1,2,3"],
  ] as const) {
    const { tracker, calls } = model({ corrected });
    const tracks = await open(tracker, clip(16), { revisits: true });
    await tracks.prompt(0, "a", click);
    await passed(tracks);
    await tracks.prompt(3, "a", click);
    calls.length = 0;
    expect((await passed(tracks)).length).toBe(16);
    const attends = calls.filter((call) => call.startsWith("attend"));
    expect([corrected, attends.length, attends[fourth]]).toEqual([corrected, times, expected]);
  }
});

test("what later passes cannot read is dropped, and a pass that needs it is refused", async () => {
  const tracks = await open(model().tracker, clip(40));
  await tracks.prompt(0, "a", click);
  expect((await passed(tracks)).length).toBe(40);
  expect((await passed(tracks, { from: 3, reverse: true })).length).toBe(1);
  await expect(tracks.prompt(20, "a", click)).rejects.toThrow("what was remembered of it has been dropped");
  const all = await open(model().tracker, clip(40), { revisits: true });
  await all.prompt(0, "a", click);
  await passed(all);
  expect((await all.prompt(20, "a", click)).status).toBe("ok");
});

test("an absent target has logits of -1024, an empty mask, and no pointer of its own", async () => {
  const { tracker } = model({}, { 0: -2 });
  const tracks = await open(tracker, clip(1));
  const answer = await tracks.prompt(0, "a", click);
  if (answer.status !== "ok") throw new Error(answer.reason);
  expect([answer.objectScore, answer.lowResolution.data[5], area(answer.mask)]).toEqual([-2, -1024, 0]);
});

test("bfloat16 rounds to nearest, ties to even", () => {
  const back = (value: number) => roundToBfloat16(Float32Array.of(value))[0];
  expect([1, -2.5, 1.00390625, 1.01171875, 1.004, 0].map(back)).toEqual([1, -2.5, 1, 1.015625, 1.0078125, 0]);
});

test("memories are stacked, conditioning first, with distances over the reach", () => {
  const bank = emptyBank();
  const answer = (n: number) => ({
    low: new Float32Array(0),
    estimate: 1,
    score: 1,
    pointer: Float32Array.of(n),
    memory: Float32Array.of(n, n),
  });
  bank.conditioning.set(5, answer(5));
  for (const n of [6, 7]) bank.others.set(n, answer(n));
  const rules = { memories: 7, pointers: 16, stride: 1, signed: true };
  const recalled = recall(bank, { frame: 8, reverse: false }, rules, 11);
  expect([[...recalled.memories], recalled.rows, [...recalled.pointers]]).toEqual([
    [5, 5, 6, 6, 7, 7],
    [6, 1, 0],
    [5, 7, 6],
  ]);
  expect(recalled.distances.map((one) => one * 10)).toEqual(
    [3, 1, 2].map((one) => Math.fround(one / 10) * 10),
  );
  // What was foreseen before the last one was there, and what became of it since.
  const next = { frame: 9, reverse: false };
  for (const changed of [[], [7], [6, 7]]) {
    foresee(bank, 8, next, rules);
    for (const n of changed) bank.others.set(n, answer(10 * n));
    bank.others.set(8, answer(8));
    const numbers = [5, 6, 7, 8].map((n) => (changed.includes(n) ? 10 * n : n));
    expect([...recall(bank, next, rules, 11).memories]).toEqual(numbers.flatMap((n) => [n, n]));
    for (const n of [6, 7]) bank.others.set(n, answer(n));
    bank.others.delete(8);
  }
  foresee(bank, 8, next, rules);
  expect([...recall(bank, next, rules, 11).memories]).toEqual([5, 5, 6, 6, 7, 7]);
});

test("the mask that counts, and its token", () => {
  const ious = Float32Array.of(0.9, 0.2, 0.5, 0.5);
  const sure = new Float32Array(16).fill(3);
  const doubtful = Float32Array.from({ length: 16 }, (_, i) => (i % 4 === 0 ? 0.01 : 3));
  expect(chosenMask({ masks: sure, ious }, true, false)).toEqual({ mask: 2, token: 2 });
  expect(chosenMask({ masks: sure, ious }, false, true)).toEqual({ mask: 0, token: 0 });
  expect(chosenMask({ masks: doubtful, ious }, false, true)).toEqual({ mask: 2, token: 0 });
  expect(chosenMask({ masks: doubtful, ious }, false, false)).toEqual({ mask: 0, token: 0 });
});

test("holes of at most eight cells are filled, those joined at corners too", () => {
  const logits = new Float32Array(100).fill(1);
  for (const at of [11, 22, 33]) logits[at] = -1;
  for (let at = 60; at < 69; at++) logits[at] = -1;
  const filled = fillHoles(logits, 10);
  expect([11, 22, 33].map((at) => filled[at])).toEqual(new Array(3).fill(Math.fround(0.1)));
  expect(filled[64]).toBe(-1);
});

test("what the memory encoder sees, and what the decoder sees of a mask", () => {
  const low = Float32Array.of(0, 0, 0, 0);
  const sizes = { side: 2, low: 2 };
  expect([...maskForMemory(low, sizes, false, { scale: 20, bias: -10 })]).toEqual([0, 0, 0, 0]);
  expect([...maskForMemory(Float32Array.of(1, -1, 3, -1024), sizes, true, { scale: 20, bias: -10 })]).toEqual(
    [10, -10, 10, -10],
  );
  const weight = Float32Array.of(1, 2, 4, 8);
  expect([...downsampled(Float32Array.of(1, 1, 0, 1), 2, 1, { weight, bias: -1 })]).toEqual([10]);
  expect([...addToChannels(Float32Array.of(1, 2, 3, 4), Float32Array.of(10, 20))]).toEqual([11, 12, 23, 24]);
});

test("overlaps go to the larger logit, the first of equal ones", () => {
  const answer = (logits: readonly number[]): FramePrediction => {
    const mask = createMask(4, 1);
    logits.forEach((logit, x) => {
      if (logit > 0) setRun(mask, 0, x, x + 1);
    });
    return { status: "ok", mask, lowResolution: { width: 4, height: 1, data: Float32Array.from(logits) } };
  };
  const answers = new Map<string, FramePrediction>([
    ["a", answer([1, 2, 5, -1])],
    ["gone", { status: "failed", reason: "unreadable" }],
    ["b", answer([1, 3, -1, 2])],
  ]);
  const apart = exclusive(answers, { original: { width: 4, height: 1 } });
  const words = [...apart].map(([target, one]) => [
    target,
    one.status === "ok" ? one.mask.words[0] : one.reason,
  ]);
  expect(words).toEqual([
    ["a", 0b0101],
    ["gone", "unreadable"],
    ["b", 0b1010],
  ]);
  expect(exclusive(new Map([["a", answers.get("a")!]]), { original: { width: 4, height: 1 } }).size).toBe(1);
});

test("what was to be prepared ahead and was passed meanwhile does not push out features that are in use", async () => {
  const { tracker, calls, held } = model();
  const source = await frameSource(clip(8), tracker.contract, tracker.input, tracker.free);
  // A pass whose answers follow one another without a turn between them, so that nothing ahead comes to its turn.
  for (let frame = 0; frame < 6; frame++) {
    await source.problem(frame);
    await source.features(frame, false);
    source.ahead(frame + 1);
  }
  const back = 3;
  await source.problem(back);
  const { raw } = await source.features(back, false);
  await turn();
  await turn();
  expect(calls.filter((call) => call.startsWith("encode"))).toEqual(
    [0, 1, 2, 3, 4, 5].map((frame) => `encode ${frame}`),
  );
  expect(held).toContain(raw.kept);
  // The one that is to come is prepared.
  source.ahead(6);
  await turn();
  await turn();
  expect(calls.at(-1)).toBe("encode 6");
  await source.close();
  await turn();
  expect(held.size).toBe(0);
});
