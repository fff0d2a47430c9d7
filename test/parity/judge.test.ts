// The limits of a parity's gate: means, shares and changes by their intervals over images, counts and extremes as they are.
import { expect, test } from "vitest";
import type { MeasureNote } from "../../src/core/measure.ts";
import type { ParityCell, ParityChange, ParityMean } from "../../src/core/parity.ts";
import type { Estimate } from "../../src/core/results.ts";
import type { ParityGate, ParityLimit } from "../../src/core/schema-types.ts";
import type { PairTimes } from "../../src/core/timing.ts";
import { judgeParity, notAsked } from "../../src/parity/judge.ts";
import { gateMessage } from "../../src/report/kit/checks.ts";

type Held = Parameters<typeof judgeParity>[1];

const estimate = (value: number, low?: number, high?: number, clusters = 14): Estimate => ({
  ...{ value, n: 4 * clusters, clusters },
  ...(low === undefined || high === undefined ? {} : { low, high }),
});

function cell(name: string, estimates: Partial<Record<ParityMean, Estimate>>): ParityCell {
  return { name, title: name, images: 14, targets: 56, steps: 560, failures: 0, estimates };
}

const note = (id: string, unit: MeasureNote["unit"] = "share"): MeasureNote => ({
  ...{ id, name: id.replace(/@.*/, ""), of: "score", at: "box", title: "box", unit },
  ...{ better: "higher", show: "main", meaning: "" },
});
const side = (bytes: number) => ({
  ...{ name: "s", title: "S", graphs: [] },
  files: [{ path: "encoder.onnx", bytes, sha256: "" }],
});

function held(more: Partial<Held>, unit?: MeasureNote["unit"]): Held {
  const measures = [note("score@box", unit), note("bound@box", unit), note("score@1", unit)];
  return {
    protocols: [{ id: "box@1", summary: "", measures }],
    ...{ cells: [], changes: [], diagnoses: [], identical: false, reference: side(200), candidate: side(50) },
    ...more,
  };
}

function judged(limits: readonly ParityLimit[], of: Held, gate: Partial<ParityGate> = {}) {
  const { checks } = judgeParity({ name: "g", limits: limits as ParityGate["limits"], ...gate }, of);
  return checks.map(({ where, got, verdict }) => [where, got, verdict]);
}

const change = (measure: string, where: string, difference: Estimate): ParityChange => {
  const paired = (d: Estimate) => ({
    ...{ measure, base: 0.8, candidate: 0.8 + d.value, difference: d, p: 1, exact: true },
  });
  return {
    ...{ protocol: "box@1", measure, where },
    ...{ free: paired(difference), trajectory: paired({ ...difference, value: difference.value / 2 }) },
  };
};

test("broken where the whole interval lies beyond the limit, kept where none of it does, else undecided with how many images", () => {
  const limits: ParityLimit[] = [
    { measure: "agreement", min: 97 },
    { measure: "agreement-below-90", max: 8 },
    { measure: "sign-changes", max: 1 },
    { measure: "logits-mean", max: 0.5 },
  ];
  const cells = [
    cell("overall", {
      agreement: estimate(0.915, 0.88, 0.95),
      "agreement-below-90": estimate(0.0157, 0.0002, 0.0944),
      "sign-changes": estimate(0.0005, 0.0003, 0.0007),
      "logits-mean": estimate(0.6, 0.4, 0.8),
    }),
  ];
  const { verdict, checks } = judgeParity(
    { name: "g", limits: limits as ParityGate["limits"] },
    held({ cells }),
  );
  expect(verdict).toBe("broken");
  expect(checks.map((one) => [one.where, one.got, one.verdict, one.images, one.needed])).toEqual([
    ["overall: agreement", "91.5 [88, 95] %", "broken", 14, undefined],
    // The end of a share's interval moves faster than with the root of the images, which would be 14 x (7.87 / 6.43)^2 = 21.
    ["overall: agreement-below-90", "1.57 [0.02, 9.44] %", "undecided", 14, 18],
    ["overall: sign-changes", "0.05 [0.03, 0.07] %", "passed", 14, undefined],
    ["overall: logits-mean", "0.6 [0.4, 0.8]", "undecided", 14, 56],
  ]);
  expect(checks[1]!.reason).toBe(
    "the interval reaches across the limit; about 18 images would keep it at the spread seen",
  );
  const rest = limits.filter(({ measure }) => measure !== "agreement");
  expect(judgeParity({ name: "g", limits: rest as ParityGate["limits"] }, held({ cells })).verdict).toBe(
    "undecided",
  );
});

