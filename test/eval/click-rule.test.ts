// The rule of simulated clicks, which every ask of every protocol passes, and what of a prompt is written down.
import { describe, expect, test } from "vitest";
import type { Ask, BitMask, Click, Prompt, Round, Target } from "../../src/core/types.ts";
import { checkNewClicks } from "../../src/eval/interactive/check-click.ts";
import { newPrompts } from "../../src/eval/interactive/rows.ts";
import { ascii } from "../helpers/ascii-mask.ts";

const click = (x: number, label: 0 | 1, y = 0): Click => ({ x, y, label });
const ask = (...clicks: Click[]): Ask => ({
  prompt: { clicks, multimask: false },
  clicks: clicks.length,
  oracle: false,
});
const round = (mask: BitMask, ...clicks: Click[]): Round => ({
  prompt: ask(...clicks).prompt,
  candidate: { predictedIou: 1, lowResolution: { width: 1, height: 1, data: new Float32Array(1) } },
  mask,
  iou: 0.5,
});

describe("a click", () => {
  //                               ground truth     ignored
  const target: Target = { status: "ok", id: "t", mask: ascii("###..."), ignore: ascii("..##..") };
  const first = click(0, 1);
  const predicted = round(ascii("#..##."), first);

  test.each<[string, Ask, Round | undefined]>([
    ["on the target, before any prediction", ask(first), undefined],
    ["on what is missed", ask(first, click(1, 1)), predicted],
    ["on what is spurious", ask(first, click(4, 0)), predicted],
    ["at pixel 0, negative: nothing left to correct", ask(first, click(0, 0)), predicted],
    ["one of several on the target", ask(first, click(1, 1)), undefined],
  ])("may lie %s", (_where, one, last) => {
    expect(() => checkNewClicks(target, one, last)).not.toThrow();
  });

  test.each<[string, Ask, Round | undefined, string]>([
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
    expect(() => checkNewClicks(target, one, last)).toThrow(
      `target t: click ${what} breaks the rule of simulated clicks; expected`,
    );
  });

  test("sent again is not judged again", () => {
    expect(() =>
      checkNewClicks(target, ask(first, click(4, 0)), round(ascii("##..#."), first)),
    ).not.toThrow();
  });
});

describe("of a prompt is written", () => {
  const box = { x0: 0, y0: 0, x1: 1, y1: 1 };
  const prompt = (clicks: Click[], more: Partial<Prompt> = {}): Prompt => ({
    clicks,
    multimask: false,
    ...more,
  });

  test("the new click alone; the box once", () => {
    const one = prompt([], { box });
    const two = prompt([click(1, 1)], { box });
    expect(newPrompts(one, undefined)).toEqual([{ box: [0, 0, 1, 1] }]);
    expect(newPrompts(two, one)).toEqual([click(1, 1)]);
  });

  test("everything, where it does not continue the round before", () => {
    expect(newPrompts(prompt([click(2, 1)]), prompt([click(1, 1)]))).toEqual([click(2, 1)]);
    expect(newPrompts(prompt([], { box: { ...box } }), prompt([], { box }))).toEqual([{ box: [0, 0, 1, 1] }]);
  });

  test("a shape by its size; logits that are fed back not at all", () => {
    const shape = ascii("##.");
    expect(newPrompts(prompt([], { mask: { kind: "shape", shape, magnitude: 10 } }), undefined)).toEqual([
      { mask: "shape of 2 px" },
    ]);
    const logits = { width: 1, height: 1, data: new Float32Array(1) };
    expect(newPrompts(prompt([click(1, 1)], { mask: { kind: "logits", logits } }), prompt([]))).toEqual([
      click(1, 1),
    ]);
  });
});
