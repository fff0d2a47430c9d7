// Simulated prompts against OpenCV, SciPy and other people's clickers, on cases written by scripts/oracle/prompts.py.
import { describe, expect } from "vitest";
import type { Measure } from "../../../src/core/measure.ts";
import { draw, gaussian, indexOf } from "../../../src/core/random.ts";
import type { RowStep } from "../../../src/core/rows.ts";
import type { BitMask, Click, Prompt } from "../../../src/core/types.ts";
import type { NextStep, Step, TargetContext } from "../../../src/eval/index.ts";
import { errorClick } from "../../../src/eval/interactive/error-click.ts";
import { protocols } from "../../../src/eval/interactive/protocols/index.ts";
import { area, createMask, fromBytes, toBytes } from "../../../src/masks/bit-mask.ts";
import { metrics } from "../../../src/metrics/index.ts";
import { frameOf } from "../../../src/models/tensors/frames.ts";
import { maskTensors } from "../../../src/models/tensors/prompt-tensors.ts";
import { farthest } from "../../helpers/oracle.ts";
import { maskDigest, random, shape, shapeBytes } from "../../masks/cases.ts";
import { rowOf } from "../../stats/measures.ts";
import { againstOracle, contextCase, contextOf, drawnCase, type Row } from "./cases.ts";

const flat = (clicks: readonly Click[]) => clicks.flatMap(({ x, y }) => [x, y]);

const noLogits = { predictedIou: 0.5, lowResolution: { width: 0, height: 0, data: new Float32Array() } };
const stepOf = (prompt: Prompt, mask: BitMask): Step => ({ prompt, mask, candidate: noLogits, iou: 0 });

/** Steps of a protocol that do not answer each other. */
function asksOf(id: string, context: TargetContext) {
  const asks: NextStep[] = [];
  for (let done = 0; ; done++) {
    const ask = protocols[id]!.next(context, done, undefined);
    if (ask === undefined) return asks;
    asks.push(ask);
  }
}

describe("error clicks", () => {
  againstOracle("error-click", 2000, (row) => {
    const { target, prediction, rest } = drawnCase(row);
    const masks = [target.mask, prediction, target.ignore];
    const before = masks.map((mask) => mask && maskDigest(mask));
    const { x, y, label } = errorClick(target, prediction);
    expect([x, y, label]).toEqual(rest);
    expect(masks.map((mask) => mask && maskDigest(mask))).toEqual(before);
  });

  againstOracle("clicker", 500, (row) => {
    const { target, predictionAt, rest } = drawnCase(row);
    const clicks: Click[] = [];
    for (let n = 0; n < rest.length / 3; n++) {
      clicks.push(errorClick(target, n === 0 ? undefined : predictionAt(n), clicks));
    }
    expect(clicks.flatMap(({ x, y, label }) => [x, y, label])).toEqual(rest);
  });
});

describe("RITM's protocol as the package isegeval plays it", () => {
  const { measures: measuresOf, next } = protocols["ritm-noc@1"]!;
  const measures = measuresOf([metrics.iou!]);

  // Given predictions come nearer to the target click by click; nothing of its clicker is restated.
  againstOracle("isegeval", 500, (row) => {
    const [kind, width, height, seed, kindP, seedP, kindI, seedI, ...rest] = row as number[];
    const mask = shape(kind!, width!, height!, seed!);
    const ignore = kindI! < 0 ? {} : { ignore: shape(kindI!, width!, height!, seedI!) };
    const target = { status: "ok", id: "t", mask, ...ignore } as const;
    const flips = shapeBytes(kindP!, width!, height!, seedP!);
    const steps: RowStep[] = [];
    let last: Step | undefined;
    for (let share = 90; ; share *= 0.8) {
      const done = steps.length;
      const ask = next(contextOf(target), done, last);
      if (ask === undefined) break;
      const noise = random(seedP! + 1 + done);
      const bytes = toBytes(mask).map((bit, i) =>
        noise.next() % 1000 < Math.floor(share * 10) ? bit ^ flips[i]! : bit,
      );
      const given = fromBytes(bytes, width!, height!);
      const score = metrics.iou!.against(target, {})(given);
      last = { ...stepOf(ask.prompt, given), iou: score };
      steps.push({ at: { clicks: done + 1 }, chosen: 0, candidates: [], scores: { iou: score } });
    }
    const { clicks } = last!.prompt;
    const [nocs, theirs] = [rest.slice(0, 4), rest.slice(4)];
    expect(clicks.flatMap(({ x, y, label }) => [x, y, label])).toEqual(theirs.slice(0, 3 * clicks.length));
    const own = { ...rowOf("c", "t", {}), steps };
    const found = [80, 85, 90, 95].map((level) => {
      const measure = measures.find((one) => one.id === `noc@${level}`) as Measure;
      return measure.value(measure.parts(own)!);
    });
    expect(found).toEqual(nocs);
  });
});

