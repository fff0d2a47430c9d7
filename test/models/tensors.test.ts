// What goes into the graphs, against Pillow, PyTorch and NumPy, and by hand.
import { describe, expect, test } from "vitest";
import type { ImageContract } from "../../src/core/schema-types.ts";
import type { BitMask, Prompt } from "../../src/core/types.ts";
import type { Tensor } from "../../src/models/runtime/graph.ts";
import { predictionsOf } from "../../src/models/runtime/session.ts";
import { frameOf } from "../../src/models/tensors/frames.ts";
import { encoderInput } from "../../src/models/tensors/preprocess.ts";
import { maskTensors, pointTensors } from "../../src/models/tensors/prompt-tensors.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { held } from "../helpers/oracle.ts";
import { digest, pictureOf } from "../masks/cases.ts";
import { cardOf, oracle } from "./cases.ts";

const half = frameOf({ width: 128, height: 64 }, 64);
const click = (x: number, y: number, label: 0 | 1 = 1) => ({ x, y, label });
const prompt = (more: Partial<Prompt>): Prompt => ({ clicks: [], multimask: false, ...more });
const values = (tensor: Tensor) => [...(tensor.data as Float32Array)];

describe("the image", () => {
  const { cases } = oracle("encoder-input");

  test(`${cases.length} cases: resized, normalised, padded`, () => {
    expect(cases.length).toBeGreaterThanOrEqual(100);
    for (const row of cases) {
      const [style, width, height, seed, side] = row as number[];
      const fields = JSON.parse(String(row[6])) as Partial<ImageContract>;
      const card = cardOf(side!, { image: { size: side!, ...fields } }).image;
      const image = { width: width!, height: height!, data: pictureOf(style!, width!, height!, 3, seed!) };
      const before = digest(image.data);
      const { dims, data, type } = encoderInput(image, frameOf(image, side!), card);
      expect(digest(image.data)).toBe(before);
      const step = Math.max(1, Math.floor(data.length / 12));
      const sampled = row.slice(9).map((_, k) => Number(data[k * step]));
      expect([row[5], type, dims, sampled]).toEqual([
        row[5],
        card.dtype,
        JSON.parse(String(row[7])),
        row.slice(9),
      ]);
      expect(`${row[5]} ${width}x${height} ${digest(data)}`).toBe(`${row[5]} ${width}x${height} ${row[8]}`);
    }
    held("models/encoder-input", cases.length);
  });

  test("an image so long that its short side would vanish is rejected by name", () => {
    expect(frameOf({ width: 128, height: 1 }, 64).resized).toEqual({ width: 64, height: 1 });
    expect(() => frameOf({ width: 1, height: 129 }, 64)).toThrow(
      "image: its short side vanishes when the long side becomes 64; " +
        "expected an image at most 128 times as long as wide, got 1x129",
    );
  });

  test("padding is zero after normalisation, not the mean and not a normalised zero", () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
    const { data, dims } = encoderInput(image, frameOf(image, 2), cardOf(2).image);
    expect(dims).toEqual([1, 3, 2, 2]);
    expect([...data.slice(2, 4)]).toEqual([0, 0]);
    expect(data[0]).toBeCloseTo(-123.675 / 58.395, 5);
  });
});

describe("points", () => {
  const { cases } = oracle("points");

  test(`${cases.length} cases: scaled per axis in double, rounded once`, () => {
    for (const row of cases) {
      const [width, height, side, x0, y0, x1, y1, x, y, ...expected] = row as number[];
      const frame = frameOf({ width: width!, height: height! }, side!);
      const one = prompt({ clicks: [click(x!, y!)], box: { x0: x0!, y0: y0!, x1: x1!, y1: y1! } });
      expect(values(pointTensors([one], frame, true).coords)).toEqual(expected);
    }
    held("models/points", cases.length);
  });

  test("without a box one padding point follows the clicks, unscaled", () => {
    const { coords, labels } = pointTensors(
      [prompt({ clicks: [click(10, 20), click(30, 40, 0)] })],
      half,
      true,
    );
    expect([coords.dims, values(coords)]).toEqual([
      [1, 3, 2],
      [5, 10, 15, 20, 0, 0],
    ]);
    expect([labels.dims, values(labels)]).toEqual([
      [1, 3],
      [1, 0, -1],
    ]);
  });

  test("with a box there is none; its corners come before the clicks", () => {
    const box = { x0: 2, y0: 4, x1: 6, y1: 8 };
    const { coords, labels } = pointTensors([prompt({ box, clicks: [click(10, 20)] })], half, true);
    expect([values(coords), values(labels)]).toEqual([
      [1, 2, 3, 4, 5, 10],
      [2, 3, 1],
    ]);
    expect(values(pointTensors([prompt({ box })], half, true).labels)).toEqual([2, 3]);
  });

  test("families whose graph pads get no padding point", () => {
    const { coords, labels } = pointTensors([prompt({ clicks: [click(10, 20)] })], half, false);
    expect([values(coords), values(labels)]).toEqual([[5, 10], [1]]);
  });

  test("no points at all: the padding point alone", () => {
    expect(pointTensors([prompt({})], half, true).coords).toEqual({
      type: "float32",
      dims: [1, 1, 2],
      data: Float32Array.of(0, 0),
    });
  });

  test("several prompts, each in its row", () => {
    const { coords, labels } = pointTensors(
      [prompt({ clicks: [click(2, 4)] }), prompt({ clicks: [click(6, 8, 0)] })],
      half,
      true,
    );
    expect([coords.dims, values(coords)]).toEqual([
      [2, 2, 2],
      [1, 2, 0, 0, 3, 4, 0, 0],
    ]);
    expect(values(labels)).toEqual([1, -1, 0, -1]);
  });

  test("each axis has its own scale where rounding makes them differ", () => {
    const frame = frameOf({ width: 1000, height: 333 }, 64); // 64 x 21
    const { coords } = pointTensors([prompt({ clicks: [click(999, 332)] })], frame, false);
    expect(values(coords)).toEqual([Math.fround(999 * (64 / 1000)), Math.fround(332 * (21 / 333))]);
  });
});

