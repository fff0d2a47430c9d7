// Times of two sides beside each other: what is paired, what is refused and why, and the interval of a ratio.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkSchema } from "../../src/config/yaml/schema.ts";
import { randomWords } from "../../src/core/random.ts";
import type { Gate } from "../../src/core/schema-types.ts";
import {
  type PairTimes,
  type Sitting,
  summarizeTimes,
  type TimingLine,
  type UnitCalls,
} from "../../src/core/timing.ts";
import { gateMessage } from "../../src/report/kit/checks.ts";
import { judgeGate } from "../../src/stats/gate.ts";
import type { MeasuredProtocol } from "../../src/stats/score-table.ts";
import { compareTimes, medianRatio } from "../../src/stats/times.ts";
import { readTimes } from "../../src/store/read-run.ts";
import { temporaryFolder } from "../helpers/synthetic.ts";
import { exampleComparison } from "../report/comparison/example.ts";

const sitting: Sitting = {
  ...{ processor: "A processor", cores: 8, memoryGiB: 16, os: "linux-x64" },
  ...{ provider: "cpu", runtime: "onnxruntime-node 1.30.0", threads: 1, workers: 1 },
};

function line(image: number, calls: Partial<UnitCalls>, more: Partial<TimingLine> = {}): TimingLine {
  const own = { encode: [], decode: [], sitting, batch: 16, load: 1, ...calls };
  return {
    ...{ model: "m", benchmark: "b", sample: `i${image}`, encode: 1, passed: 1, targets: 1, prompts: 1 },
    ...{ clicks: 1, encoded: 1, cached: 0, calls: [own], ...more },
  };
}

/** Ten images: the encoder takes 100 ms or so, two decoder calls 10 each; the first image has the worker's first calls. */
const side = (factor: number, calls: Partial<UnitCalls> = {}) => ({
  lines: Array.from({ length: 10 }, (_, i) =>
    line(i, {
      encode: [factor * (100 + i)],
      decode: [10 * factor, 12],
      ...(i === 0 ? { encode: [5000], decode: [900, 12], first: ["encode", "decode"] as const } : {}),
      ...calls,
    }),
  ),
});
const same = { samePrompts: true };

test("calls per stage without the workers' first ones, images as a whole, paired by image", () => {
  const { stages, sitting: where, notes } = compareTimes("c", { base: side(1), candidate: side(0.5) }, same);
  expect(where).toEqual(sitting);
  expect(notes).toEqual([]);
  const [image, encode, decode] = stages;
  expect(image).toMatchObject({ stage: "image", images: 9, base: { n: 9, p50: 127 } });
  expect(image!.ratio.value).toBeCloseTo((52.5 + 5 + 12) / 127, 12);
  expect(encode).toMatchObject({
    ...{ stage: "encode", images: 9, base: { n: 9, p50: 105 }, candidate: { n: 9, p50: 52.5 } },
    ratio: { value: 0.5, low: 0.5, high: 0.5 },
  });
  // Nine images with two calls each, and the second of the first image.
  expect(decode).toMatchObject({ stage: "decode", images: 10, base: { n: 19, p50: 12, p95: 12 } });
});

