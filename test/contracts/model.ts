// What every open model must keep to. Run on each export that the tests can open.
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ImageSession, Prediction, Prompt, RgbImage } from "../../src/core/types.ts";

export interface ModelCase {
  open(): Promise<ImageSession>;
  readonly image: RgbImage;
  /** Largest difference of a logit between a batch and single prompts. */
  readonly tolerance: number;
}

const box = { x0: 3, y0: 2, x1: 20, y1: 11 };
const click = (x: number, y: number, label: 0 | 1 = 1) => ({ x, y, label });

export function modelContract(name: string, { open, image, tolerance }: ModelCase): void {
  describe(name, () => {
    let session: ImageSession;
    beforeAll(async () => {
      session = await open();
    });
    afterAll(() => session.close());

    test("answers every kind of prompt with as many masks as it promises", async () => {
      const { capabilities } = session;
      const embedding = await session.encode(image);
      const ask = async (prompt: Prompt) => candidatesOf((await session.decode(embedding, [prompt]))[0]!);
      const [first] = await ask({ clicks: [click(8, 7)], multimask: true });
      const several = capabilities.multimask ? 3 : 1;
      const one = capabilities.singleMask ? 1 : 3;
      const logits = first!.lowResolution;
      const prompts: readonly (readonly [Prompt, number])[] = [
        [{ clicks: [click(8, 7)], multimask: true }, several],
        [{ clicks: [click(8, 7)], multimask: false }, one],
        [{ clicks: [click(8, 7), click(1, 1, 0)], multimask: false }, one],
        [{ clicks: [], box, multimask: false }, one],
        [{ clicks: [click(8, 7)], box, mask: { kind: "logits", logits }, multimask: false }, one],
      ];
      for (const [prompt, count] of prompts) {
        const candidates = await ask(prompt);
        expect(candidates).toHaveLength(count);
        for (const { predictedIou, lowResolution } of candidates) {
          expect(Number.isFinite(predictedIou)).toBe(true);
          expect(lowResolution.data).toHaveLength(lowResolution.width * lowResolution.height);
        }
      }
      await session.release(embedding);
    });

    test("masks have the size of the original image", async () => {
      const embedding = await session.encode(image);
      expect(embedding.size).toEqual({ width: image.width, height: image.height });
      const [prediction] = await session.decode(embedding, [{ clicks: [click(8, 7)], multimask: true }]);
      const mask = session.mask(candidatesOf(prediction!)[0]!, embedding.size);
      expect([mask.width, mask.height]).toEqual([image.width, image.height]);
      await session.release(embedding);
    });

    test("the same question has the same answer, and a batch answers as single prompts do, in order", async () => {
      const embedding = await session.encode(image);
      const prompts = [click(8, 7), click(1, 1), click(20, 3)]
        .slice(0, session.capabilities.batch)
        .map((one): Prompt => ({ clicks: [one], multimask: true }));
      const together = await session.decode(embedding, prompts);
      expect(isDeepStrictEqual(await session.decode(embedding, prompts), together)).toBe(true);
      expect(together).toHaveLength(prompts.length);
      for (const [i, prompt] of prompts.entries()) {
        const [alone] = await session.decode(embedding, [prompt]);
        candidatesOf(alone!).forEach(({ predictedIou, lowResolution }, k) => {
          const batched = candidatesOf(together[i]!)[k]!;
          expect(Math.abs(batched.predictedIou - predictedIou)).toBeLessThanOrEqual(tolerance);
          const apart = lowResolution.data.reduce(
            (most, value, at) => Math.max(most, Math.abs(value - batched.lowResolution.data[at]!)),
            0,
          );
          expect(apart).toBeLessThanOrEqual(tolerance);
        });
      }
      await session.release(embedding);
    });

    test("two images can be open at once; a released one cannot be used, and the other still can", async () => {
      const other = { ...image, data: image.data.map((value) => 255 - value) };
      const [a, b] = [await session.encode(image), await session.encode(other)];
      const prompts: Prompt[] = [{ clicks: [click(8, 7)], multimask: true }];
      const before = await session.decode(a, prompts);
      await session.decode(b, prompts);
      await session.release(b);
      expect(isDeepStrictEqual(await session.decode(a, prompts), before)).toBe(true);
      await expect(session.decode(b, prompts)).rejects.toThrow(/released/);
      await session.release(a);
    });

    test("says what it is", () => {
      const { capabilities, facts } = session;
      expect(capabilities.batch).toBeGreaterThanOrEqual(1);
      expect(Object.keys(facts)).toEqual(
        expect.arrayContaining(["contract", "providers", "encoder", "decoder"]),
      );
      expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
    });
  });
}

function candidatesOf(prediction: Prediction) {
  if (prediction.status !== "ok") throw new Error(prediction.reason);
  return prediction.candidates;
}