describe("draws", () => {
  againstOracle(
    "draws",
    500,
    (row) => {
      const [seed, benchmark, image, target, purpose, number, n, u, index, normal] = row as [
        ...[string, string, string, string, string],
        ...[number, number, number, number, number],
      ];
      const at = (k: number) => draw(seed, benchmark, image, target, purpose, k);
      expect([at(number), indexOf(at(number), n)]).toEqual([u, index]);
      return Math.abs(gaussian(at(number), at(number + 1)) - normal);
    },
    5e-14,
  );

  againstOracle("random-points", 400, (row, i) => {
    const { context, rest } = contextCase(row, i);
    const first = protocols["sam1-d1-random@1"]!.next(context, 0, undefined)!;
    expect(first.prompt.clicks).toHaveLength(1);
    const sets = asksOf("points-random@1", context).map(({ prompt }) => prompt.clicks);
    expect([...flat(first.prompt.clicks), ...flat(sets.at(-1)!)]).toEqual(rest);
    for (const set of sets) expect(set).toEqual(sets.at(-1)!.slice(0, set.length));
    expect(sets.map((set) => set.length)).toEqual([1, 2, 3, 5, 9]);
  });
});

describe("points and boxes", () => {
  againstOracle("farthest-points", 300, (row, i) => {
    const { context, rest } = contextCase(row, i);
    const sets = asksOf("points-farthest@1", context).map(({ prompt }) => prompt.clicks);
    expect(flat(sets.at(-1)!)).toEqual(rest);
    for (const set of sets) expect(set).toEqual(sets.at(-1)!.slice(0, set.length));
    expect(sets.flat().every(({ label }) => label === 1)).toBe(true);
  });

  againstOracle(
    "box-jitter",
    150,
    (row, i) => {
      const { context, rest } = contextCase(row, i);
      const asks = asksOf("box-jitter@1", context);
      expect(asks.map(({ draw: number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const sides = asks.flatMap(({ prompt }) => Object.values(prompt.box!));
      return farthest(sides, rest.map(Number));
    },
    1e-6,
  );
});

describe("other people's protocols", () => {
  const first = (id: string, context: TargetContext) => protocols[id]!.next(context, 0, undefined)!.prompt;

  againstOracle("peer-centers", 2000, (row, i) => {
    const { context, rest } = contextCase(row, i);
    const saf = first("saf-center-of-mass@1", context);
    const edgesam = first("edgesam-center@1", context);
    const [one, three] = asksOf("efficientsam-random@1", context).map(({ prompt }) => prompt.clicks);
    expect(one).toEqual(three!.slice(0, 1));
    const clicks = [...saf.clicks, ...edgesam.clicks, ...three!];
    expect(clicks.map(({ label }) => label)).toEqual([1, 1, 1, 1, 1]);
    expect(flat(clicks)).toEqual(rest);
  });

  againstOracle("edgesam-error", 2000, (row, i) => {
    const { target, prediction, rest } = drawnCase(row);
    const { width, height } = target.mask;
    const mask = prediction ?? createMask(width, height);
    let last = stepOf({ clicks: [{ x: 0, y: 0, label: 1 }], multimask: false }, mask);
    for (const done of [1, 2]) {
      const ask = protocols["edgesam-center@1"]!.next(contextOf(target, `image-${i}`), done, last)!;
      last = stepOf(ask.prompt, mask);
    }
    const { clicks } = last.prompt;
    expect(clicks.slice(1).flatMap(({ x, y, label }) => [x, y, label])).toEqual(rest);
  });

  // The same clicks as RITM's clicker, whose file has seven of them.
  againstOracle("clicker", 500, (row) => {
    const { target, predictionAt, rest } = drawnCase(row);
    const { width, height } = target.mask;
    let last: Step | undefined;
    for (let n = 0; n < 5; n++) {
      if (last !== undefined) last = { ...last, mask: predictionAt(n) ?? createMask(width, height) };
      const ask = protocols["efficientvit-click@1"]!.next(contextOf(target), n, last)!;
      last = stepOf(ask.prompt, target.mask);
    }
    const { clicks } = last!.prompt;
    expect(clicks.flatMap(({ x, y, label }) => [x, y, label])).toEqual(rest.slice(0, 15));
  });
});

describe("mask prompts", () => {
  againstOracle(
    "mask-prompt",
    200,
    (row: Row, i) => {
      const { context, rest } = contextCase(row, i);
      const [frame, low, ...expected] = rest as [number, number, ...(number | string)[]];
      const asks = asksOf("mask@1", context);
      expect(asks.map(({ draw: number, prompt }) => [number, prompt.clicks.length])).toEqual([
        [0, 0],
        [1, 0],
      ]);
      const got = asks.flatMap(({ prompt }) => {
        const { mask } = prompt;
        if (mask?.kind !== "shape") throw new Error("no shape");
        const { masks, flags } = maskTensors([prompt], frameOf(context.size, frame), {
          width: low,
          height: low,
        });
        expect([masks.dims, ...(flags.data as Float32Array)]).toEqual([[1, 1, low, low], 1]);
        const step = Math.max(1, Math.floor((low * low) / 8));
        const cells = Array.from({ length: 8 }, (_, k) => Number(masks.data[k * step]));
        return [area(mask.shape), maskDigest(mask.shape), ...cells];
      });
      // Area and digest of a mask are the same; of its logits eight cells are looked at.
      const isCell = (k: number) => typeof got[k] === "number" && k % 10 !== 0;
      const whole = (values: Row) => values.filter((_, k) => !isCell(k));
      expect(whole(got)).toEqual(whole(expected));
      const cells = (values: Row) => values.filter((_, k) => isCell(k)).map(Number);
      return farthest(cells(got), cells(expected));
    },
    2e-5,
  );
});