describe("what is not compared, and why", () => {
  const refused = (candidate: Partial<Sitting>) =>
    compareTimes("c", { base: side(1), candidate: side(1, { sitting: { ...sitting, ...candidate } }) }, same);

  test("across machines, threads, workers and providers", () => {
    expect(refused({ processor: "Another", cores: 4 })).toEqual({
      ...{ candidate: "c", stages: [], notes: [] },
      refused:
        "the two sides were timed on different machines: processor A processor in base, Another in candidate; cores 8 in base, 4 in candidate",
    });
    expect(refused({ threads: 4, workers: 2 }).refused).toBe(
      "the two sides were timed in different circumstances: threads 1 in base, 4 in candidate; workers 1 in base, 2 in candidate",
    );
    expect(refused({ provider: "cuda", gpu: "A card" }).refused).toContain(
      "graphics card none in base, A card",
    );
  });

  test("without times", () => {
    const base = { lines: [], without: "a baseline holds no times" };
    const { calls: _, ...old } = line(0, {});
    expect(compareTimes("c", { base, candidate: { lines: [old] } }, same).refused).toBe(
      "base: a baseline holds no times; candidate: timing.jsonl has no times of calls: no model was called, or an earlier version of segbench wrote it",
    );
    expect(compareTimes("c", { base: { lines: [] }, candidate: side(1) }, same).refused).toBe(
      "base: timing.jsonl has no times",
    );
    // Of clips, what a frame takes.
    const timed = (frame: number) => ({
      lines: [0, 1].map((n) => line(n, { encode: [10], decode: [5], frame: [frame] })),
    });
    const { stages, refused } = compareTimes("c", { base: timed(40), candidate: timed(20) }, same);
    expect(refused).toBeUndefined();
    expect(stages.map(({ stage, images, ratio }) => [stage, images, ratio.value])).toEqual([
      ["frame", 2, 0.5],
      ["encode", 2, 1],
      ["decode", 2, 1],
    ]);
  });

  test("images that one side timed elsewhere: the circumstances with most images count", () => {
    const elsewhere = { ...sitting, processor: "Another" };
    const candidate = {
      lines: side(2).lines.map((own, i) => (i < 7 ? own : line(i, { encode: [1], sitting: elsewhere }))),
    };
    const { stages, notes } = compareTimes("c", { base: side(1), candidate }, same);
    expect(stages[1]).toMatchObject({ stage: "encode", images: 6, ratio: { value: 2 } });
    expect(notes).toEqual(["3 images of 10 left out: not timed in the same circumstances on both sides"]);
  });

  test("single decoder calls of other batches, whole images of other prompts, kept embeddings", () => {
    const other = compareTimes("c", { base: side(1), candidate: side(1, { batch: 1 }) }, same);
    expect(other.stages.map(({ stage }) => stage)).toEqual(["image", "encode"]);
    expect(other.notes).toEqual([
      "decoder calls take up to 16 prompts in base and 1 in candidate: single calls are not compared (with `--batch 1` for both runs they are)",
    ]);
    const shorter = compareTimes("c", { base: side(1), candidate: side(1) }, { samePrompts: false });
    expect(shorter.stages.map(({ stage }) => stage)).toEqual(["encode", "decode"]);
    const kept = {
      lines: side(1).lines.map((own) => ({ ...own, cached: 1, calls: [{ ...own.calls![0]!, encode: [] }] })),
    };
    const { stages, notes } = compareTimes("c", { base: side(1), candidate: kept }, same);
    expect(stages.map(({ stage }) => stage)).toEqual(["decode"]);
    expect(notes).toEqual([
      "no encoder call in candidate besides each worker's first: kept embeddings need none",
    ]);
  });

  test("a machine that had more to do than it has cores is worth a sentence", () => {
    const busy = (load: number) =>
      compareTimes("c", { base: side(1), candidate: side(1, { load }) }, same).busy;
    expect(busy(12)).toBeUndefined();
    expect(busy(13)).toBe(
      "the machine was busy with other work, which no interval knows: load average 1.0 in base and 13.0 in candidate on 8 cores",
    );
  });
});

test("a limit on time: kept or broken by the whole interval, else undecided, and always with the reason", async () => {
  const comparison = await exampleComparison();
  const facts = {
    ...comparison,
    protocols: comparison.protocols as readonly MeasuredProtocol[],
    candidates: ["mobile-sam"],
  };
  const judge = (times: PairTimes | undefined, maxSlowdown: number, minImages = 0) => {
    const gate: Gate = { name: "g", limits: [{ metric: "time@encode", maxSlowdown, minImages }] };
    const { checks } = judgeGate(gate, comparison.pairs[0]!, facts, times);
    return checks.map((check) => `${check.verdict} ${gateMessage(check)}`).join();
  };
  const pair = (factors: readonly number[]) =>
    compareTimes(
      "c",
      {
        base: { lines: factors.map((_, i) => line(i, { encode: [100] })) },
        candidate: { lines: factors.map((factor, i) => line(i, { encode: [100 * factor] })) },
      },
      same,
    );
  const spread = pair([1.05, 1.1, 1.12, 1.13, 1.15, 1.3, 1.31, 1.32, 1.33]);
  const head = "time of an encoder call: slowdown; expected at most";
  expect([judge(spread, 1.4), judge(spread, 1), judge(spread, 1.2), judge(spread, 1.4, 20)]).toEqual([
    `passed ${head} 1.4 times the base's, got 1.15 [1.10, 1.32] image by image (medians 100 -> 115 ms) on 9 images`,
    `broken ${head} 1 times the base's, got 1.15 [1.10, 1.32] image by image (medians 100 -> 115 ms) on 9 images`,
    `undecided ${head} 1.2 times the base's, got 1.15 [1.10, 1.32] image by image (medians 100 -> 115 ms) on 9 images: the interval reaches across the limit; about 110 images would keep it at the spread seen`,
    `undecided ${head} 1.4 times the base's, got 1.15 [1.10, 1.32] image by image (medians 100 -> 115 ms) on 9 images: fewer than minImages (20); 20 images would keep it at the spread seen`,
  ]);
  expect(judge(pair([1, 1]), 2)).toBe(
    `undecided ${head} 2 times the base's, got 1.00 image by image (medians 100 -> 100 ms) on 2 images: too few for an interval; at least 6 images would decide it`,
  );
  const other = compareTimes(
    "c",
    { base: side(1), candidate: side(1, { sitting: { ...sitting, threads: 2 } }) },
    same,
  );
  expect(judge(other, 1.1)).toBe(
    `undecided ${head} 1.1 times the base's, got no time: the two sides were timed in different circumstances: threads 1 in base, 2 in candidate`,
  );
  expect(judge({ ...spread, busy: "it was busy" }, 1.4)).toBe(
    `undecided ${head} 1.4 times the base's, got 1.15 [1.10, 1.32] image by image (medians 100 -> 115 ms) on 9 images: it was busy`,
  );
  const busy = { ...spread, busy: "it was busy" };
  const written = { format: "segbench/time@1", base: "b", pairs: [spread, pair([1, 1]), other, busy] };
  expect(checkSchema("time", written)).toEqual([]);
  expect(checkSchema("time", { ...written, base: 1, pairs: [{ candidate: "c", stages: [] }] })).toHaveLength(
    2,
  );
  expect(judge(undefined, 1.1)).toContain("got no time: it was not timed on both sides");
});

