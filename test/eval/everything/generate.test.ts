import { expect, test } from "vitest";
import { fates } from "../../../src/core/mask-sets.ts";
import { generateMasks } from "../../../src/eval/everything/generate.ts";
import { samGenerator } from "../../../src/eval/everything/protocols.ts";
import { Stopwatch } from "../../../src/eval/stopwatch.ts";
import { area, createMask, setRun } from "../../../src/masks/bit-mask.ts";
import { type Answer, fakeSession, oneMask, threeMasks } from "../fake-session.ts";

const image = { width: 40, height: 30, data: new Uint8Array(3 * 40 * 30) };
const settings = { ...samGenerator, pointsPerSide: 2, stability: 0 };

/** A square of 6 pixels around the click. */
const around = (x: number, y: number): Answer => {
  const mask = createMask(image.width, image.height);
  for (let row = Math.floor(y) - 3; row < Math.floor(y) + 3; row++)
    setRun(mask, row, Math.floor(x) - 3, Math.floor(x) + 3);
  return [{ mask, predicted: 0.9 }];
};

const generate = (session: ReturnType<typeof fakeSession>, more = {}) =>
  generateMasks(image, { ...settings, ...more }, { session, watch: new Stopwatch(() => 0), batch: 3 });

test("an export with one mask has one candidate a point; clicks are fractional, batches go on over the rows", async () => {
  const session = fakeSession({
    capabilities: oneMask,
    answer: ({ clicks: [click] }) => around(click!.x, click!.y),
  });
  const set = await generate(session);
  expect([set.points, set.fates.length]).toEqual([4, 4]);
  expect(session.calls.map((prompts) => prompts.map(({ clicks: [click] }) => [click!.x, click!.y]))).toEqual([
    [
      [10, 7.5],
      [30, 7.5],
      [10, 22.5],
    ],
    [[30, 22.5]],
  ]);
  expect(set.masks.map(({ candidate }) => candidate)).toEqual([0, 1, 2, 3]);
  expect(set.masks.map(({ area: pixels, mask }) => [pixels, area(mask())])).toEqual(Array(4).fill([36, 36]));
  expect(set.masks[3]!.box).toEqual({ x0: 27, y0: 19, x1: 32, y1: 24 });
  expect(session.released).toHaveLength(1);
});

test("all candidates are seen where somebody looks, also those that are filtered", async () => {
  const session = fakeSession({
    capabilities: oneMask,
    answer: ({ clicks: [click] }) => around(click!.x, click!.y),
  });
  const seen: [number, number][] = [];
  const see = ({ candidate, mask }: { candidate: number; mask(): Parameters<typeof area>[0] }) =>
    void seen.push([candidate, area(mask())]);
  const watch = new Stopwatch(() => 0);
  const set = await generateMasks(
    image,
    { ...settings, predictedIou: 0.95 },
    { session, watch, batch: 4, see },
  );
  expect(seen).toEqual([0, 1, 2, 3].map((candidate) => [candidate, 36]));
  expect(set.masks).toEqual([]);
  expect([...set.fates].map((fate) => fates[fate])).toEqual(Array(4).fill("predicted"));
});

test("a set is whole or refused", async () => {
  const failing = fakeSession({ capabilities: oneMask, answer: () => ({ failed: "no answer today" }) });
  await expect(generate(failing)).rejects.toThrow(/no answer today/);
  expect(failing.released).toHaveLength(1);
  const three = fakeSession({ capabilities: threeMasks, answer: () => [] });
  await expect(generate(three, { refine: true })).rejects.toThrow(/single-mask output/);
});

test("parts of a tiny image that lie outside it are not encoded", async () => {
  const session = fakeSession({ capabilities: oneMask, answer: () => around(10, 10) });
  const tiny = { width: 3, height: 40, data: new Uint8Array(360) };
  await generateMasks(
    tiny,
    { ...settings, cropLayers: 2, predictedIou: 2 },
    { session, watch: new Stopwatch(() => 0), batch: 64 },
  );
  expect(session.encoded.every(({ width, height }) => width > 0 && height > 0)).toBe(true);
  expect(session.encoded.length).toBeGreaterThan(5);
});
