// The rules of simulated prompts on pictures small enough to check by eye.
import { describe, expect, test } from "vitest";
import type { BitMask, Target } from "../../../src/core/types.ts";
import type { NextStep } from "../../../src/eval/index.ts";
import { errorClick, errorRegions } from "../../../src/eval/interactive/error-click.ts";
import { protocols } from "../../../src/eval/interactive/protocols/index.ts";
import { createMask } from "../../../src/masks/bit-mask.ts";
import { deepestPixel } from "../../../src/masks/distance-transform.ts";
import { playAlone } from "../../contracts/protocol.ts";
import { ascii } from "../../helpers/ascii-mask.ts";
import { contextOf } from "./cases.ts";

const target = (mask: BitMask, ignore?: BitMask): Target & { readonly mask: BitMask } => ({
  status: "ok",
  id: "t",
  mask,
  ...(ignore === undefined ? {} : { ignore }),
});
const play = (id: string, one: Target, answer: (n: number) => BitMask) =>
  playAlone(protocols[id]!, contextOf(one), answer).nexts;
const nothing = (mask: BitMask) => () => createMask(mask.width, mask.height);
const fedBack = ({ prompt: { mask } }: NextStep) =>
  mask?.kind === "logits" ? mask.logits.data[0] : undefined;

describe("error clicks", () => {
  const square = ascii(".....", ".###.", ".###.", ".###.", ".....");

  test("click 1 is the deepest pixel of the target", () => {
    expect(errorClick(target(square), undefined)).toEqual({ x: 2, y: 2, label: 1 });
  });

  test("the border of the picture counts as a boundary, and the first of equally deep pixels is taken", () => {
    expect(errorClick(target(ascii("##", "##")), undefined)).toEqual({ x: 0, y: 0, label: 1 });
    expect(errorClick(target(ascii("####", "####", "####")), undefined)).toEqual({ x: 1, y: 1, label: 1 });
  });

  test("equally deep errors: a negative click at the first spurious pixel", () => {
    expect(errorClick(target(ascii("##..")), ascii("..##"))).toEqual({ x: 2, y: 0, label: 0 });
  });

  test("no error at all: pixel 0, negative", () => {
    expect(errorClick(target(square), square)).toEqual({ x: 0, y: 0, label: 0 });
  });

  test("the clicked pixel is the deepest of what `errorRegions` calls wrong", () => {
    const one = target(
      ascii(".####.", ".####.", "######", "..##.."),
      ascii("......", "...#..", "......", "....#."),
    );
    for (const predicted of [undefined, ascii("######", "#.....", "##..##", "#####."), one.mask]) {
      const { missed, spurious } = errorRegions(one, predicted);
      const [deepest, other] = [deepestPixel(missed), deepestPixel(spurious)];
      const positive = deepest.squaredDistance > other.squaredDistance;
      const { index } = positive ? deepest : other;
      const expected = { x: index % 6, y: Math.floor(index / 6), label: positive ? 1 : 0 };
      expect(errorClick(one, predicted)).toEqual(expected);
    }
  });

  test("ignored pixels are no errors, and bound the error regions", () => {
    expect(errorClick(target(ascii("#####"), ascii("..#..")), undefined)).toEqual({ x: 0, y: 0, label: 1 });
    expect(errorClick(target(ascii("#...."), ascii(".##..")), ascii("#####"))).toEqual({
      x: 3,
      y: 0,
      label: 0,
    });
  });

  test("clicked pixels count as no deeper than a boundary; the pixels around them keep their depth", () => {
    const first = errorClick(target(square), undefined);
    expect(errorClick(target(square), createMask(5, 5), [first])).toEqual({ x: 1, y: 1, label: 1 });
    const all = [0, 1, 2].map((x) => ({ x, y: 0, label: 1 as const }));
    expect(errorClick(target(ascii("###")), createMask(3, 1), all)).toEqual({ x: 0, y: 0, label: 0 });
  });
});

