// The bundled model through this project's code, against Python's onnxruntime with one thread.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instructionSets } from "../../scripts/check-real/numerics.ts";
import type { Candidate, Click, Embedding, ImageSession, Logits, Prompt } from "../../src/core/types.ts";
import { area } from "../../src/masks/bit-mask.ts";
import { held } from "../helpers/oracle.ts";
import { digest, floats, maskDigest } from "../masks/cases.ts";
import { openTiny, oracle, tinyFiles, tinyImage } from "./cases.ts";

const { cases, simd = [], models = {} } = oracle("tiny");

/** onnxruntime chooses kernels by the processor; on another kind sums are rounded in another order. */
const within = instructionSets().join() === simd.join() ? 1e-6 : 1e-2;

let session: ImageSession;
beforeAll(async () => {
  session = await openTiny();
});
afterAll(() => session.close());

test("the expected values are those of the bundled files", () => {
  for (const [name, file] of Object.entries({
    "encoder.onnx": tinyFiles.encoder,
    "decoder.onnx": tinyFiles.decoder,
  }))
    expect(createHash("sha256").update(readFileSync(file)).digest("hex")).toBe(models[name]);
});

test(`${cases.length} prompts on three images: the same scores, logits and masks`, async () => {
  let worst = 0;
  let embedding: Embedding | undefined;
  let fedBack: Logits | undefined;
  for (const row of cases) {
    const [number, width, height] = row as number[];
    const name = String(row[3]);
    if (name === "click") {
      if (embedding !== undefined) await session.release(embedding);
      embedding = await session.encode(tinyImage(number!, width!, height!));
    }
    const [prediction] = await session.decode(embedding!, [promptOf(name, width!, height!, fedBack)]);
    if (prediction?.status !== "ok") throw new Error(prediction?.reason);
    const { candidates } = prediction;
    const scores = candidates.map(({ predictedIou }) => predictedIou);
    scores.forEach((score, i) => {
      worst = Math.max(worst, Math.abs(score - Number(row[4 + i])));
    });
    const best = candidates[scores.indexOf(Math.max(...scores))]!;
    if (name === "click") fedBack = best.lowResolution;
    const logits = joined(candidates);
    const expected = floats(String(row[8]));
    const step = Math.floor(logits.length / 32);
    expected.forEach((value, i) => {
      expect(Math.abs(logits[i * step]! - value)).toBeLessThanOrEqual(within);
    });
    if (within > 1e-6) continue;
    // Not only the sampled ones: every logit, bit for bit.
    expect(`${name} ${digest(logits)}`).toBe(`${name} ${row[7]}`);
    const mask = session.mask(best, { width: width!, height: height! });
    if (row[10] === "") expect(Math.abs(area(mask) - Number(row[9]))).toBeLessThanOrEqual(2);
    else expect([area(mask), maskDigest(mask)]).toEqual([row[9], row[10]]);
  }
  held("models/tiny", cases.length, worst, within);
});

test("the card's threshold decides the mask", async () => {
  const size = { width: 4, height: 4 };
  const flat = (value: number): Candidate => ({
    predictedIou: 1,
    lowResolution: { width: 128, height: 128, data: new Float32Array(128 * 128).fill(value) },
  });
  expect([0, 1e-3, -1e-3].map((value) => area(session.mask(flat(value), size)))).toEqual([0, 16, 0]);
});

function promptOf(name: string, width: number, height: number, fedBack: Logits | undefined): Prompt {
  const first: Click = { x: width >> 1, y: Math.floor(height / 3), label: 1 };
  const second: Click = { x: Math.floor(width / 5), y: height >> 1, label: 0 };
  const box = { x0: 10, y0: 20, x1: width - 7, y1: height - 31 };
  switch (name) {
    case "click":
      return { clicks: [first], multimask: true };
    case "two clicks":
      return { clicks: [first, second], multimask: false };
    case "box":
      return { clicks: [], box, multimask: false };
    case "box and click":
      return { clicks: [first], box, multimask: false };
    default:
      return { clicks: [first, second], mask: { kind: "logits", logits: fedBack! }, multimask: false };
  }
}

function joined(candidates: readonly Candidate[]): Float32Array {
  return Float32Array.from(candidates.flatMap(({ lowResolution }) => [...lowResolution.data]));
}
