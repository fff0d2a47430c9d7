// What is impossible about a row: its shape, its facts, and what tasks and metrics say of their own.
import { describe, expect, it } from "vitest";
import { registries, rowCheck } from "../../src/config/index.ts";
import type { RowStep, ScoredRow, SentPrompt } from "../../src/core/rows.ts";
import { maskShapeProblems, rowProblems } from "../../src/store/row-problems.ts";
import { scored } from "./sample-run.ts";

const check = rowCheck(registries);
const violations = (row: unknown) => rowProblems(row, check);
const step = scored.steps[0]!;
const [candidate, other] = step.candidates as [(typeof step.candidates)[0], (typeof step.candidates)[0]];
const of = (changed: Record<string, unknown>) => violations({ ...scored, ...changed });
const ofStep = (...changed: Partial<RowStep>[]) =>
  of({ steps: changed.map((change) => ({ ...step, ...change })) });
const ofSent = (sent: Partial<SentPrompt>, at = step.at) => ofStep({ at, sent: { ...step.sent!, ...sent } });
const ofScores = (scores: Record<string, number>) => ofStep({ scores: { ...step.scores, ...scores } });

describe("nothing is held against", () => {
  it("sound rows", () => {
    expect(violations(scored)).toEqual([]);
    const { model, benchmark, protocol, sample, cluster, target } = scored;
    const key = { model, benchmark, protocol, sample, cluster, target };
    expect(violations({ ...key, status: "failed", reason: "no", extra: 1 })).toEqual([]);
  });

  it("boxes and shapes, draws of one prompt, prompts that are not known", () => {
    const { oracle: _, ...scores } = step.scores;
    const drawn = (draw: number, sent: Partial<SentPrompt>) => ({
      ...step,
      ...{ scores, at: { clicks: 0, draw }, sent: { clicks: [], multimask: false, ...sent } },
    });
    const rle = { size: [30, 40] as const, counts: "`" };
    expect(
      of({ steps: [drawn(0, { box: [0, 0, 39, 29] }), drawn(1, { mask: { rle, magnitude: 10 } })] }),
    ).toEqual([]);
    const { sent: __, ...unknown } = step;
    expect(of({ protocol: "external@1", steps: [unknown] })).toEqual([]);
  });

  it("a step more, with all that the one before sent and its logits", () => {
    const { oracle: _, ...scores } = step.scores;
    const sent: SentPrompt = {
      clicks: [
        [5, 6, 1],
        [0, 0, 0],
      ],
      mask: "previous",
      multimask: false,
    };
    expect(of({ steps: [step, { ...step, at: { clicks: 2 }, sent, scores }] })).toEqual([]);
  });

  it("facts of a task that nobody knows, in place of a target's", () => {
    const { size: _, area: __, box: ___, ...bare } = scored;
    const facts = { found: 2, frames: [0.5, 1], overlaps: [[1, 0], [0.2]] };
    expect(violations({ ...bare, protocol: "mine@1", facts, steps: [] })).toEqual([]);
  });

  it("scores that no metric is known for; protocols that nobody knows", () => {
    expect(ofScores({ mine: 17 })).toEqual([]);
    expect(of({ protocol: "mine@1", steps: [{ ...step, chosen: 1 }] })).toEqual([]);
  });
});

it("a mask of a set has a score alone, or all that a generator says", () => {
  const { model, benchmark, protocol, sample, target } = scored;
  const line = {
    model,
    benchmark,
    protocol,
    sample,
    target,
    at: { clicks: 1 },
    rle: { size: [1, 1], counts: "1" },
  };
  const ofMask = (generated: unknown) => maskShapeProblems({ ...line, generated });
  const whole = { rank: 0, predictedIou: 0.9, stability: 1, point: [0.5, 2], crop: [0, 0, 3, 3] };
  expect(ofMask(whole)).toEqual([]);
  expect(ofMask({ rank: 0, score: 17 })).toEqual([]);
  const { crop: _, ...part } = whole;
  for (const wrong of [part, { ...whole, score: 1 }, { rank: 0 }])
    expect(ofMask(wrong)).toEqual(["generated has neither a score alone nor all that a generator says"]);
});

describe("shapes", () => {
  it.each<[string, readonly string[], string]>([
    ["a text", violations("row"), "is not an object"],
    ["no status", of({ status: "fine" }), 'status is "fine", not ok, dropped or failed'],
    ["no sample", of({ sample: "" }), "sample is missing"],
    ["no reason", of({ status: "failed" }), "reason is missing"],
    ["no steps", of({ steps: [] }), "a scored target has no steps"],
    [
      "a target without facts",
      of({ size: undefined, area: undefined, box: undefined }),
      "size is not {width, height}; area is not a count; box is not four numbers",
    ],
    ["half a box", of({ box: [1, 2] }), "box is not four numbers"],
    [
      "facts that measures cannot read",
      of({ facts: { found: 2, frames: [0.5], overlaps: [[1, "0"]], name: "a" } }),
      "facts: overlaps is neither a number nor a list or matrix of numbers; facts: name is neither a number nor a list or matrix of numbers",
    ],
    ["steps of something else", of({ steps: 7 }), "steps is not a list"],
    ["a number that is null", ofScores({ dice: Number.NaN }), "step 0: scores: dice is not a number"],
    ["no scores", ofStep({ scores: undefined as never }), "step 0: scores: are missing"],
    ["no place", ofStep({ at: undefined as never }), "step 0: at is missing"],
    ["half a click", ofStep({ at: { clicks: 0.5 } }), "step 0: at.clicks is not a count"],
    [
      "a candidate that was not rated",
      ofStep({ candidates: [candidate, { iou: 0.5 } as never] }),
      "step 0: candidate 1: predicted is missing",
    ],
    ["a candidate that is none", ofStep({ chosen: 2 }), "step 0: chosen is none of the candidates"],
    [
      "a click that is none",
      ofSent({ clicks: [[1, 1, -1 as never]] }),
      "step 0: sent.clicks holds something other than [x, y, label]",
    ],
    [
      "a mask that is none",
      ofSent({ mask: "shape of 20 px" as never }),
      'step 0: sent.mask is neither "previous" nor a shape',
    ],
    [
      "masks that nobody asked for",
      ofSent({ multimask: undefined as never }),
      "step 0: sent.multimask is not true or false",
    ],
  ])("%s", (_name, problems, expected) => {
    expect(problems.join("; ")).toBe(expected);
  });
});