describe("steps", () => {
  const blob = ascii("......", ".####.", ".####.", ".####.", "......", "#.....");

  test.each(["sam1-d1@1", "sam1-d1-random@1"])("%s: nine, the last logits fed back from step 2 on", (id) => {
    const nexts = play(id, target(blob), nothing(blob));
    expect(nexts.map(({ prompt }) => prompt.clicks.length)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(nexts.map(fedBack)).toEqual([undefined, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("sam1-d1-nofeedback@1: nine, nothing fed back, the same clicks", () => {
    const nexts = play("sam1-d1-nofeedback@1", target(blob), nothing(blob));
    expect(nexts.map(({ prompt }) => prompt.clicks.length)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(nexts.map(({ prompt }) => prompt.mask)).toEqual(Array(9).fill(undefined));
    const fed = play("sam1-d1@1", target(blob), nothing(blob));
    expect(nexts.map(({ prompt }) => prompt.clicks)).toEqual(fed.map(({ prompt }) => prompt.clicks));
  });

  test("sam1-d1-random@1 differs in click 1 alone", () => {
    const answer = (n: number) => (n === 0 ? blob : createMask(6, 6));
    const center = play("sam1-d1@1", target(blob), answer).at(-1)!.prompt.clicks;
    const random = play("sam1-d1-random@1", target(blob), answer).at(-1)!.prompt.clicks;
    expect(center[0]).toEqual({ x: 2, y: 2, label: 1 });
    expect(random.slice(1)).toEqual(center.slice(1));
  });

  test("sam1-d1@1 does not exclude pixels clicked before", () => {
    const clicks = play("sam1-d1@1", target(blob), nothing(blob)).at(-1)!.prompt.clicks;
    expect(clicks).toEqual(Array(9).fill({ x: 2, y: 2, label: 1 }));
  });

  test("box@1: one step", () => {
    expect(play("box@1", target(blob), nothing(blob))).toEqual([
      {
        prompt: { clicks: [], box: { x0: 0, y0: 1, x1: 4, y1: 5 }, multimask: false },
      },
    ]);
  });

  test("box+clicks@1: the box alone, then nine clicks beside it, logits fed back from the first click on", () => {
    const nexts = play("box+clicks@1", target(blob), nothing(blob));
    expect(nexts.map(({ prompt }) => prompt.clicks.length)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(nexts.map(fedBack)).toEqual([undefined, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    for (const { prompt } of nexts) expect(prompt.box).toEqual({ x0: 0, y0: 1, x1: 4, y1: 5 });
  });

  test("mask@1: eroded, then dilated, by 3 % of the square root of the area", () => {
    const mask = ascii(...Array(40).fill("#".repeat(40)));
    const nexts = play("mask@1", target(mask), nothing(mask));
    expect(nexts.map(({ draw }) => draw)).toEqual([0, 1]);
    const shapes = nexts.map(({ prompt }) => (prompt.mask?.kind === "shape" ? prompt.mask : undefined));
    const inner = ascii(".".repeat(40), ...Array(38).fill(`.${"#".repeat(38)}.`), ".".repeat(40));
    expect(shapes).toEqual([
      { kind: "shape", shape: inner, magnitude: 10 },
      { kind: "shape", shape: mask, magnitude: 10 },
    ]);
  });

  test("points of a target smaller than the set repeat its first pixel", () => {
    const nexts = play("points-farthest@1", target(ascii("##.")), nothing(ascii("...")));
    const { clicks } = nexts.at(-1)!.prompt;
    expect(clicks.map(({ x }) => x)).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("random points are those of the seed, image and target, whatever was asked before", () => {
    const nexts = play("points-random@1", target(blob), nothing(blob));
    const again = protocols["points-random@1"]!.next(contextOf(target(blob)), 3, undefined);
    expect(again).toEqual(nexts[3]);
  });
});

describe("ritm-noc@1", () => {
  /** 20 pixels in a row; `reached(n)` of them are predicted. */
  const row = ascii("#".repeat(20));
  const reached = (pixels: number) => ascii("#".repeat(pixels) + ".".repeat(20 - pixels));

  test("ends after 20 clicks, none of them twice while there is anything else to click", () => {
    const nexts = play("ritm-noc@1", target(row), nothing(row));
    expect(nexts).toHaveLength(20);
    const xs = nexts.at(-1)!.prompt.clicks.map(({ x }) => x);
    expect([...xs].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, x) => x));
    expect(nexts.map(fedBack)).toEqual([undefined, ...Array.from({ length: 19 }, (_, n) => n)]);
  });

  test("stops as soon as the IoU is 0.95, exactly", () => {
    expect(play("ritm-noc@1", target(row), (n) => reached(n < 3 ? 18 : 19))).toHaveLength(4);
    expect(play("ritm-noc@1", target(row), () => reached(18))).toHaveLength(20);
    expect(play("ritm-noc@1", target(row), () => row)).toHaveLength(1);
  });

  test("a target reached exactly at click 20 has 20 steps, the last of them good enough", () => {
    const { nexts, steps } = playAlone(protocols["ritm-noc@1"]!, contextOf(target(row)), (n) =>
      reached(n < 19 ? 10 : 20),
    );
    expect(nexts).toHaveLength(20);
    expect(steps.at(-1)!.iou).toBe(1);
  });

  test("nothing left to click: pixel 0, negative, and on until 20", () => {
    const wide = ascii("##..................");
    const nexts = play("ritm-noc@1", target(wide), () => ascii("#..................."));
    expect(nexts).toHaveLength(20);
    expect(nexts.at(-1)!.prompt.clicks.slice(0, 4)).toEqual([
      { x: 0, y: 0, label: 1 },
      { x: 1, y: 0, label: 1 },
      { x: 0, y: 0, label: 0 },
      { x: 0, y: 0, label: 0 },
    ]);
  });
});