test("counts, extremes and sizes are facts, on however few images; what is not measured is broken", () => {
  const extremes = { identical: false, cosine: 0.99, relativeL2: 0.1, max: 3, snr: 20 };
  const of = held({
    cells: [
      { ...cell("overall", {}), embedding: { ...extremes, worstChannel: { index: 0, relativeL2: 1 } } },
    ],
  });
  expect(
    judged(
      [
        { measure: "embedding-snr", min: 20.5 },
        { measure: "embedding-error", max: 10 },
        { measure: "size", max: 25 },
        { measure: "mistakes", max: 0 },
        { measure: "failures", max: 0 },
        { measure: "score-change", min: -1 },
        { measure: "agreement", min: 97 },
      ],
      of,
      { minImages: 1000 },
    ),
  ).toEqual([
    ["overall: embedding-snr", "20 dB", "broken"],
    ["overall: embedding-error", "10 %", "passed"],
    ["size", "25 %", "passed"],
    ["mistakes", "0", "passed"],
    ["overall: failures", "0", "passed"],
    ["score-change", "not measured", "broken"],
    ["overall: agreement", "not measured", "broken"],
  ]);
});

test("a benchmark with fewer images than a limit needs is undecided, or not asked", () => {
  const cells = [
    cell("overall", { agreement: estimate(0.99, 0.98, 1, 25) }),
    cell("few", { agreement: estimate(0.99, 0.98, 1, 9) }),
    cell("enough", { agreement: estimate(0.99, 0.98, 1, 16) }),
    cell("bad", { agreement: estimate(0.5, 0.45, 0.55, 9) }),
  ];
  const limit: ParityLimit = { measure: "agreement", on: "each-benchmark", min: 93 };
  const verdicts = (one: ParityLimit, gate?: Partial<ParityGate>) =>
    judged([one], held({ cells }), gate).map(([where, , verdict]) => [where, verdict]);
  expect(verdicts(limit)).toEqual([
    ["few: agreement", "undecided"],
    ["enough: agreement", "passed"],
    ["bad: agreement", "broken"],
  ]);
  expect(verdicts({ ...limit, minImages: 9 }).map(([, verdict]) => verdict)).toEqual([
    "passed",
    "passed",
    "broken",
  ]);
  expect(verdicts(limit, { minImages: 17 }).map(([, verdict]) => verdict)).toEqual([
    "undecided",
    "undecided",
    "broken",
  ]);
  expect(verdicts({ ...limit, fewer: "skip" })).toEqual([["enough: agreement", "passed"]]);
  expect(notAsked({ name: "g", limits: [{ ...limit, fewer: "skip" }] }, held({ cells }))).toEqual([
    "limit on agreement of each benchmark: asked from 10 images on, which 2 of 3 benchmarks do not have",
  ]);
  // Where no bit differs, nothing is unsure.
  const same = [cell("overall", {}), cell("few", { agreement: estimate(1, undefined, undefined, 1) })];
  expect(judged([limit], held({ cells: same, identical: true }))).toEqual([
    ["few: agreement", "100 %", "passed"],
  ]);
});