describe("facts of the target", () => {
  it.each<[string, readonly string[], string]>([
    ["a box past the border", of({ box: [3, 4, 40, 9] }), "box is not inside the image"],
    [
      "a box upside down",
      of({ box: [9, 4, 3, 9] }),
      "box is not inside the image; area is larger than its box",
    ],
    ["an area larger than its box", of({ area: 43 }), "area is larger than its box"],
    ["no area", of({ area: 0 }), "area is 0: an empty target is dropped, not scored"],
  ])("%s", (_name, problems, expected) => {
    expect(problems.join("; ")).toBe(expected);
  });
});

describe("what tasks and metrics say", () => {
  it.each<[string, readonly string[], string]>([
    ["a click past the border", ofSent({ clicks: [[40, 0, 1]] }), "step 0: click 1 lies outside the image"],
    [
      "a box that was sent past the border",
      ofSent({ box: [0, 0, 40, 1] }),
      "step 0: the box that was sent is not inside the image",
    ],
    [
      "a shape of another size",
      ofSent({ mask: { rle: { size: [40, 30], counts: "" }, magnitude: 1 } }),
      "step 0: the mask that was sent and the image differ in size",
    ],
    ["clicks that were not sent", ofSent({ clicks: [] }), "step 0: 1 clicks are counted, 0 were sent"],
    ["logits of no step", ofSent({ mask: "previous" }), "step 0: logits are fed back before there are any"],
    [
      "an oracle of a single-mask output",
      ofStep({
        sent: { ...step.sent!, multimask: false },
        candidates: [candidate],
        scores: { ...step.scores, oracle: step.scores.iou! },
      }),
      "step 0: there is an oracle where no ambiguity-aware masks were requested",
    ],
    [
      "an IoU above 1",
      ofStep({ candidates: [candidate, { ...other, iou: 1.5 }], scores: { ...step.scores, oracle: 1.5 } }),
      "step 0: a candidate's IoU is not in [0, 1]",
    ],
    [
      "an IoU that is not the candidate's",
      ofScores({ iou: 0.4 }),
      "step 0: iou 0.4 is not that of the chosen candidate, 0.30000000000000004",
    ],
    [
      "another score that is not the candidate's",
      ofStep({ candidates: [{ ...candidate, dice: 0.6 }, other] }),
      "step 0: dice 0.5 is not that of the chosen candidate, 0.6",
    ],
    [
      "a candidate that is not rated highest",
      ofStep({ chosen: 1, scores: { ...step.scores, iou: 0.5 } }),
      "step 0: candidate 1 is chosen, candidate 0 has the highest predicted IoU",
    ],
    [
      "the second of two that are rated the same",
      ofStep({
        chosen: 1,
        candidates: [candidate, { ...other, predicted: 0.9 }],
        scores: { ...step.scores, iou: 0.5 },
      }),
      "step 0: candidate 1 is chosen, candidate 0 has the highest predicted IoU",
    ],
    ["IoU above Dice", ofScores({ dice: 0.2 }), "step 0: IoU 0.30000000000000004 is larger than Dice 0.2"],
    ["Dice above 1", ofScores({ dice: 1.25 }), "step 0: dice 1.25 is not in [0, 1]"],
    ["a share below 0", ofScores({ boundary: -0.5 }), "step 0: boundary -0.5 is not in [0, 1]"],
    [
      "an oracle below what counts",
      ofScores({ oracle: 0.1 }),
      "step 0: oracle 0.1 is smaller than IoU 0.30000000000000004",
    ],
    [
      "an oracle that is not the best",
      ofScores({ oracle: step.scores.iou! }),
      "step 0: oracle is not the best candidate",
    ],
    [
      "clicks that shrink",
      ofStep({ at: { clicks: 2 }, sent: undefined as never }, { at: { clicks: 1 } }),
      "step 1: 1 clicks after 2",
    ],
    ["a step twice", ofStep({}, {}), "step 1: repeats 1 clicks"],
    [
      "a draw twice",
      ofStep({ at: { clicks: 1, draw: 3 } }, { at: { clicks: 1, draw: 3 } }),
      "step 1: repeats 1 clicks, draw 3",
    ],
  ])("%s", (_name, problems, expected) => {
    expect(problems.join("; ")).toBe(expected);
  });

  it("rows of a replay and of masks made elsewhere keep to the same", () => {
    for (const protocol of ["replay:sam1-d1@1", "external@1"])
      expect(of({ protocol, steps: [{ ...step, scores: { ...step.scores, oracle: 0.1 } }] })).not.toEqual([]);
  });
});

it("the store itself knows no task and no metric", () => {
  const broken: ScoredRow = { ...scored, steps: [{ ...step, scores: { iou: 7, oracle: 1 } }] };
  expect(rowProblems(broken, () => [])).toEqual([]);
  expect(rowProblems(broken, () => ["as it was told"])).toEqual(["as it was told"]);
});