describe("mask prompts", () => {
  const low = { width: 4, height: 4 };
  const logits = (start: number) => ({
    ...low,
    data: Float32Array.from({ length: 16 }, (_, i) => start + i),
  });

  test("none: zeros, and a flag of 0", () => {
    const { masks, flags } = maskTensors([prompt({}), prompt({})], half, low);
    expect([masks.dims, flags.dims, values(flags)]).toEqual([[2, 1, 4, 4], [2], [0, 0]]);
    expect(values(masks)).toEqual(Array(32).fill(0));
  });

  test("logits as they are, unclamped, each in its row", () => {
    const { masks, flags } = maskTensors(
      [
        prompt({ mask: { kind: "logits", logits: logits(-50) } }),
        prompt({ mask: { kind: "logits", logits: logits(100) } }),
      ],
      half,
      low,
    );
    expect(values(flags)).toEqual([1, 1]);
    expect(values(masks)).toEqual([...logits(-50).data, ...logits(100).data]);
  });

  test("a shape, averaged over the cells; padding of the frame is outside", () => {
    // 128 x 64 in a frame of 64 x 64: cells of 32 x 32 pixels, the lower two rows of cells are padding.
    const row = `${"#".repeat(48)}${".".repeat(80)}`;
    const shape: BitMask = ascii(...Array(64).fill(row));
    const { masks } = maskTensors([prompt({ mask: { kind: "shape", shape, magnitude: 10 } })], half, low);
    expect(values(masks)).toEqual([
      ...[10, 0, -10, -10, 10, 0, -10, -10],
      ...[-10, -10, -10, -10, -10, -10, -10, -10],
    ]);
  });
});

describe("predictions", () => {
  const tensor = (dims: number[], data: number[]): Tensor => ({
    type: "float32",
    dims,
    data: Float32Array.from(data),
  });
  const scores = (...data: number[]) => tensor([data.length / 2, 2], data);
  const masks = (...data: number[]) => tensor([data.length / 4, 2, 1, 2], data);

  test("the wanted candidates of each prompt, in the order asked for", () => {
    const got = predictionsOf(scores(0.1, 0.2, 0.3, 0.4), masks(1, 2, 3, 4, 5, 6, 7, 8), [[1, 0], [1]]);
    const candidate = (predictedIou: number, ...data: number[]) => ({
      predictedIou: Math.fround(predictedIou),
      lowResolution: { width: 2, height: 1, data: Float32Array.from(data) },
    });
    expect(got).toEqual([
      { status: "ok", candidates: [candidate(0.2, 3, 4), candidate(0.1, 1, 2)] },
      { status: "ok", candidates: [candidate(0.4, 7, 8)] },
    ]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "%s fails its prompt alone",
    (bad) => {
      const score = predictionsOf(scores(0.1, bad, 0.3, 0.4), masks(1, 2, 3, 4, 5, 6, 7, 8), [
        [0, 1],
        [0, 1],
      ]);
      expect(score[0]).toEqual({ status: "failed", reason: `predicted IoU of mask 1 is not finite: ${bad}` });
      expect(score[1]).toMatchObject({ status: "ok" });
      const logit = predictionsOf(scores(0.1, 0.2, 0.3, 0.4), masks(1, 2, 3, 4, 5, bad, 7, 8), [
        [0, 1],
        [0, 1],
      ]);
      expect(logit[0]).toMatchObject({ status: "ok" });
      expect(logit[1]).toEqual({ status: "failed", reason: "logits of mask 0 are not finite" });
    },
  );

  test("a mask that is not asked for may hold anything", () => {
    const [one] = predictionsOf(scores(Number.NaN, 0.2), masks(Number.NaN, 0, 1, 2), [[1]]);
    expect(one).toMatchObject({ status: "ok" });
  });

  test("fewer masks than prompts: failed, not undefined", () => {
    const got = predictionsOf(scores(0.1, 0.2), masks(1, 2, 3, 4), [[0], [0]]);
    expect(got[1]).toMatchObject({ status: "failed" });
  });
});
