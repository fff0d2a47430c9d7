// The rule of simulated clicks, which protocols name as theirs, and what of a prompt is written down.
import { describe, expect, test } from "vitest";
import type { BitMask, Click, Prompt, Target } from "../../../src/core/types.ts";
import type { NextStep, Step } from "../../../src/eval/index.ts";
import { checkCorrections, checkInside, checkOnTarget } from "../../../src/eval/interactive/invariants.ts";
import { sentPrompt, stepAt } from "../../../src/eval/interactive/step.ts";
import { rleOf } from "../../../src/masks/rle.ts";
import { ascii } from "../../helpers/ascii-mask.ts";

const click = (x: number, label: 0 | 1, y = 0): Click => ({ x, y, label });
const ask = (...clicks: Click[]): NextStep => ({ prompt: { clicks, multimask: false } });
const answered = (mask: BitMask, ...clicks: Click[]): Step => ({
  prompt: ask(...clicks).prompt,
  candidate: { predictedIou: 1, lowResolution: { width: 1, height: 1, data: new Float32Array(1) } },
  mask,
  iou: 0.5,
});

describe("a click", () => {
  //                               ground truth     ignored
  const target: Target = { status: "ok", id: "t", mask: ascii("###..."), ignore: ascii("..##..") };
  const first = click(0, 1);
  const predicted = answered(ascii("#..##."), first);

  test.each<[string, NextStep, Step | undefined]>([
    ["on the target, before any prediction", ask(first), undefined],
    ["on what is missed", ask(first, click(1, 1)), predicted],
    ["on what is spurious", ask(first, click(4, 0)), predicted],
    ["at pixel 0, negative: nothing left to correct", ask(first, click(0, 0)), predicted],
    ["one of several on the target", ask(first, click(1, 1)), undefined],
  ])("may lie %s", (_where, one, last) => {
    expect(() => checkCorrections({ target }, one, last)).not.toThrow();
  });

  test.each<[string, NextStep, Step | undefined, string]>([
    ["off the target", ask(click(5, 1)), undefined, "5,0 with label 1"],
    ["on ignored target", ask(click(2, 1)), undefined, "2,0 with label 1"],
    ["on ignored prediction", ask(first, click(3, 0)), predicted, "3,0 with label 0"],
    ["on what is predicted already", ask(first, click(0, 1)), predicted, "0,0 with label 1"],
    ["negative where nothing is predicted", ask(first, click(5, 0)), predicted, "5,0 with label 0"],
    ["negative on the target", ask(first, click(1, 0)), predicted, "1,0 with label 0"],
    ["negative before any prediction", ask(click(0, 0)), undefined, "0,0 with label 0"],
    ["left of the picture", ask(click(-1, 1)), undefined, "-1,0 with label 1"],
    ["below the picture", ask(click(0, 1, 1)), undefined, "0,1 with label 1"],
  ])("may not lie %s", (_where, one, last, what) => {
    expect(() => checkCorrections({ target }, one, last)).toThrow(
      `target t: click ${what} breaks the rule of simulated clicks; expected`,
    );
  });

  test("sent again is not judged again", () => {
    expect(() =>
      checkCorrections({ target }, ask(first, click(4, 0)), answered(ascii("##..#."), first)),
    ).not.toThrow();
  });
});

test("where nothing is answered, every click lies on the target", () => {
  const target: Target = { status: "ok", id: "t", mask: ascii("###...") };
  expect(() => checkOnTarget({ target }, ask(click(0, 1), click(2, 1)))).not.toThrow();
  expect(() => checkOnTarget({ target }, ask(click(0, 1), click(4, 0)))).toThrow("4,0 with label 0");
});

test("of all protocols alike: no click outside the image", () => {
  const target: Target = { status: "ok", id: "t", mask: ascii("###...") };
  expect(() => checkInside({ target }, ask(click(5, 0)))).not.toThrow();
  expect(() => checkInside({ target }, ask(click(0, 1), click(6, 1)))).toThrow(
    "target t: a click lies outside the image; expected 6x1, got 6,0",
  );
});

describe("of a prompt is written", () => {
  const box = { x0: 0, y0: 0.5, x1: 1, y1: 1 };
  const prompt = (clicks: Click[], more: Partial<Prompt> = {}): Prompt => ({
    clicks,
    multimask: false,
    ...more,
  });

  test("all of it: clicks in order, the box, which masks were asked for", () => {
    const two = prompt([click(1, 1), click(2, 0)], { box, multimask: true });
    expect(sentPrompt(two, undefined)).toEqual({
      clicks: [
        [1, 0, 1],
        [2, 0, 0],
      ],
      box: [0, 0.5, 1, 1],
      multimask: true,
    });
    expect(stepAt({ prompt: two })).toEqual({ clicks: 2 });
    expect(stepAt({ prompt: prompt([]), draw: 3 })).toEqual({ clicks: 0, draw: 3 });
  });

  test("a shape pixel by pixel; logits by the step that they are of", () => {
    const shape = ascii("##.");
    expect(sentPrompt(prompt([], { mask: { kind: "shape", shape, magnitude: 10 } }), undefined)).toEqual({
      clicks: [],
      mask: { rle: rleOf(shape), magnitude: 10 },
      multimask: false,
    });
    const last = answered(ascii("###"), click(1, 1));
    const { lowResolution: logits } = last.candidate;
    const fed = prompt([click(1, 1)], { mask: { kind: "logits", logits } });
    expect(sentPrompt(fed, last)).toEqual({ clicks: [[1, 0, 1]], mask: "previous", multimask: false });
    for (const other of [undefined, answered(ascii("###"), click(1, 1))])
      expect(() => sentPrompt(fed, other)).toThrow("the logits are not those of the previous step");
  });
});