test("time by the interval of its ratio; busy, few images, no times: undecided with the reason", () => {
  const call = (p50: number) => ({ n: 9, p50, p95: p50 });
  const ratio = { value: 1.2, low: 1.1, high: 1.3 };
  const encode = { stage: "encode", images: 9, base: call(10), candidate: call(12), ratio } as const;
  const few = { ...encode, stage: "decode", images: 5, ratio: { value: 1.2 } } as const;
  const times: PairTimes = { candidate: "c", stages: [encode, few], notes: [] };
  const judge = (
    limit: Omit<ParityLimit, "measure">,
    of?: PairTimes,
    measure: ParityLimit["measure"] = "time@encode",
  ) => {
    const { checks } = judgeParity({ name: "g", limits: [{ measure, ...limit }] }, held({}), of);
    return checks.map((one) => `${one.verdict} ${gateMessage(one)}`).join();
  };
  const got =
    "times the reference's, got 1.20 [1.10, 1.30] image by image (medians 10.0 -> 12.0 ms) on 9 images";
  const head = "time of an encoder call: slowdown; expected at most";
  expect(judge({ maxSlowdown: 1.5 }, times)).toBe(`passed ${head} 1.5 ${got}`);
  expect(judge({ maxSlowdown: 1 }, times)).toBe(`broken ${head} 1 ${got}`);
  expect(judge({ maxSlowdown: 1.25 }, times)).toBe(
    `undecided ${head} 1.25 ${got}: the interval reaches across the limit; about 36 images would keep it at the spread seen`,
  );
  expect(judge({ maxSlowdown: 1.5, minImages: 10 }, times)).toContain("fewer than minImages (10)");
  expect(judge({ maxSlowdown: 1.5 }, { ...times, busy: "it was busy" })).toBe(
    `undecided ${head} 1.5 ${got}: it was busy`,
  );
  expect(judge({ maxSlowdown: 1.5 }, times, "time@decode")).toBe(
    "undecided time of a decoder call: slowdown; expected at most 1.5 times the reference's, got 1.20 image by image (medians 10.0 -> 12.0 ms) on 5 images: too few for an interval; at least 6 images would decide it",
  );
  expect(judge({ maxSlowdown: 1.5 })).toContain("got no time: it was not timed on both sides");
});

test("too few images for an interval: undecided", () => {
  const cells = [cell("overall", { agreement: estimate(0.5, undefined, undefined, 1) })];
  expect(judged([{ measure: "agreement", min: 97 }], held({ cells }))).toEqual([
    ["overall: agreement", "50 %", "undecided"],
  ]);
});

test("changes in the unit of their measure: of those named like the protocol's first alone; the lower end by itself", () => {
  const changes = [
    change("score@box", "overall", estimate(-0.02, -0.03, -0.01)),
    change("score@box", "a", estimate(-0.04, -0.06, -0.02)),
    change("bound@box", "overall", estimate(-0.5, -0.6, -0.4)),
    change("score@1", "overall", estimate(0.01, 0, 0.02)),
  ];
  const limits: ParityLimit[] = [
    { measure: "score-change", min: -2 },
    { measure: "score-change-low", min: -2 },
    { measure: "trajectory-change", on: "each-benchmark", min: -1 },
  ];
  expect(judged(limits, held({ changes }))).toEqual([
    ["box@1 score@box overall: score-change", "-2 [-3, -1] points", "undecided"],
    ["box@1 score@1 overall: score-change", "1 [0, 2] points", "passed"],
    ["box@1 score@box overall: score-change-low", "-3 points", "broken"],
    ["box@1 score@1 overall: score-change-low", "0 points", "passed"],
    ["box@1 score@box a: trajectory-change", "-2 [-6, -2] points", "broken"],
  ]);
  expect(judged(limits, held({ changes }, "pixels")).map(([, got]) => got)).toEqual([
    ...["-0.02 [-0.03, -0.01] px", "0.01 [0, 0.02] px", "-0.03 px", "0 px", "-0.02 [-0.06, -0.02] px"],
  ]);
});