test("the median of ratios: none below six images, between the ranks of the sign test, medians of pieces from thirty on", () => {
  expect(medianRatio([0.5, 0.6, 0.7, 0.8, 0.9])).toEqual({ value: 0.7 });
  expect(medianRatio([0.9, 0.5, 0.6, 0.7, 0.8, 1])).toEqual({ value: 0.75, low: 0.5, high: 1 });
  // Ranks as in tables of the sign test.
  for (const [n, low, high] of [
    [10, 2, 9],
    [16, 4, 13],
    [20, 6, 15],
    [25, 8, 18],
  ] as const)
    expect(medianRatio(Array.from({ length: n }, (_, i) => i + 1))).toMatchObject({ low, high });
  const thirty = Array.from({ length: 30 }, (_, i) => i + 1);
  expect(medianRatio(thirty)).toEqual({ value: 15.5, low: 10, high: 21 });
  // Each piece is two neighbours, whose median lies between them.
  expect(medianRatio(thirty.flatMap((n) => [n, n + 0.5]))).toEqual({ value: 15.75, low: 10.25, high: 21.25 });
});

test("the interval holds the truth as often as it says, also where neighbours share what slows them down", () => {
  const next = randomWords("times");
  const words = new Int32Array(375);
  /** How much slower each of 300 images is: four in a row share most of it. */
  const slow = () => {
    next(words);
    return Array.from(
      { length: 300 },
      (_, i) => (words[300 + Math.floor(i / 4)]! + 0.3 * words[i]!) / 2 ** 32,
    );
  };
  const held = Array.from({ length: 400 }, () => {
    const [base, candidate] = [slow(), slow()];
    const { low, high } = medianRatio(base.map((own, i) => Math.exp(0.4 * (candidate[i]! - own))));
    return low! <= 1 && high! >= 1;
  });
  const share = held.filter(Boolean).length / held.length;
  expect(share).toBeGreaterThan(0.92);
});

test("a run's own times: medians of calls in the circumstances that most images have; what is damaged is no call", async () => {
  const folder = temporaryFolder();
  const [first, ...rest] = side(1).lines;
  const elsewhere = line(11, { encode: [1], sitting: { ...sitting, workers: 2 } });
  const damaged = { ...line(12, {}), calls: [{ encode: ["a"], decode: [], sitting }] };
  const lines = [first, ...rest, elsewhere, damaged].map((own) => JSON.stringify(own));
  writeFileSync(join(folder, "timing.jsonl"), lines.join("\n"));
  const [times] = await summarizeTimes(readTimes(folder));
  expect(times).toMatchObject({
    ...{ images: 12 },
    calls: {
      ...{ sitting, images: 10, elsewhere: 1 },
      stages: { encode: { n: 9, p50: 105 }, decode: { n: 19, p50: 12 }, image: { n: 9, p50: 127 } },
    },
  });
});
