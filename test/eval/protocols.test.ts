// The protocols as a model sees them: what is sent in each step, which mask counts, what is written down.
import { describe, expect, test } from "vitest";
import type { BitMask, Click, Prompt } from "../../src/core/types.ts";
import { protocols } from "../../src/eval/interactive/protocols/index.ts";
import { equals } from "../../src/masks/bit-mask.ts";
import { decodeCounts, maskFromRle, rleOf } from "../../src/masks/rle.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { type FakeSession, fakeSession, oneMask, type Proposal, threeMasks } from "./fake-session.ts";
import { clicksOf, drawsOf, iousOf, type Played, playScene, sampleOf, sentClicks } from "./play.ts";

/** A bar of 20 pixels; predictions cover the first n of them. */
const bar = ascii(".".repeat(22), `.${"#".repeat(20)}.`, ".".repeat(22));
const first = (n: number) => ascii(".".repeat(22), `.${"#".repeat(n)}${".".repeat(20 - n)}.`, ".".repeat(22));
const propose = (n: number, predicted: number): Proposal => ({ mask: first(n), predicted });

/** Three masks for a multimask prompt, one otherwise; the middle one is trusted most, the last one is best. */
const three = [propose(10, 0.5), propose(12, 0.9), propose(15, 0.7)];
const growing = (prompt: Prompt, _index: number, call: number) =>
  prompt.multimask ? three : [propose(Math.min(18, 5 + call), 0.8)];

async function play(id: string, answer = growing, mask: BitMask = bar): Promise<[Played, FakeSession]> {
  const session = fakeSession({ answer });
  return [await playScene({ ids: [id], session, load: sampleOf(mask) }), session];
}

const prompts = ({ calls }: FakeSession): readonly Prompt[] => calls.flat();
const xs = (clicks: readonly Click[]) => clicks.map(({ x, label }) => (label === 1 ? x : -x));
const fed = ({ mask }: Prompt) => (mask?.kind === "logits" ? mask.logits : mask?.kind);

describe("sam1-d1@1", () => {
  test("sends all clicks so far, and from step 2 on the selected candidate's own logits", async () => {
    const [, session] = await play("sam1-d1@1");
    const sent = prompts(session);
    expect(sent.map(({ clicks }) => clicks.length)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(sent.map(({ multimask }) => multimask)).toEqual([true, ...Array(8).fill(false)]);
    expect(sent.map(({ box }) => box)).toEqual(Array(9).fill(undefined));
    expect(fed(sent[0]!)).toBeUndefined();
    expect(fed(sent[1]!)).toBe(session.returned[0]![1]!.lowResolution);
    for (let n = 2; n < 9; n++) expect(fed(sent[n]!)).toBe(session.returned[n - 1]![0]!.lowResolution);
    for (let n = 1; n < 9; n++) expect(sent[n]!.clicks.slice(0, -1)).toEqual(sent[n - 1]!.clicks);
  });

  test("clicks where the selected mask of the last step is wrong", async () => {
    const [, session] = await play("sam1-d1@1");
    // The bar is one pixel high, so all of an error region is equally deep: its first pixel.
    expect(xs(prompts(session).at(-1)!.clicks)).toEqual([1, 13, 7, 8, 9, 10, 11, 12, 13]);
  });

  test("writes every step, the oracle in the first alone, masks of the reported steps", async () => {
    const [result] = await play("sam1-d1@1");
    const row = result.row();
    expect(clicksOf(row.steps)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(row.steps[0]).toEqual({
      at: { clicks: 1 },
      sent: { clicks: [[1, 1, 1]], multimask: true },
      chosen: 1,
      candidates: [
        { predicted: 0.5, iou: 10 / 20 },
        { predicted: 0.9, iou: 12 / 20 },
        { predicted: 0.7, iou: 15 / 20 },
      ],
      scores: { iou: 12 / 20, oracle: 15 / 20, dice: 24 / 32, boundary: 12 / 20 },
    });
    expect(Object.keys(row.steps[0]!.scores)).toEqual(["iou", "oracle", "dice", "boundary"]);
    expect(row.steps.map(({ scores }) => "oracle" in scores)).toEqual([true, ...Array(8).fill(false)]);
    expect(clicksOf(result.masks)).toEqual([1, 2, 3, 5, 9]);
    const [one] = result.masks;
    const [height, width] = one!.rle.size;
    expect(equals(maskFromRle(decodeCounts(one!.rle.counts, "t"), { width, height }, "t"), first(12))).toBe(
      true,
    );
    expect([row.size, row.area, row.box]).toEqual([{ width: 22, height: 3 }, 20, [1, 1, 20, 1]]);
  });

  test("says what was sent: all clicks in order, the logits that were fed back, the masks asked for", async () => {
    const [result, session] = await play("sam1-d1@1");
    const row = result.row();
    expect(sentClicks(row)).toEqual(prompts(session).map(({ clicks }) => clicks));
    expect(row.steps.map(({ sent }) => sent?.mask)).toEqual([undefined, ...Array(8).fill("previous")]);
    expect(row.steps.map(({ sent }) => sent?.multimask)).toEqual([true, ...Array(8).fill(false)]);
  });

  test("masks only when they are asked for", async () => {
    const session = fakeSession({ answer: growing });
    const { masks } = await playScene({ ids: ["sam1-d1@1"], session, load: sampleOf(bar), masks: false });
    expect(masks).toEqual([]);
  });
});

describe("which mask counts", () => {
  test("equal predicted IoUs: the lowest index", async () => {
    const tie = [propose(10, 0.5), propose(11, 0.9), propose(15, 0.9)];
    const [result, session] = await play("sam1-d1@1", (prompt) =>
      prompt.multimask ? tie : [propose(3, 0.1)],
    );
    expect(result.row().steps[0]).toMatchObject({ chosen: 1, scores: { iou: 11 / 20, oracle: 15 / 20 } });
    expect(fed(prompts(session)[1]!)).toBe(session.returned[0]![1]!.lowResolution);
  });

  test("negative predicted IoUs: still the highest", async () => {
    const low = [propose(10, -3), propose(11, -1), propose(15, -2)];
    const [result] = await play("sam1-d1@1", (prompt) => (prompt.multimask ? low : [propose(3, -1)]));
    expect(result.row().steps[0]).toMatchObject({ chosen: 1, scores: { iou: 11 / 20, oracle: 15 / 20 } });
  });

  test("three masks and no single one: the highest predicted IoU in every step, the oracle in the first", async () => {
    const session = fakeSession({
      capabilities: threeMasks,
      answer: (_prompt, _index, call) => [propose(2, 0.1), propose(3 + call, 0.2), propose(19, 0.15)],
    });
    const row = (await playScene({ ids: ["sam1-d1@1"], session, load: sampleOf(bar) })).row();
    expect(iousOf(row)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => n / 20));
    expect(row.steps.map(({ candidates }) => candidates.length)).toEqual(Array(9).fill(3));
    expect(row.steps.map(({ scores }) => scores.oracle)).toEqual([19 / 20, ...Array(8).fill(undefined)]);
    const sent = prompts(session);
    for (let n = 1; n < 9; n++) expect(fed(sent[n]!)).toBe(session.returned[n - 1]![1]!.lowResolution);
  });

  test.each(Object.keys(protocols))("one mask: %s has no oracle", async (id) => {
    const session = fakeSession({ capabilities: oneMask, answer: () => [propose(7, 0.3)] });
    const row = (await playScene({ ids: [id], session, load: sampleOf(bar) })).row();
    for (const { scores, candidates } of row.steps) {
      expect(scores).not.toHaveProperty("oracle");
      expect([scores.iou, candidates]).toEqual([7 / 20, [{ predicted: 0.3, iou: 7 / 20 }]]);
    }
  });

  test("the oracle is never below the selected mask, and IoU never above Dice", async () => {
    const [result] = await play("ritm-noc@1");
    for (const { iou, oracle, dice } of result.row().steps.map(({ scores }) => scores))
      expect((oracle ?? 1) >= iou! && iou! <= dice!).toBe(true);
  });
});

test("sam1-d1-nofeedback@1 never sends a mask", async () => {
  const [result, session] = await play("sam1-d1-nofeedback@1");
  expect(prompts(session).map(({ clicks, mask }) => [clicks.length, mask])).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [n, undefined]),
  );
  expect(result.row().steps[0]!.scores).toMatchObject({ oracle: 15 / 20 });
});

test("sam1-d1-random@1: click 1 is drawn, the rest answers the model", async () => {
  const [result, session] = await play("sam1-d1-random@1");
  const clicks = xs(prompts(session).at(-1)!.clicks);
  expect(clicks.slice(1)).toEqual([13, 7, 8, 9, 10, 11, 12, 13]);
  const { sample } = result.unit;
  expect(sample).toBe("a/b");
  const other = await playScene({
    ids: ["sam1-d1-random@1"],
    session: fakeSession({ answer: growing }),
    load: sampleOf(bar),
    image: "another image",
  });
  const [mine, theirs] = [result, other].map((one) => sentClicks(one.row()).at(-1)!);
  expect(theirs!.slice(1)).toEqual(mine!.slice(1));
  expect(theirs![0]).not.toEqual(mine![0]);
});

test("box@1: the tight box, the single mask", async () => {
  const [result, session] = await play("box@1");
  expect(prompts(session)).toEqual([{ clicks: [], box: { x0: 1, y0: 1, x1: 20, y1: 1 }, multimask: false }]);
  expect(result.row().steps).toMatchObject([
    {
      at: { clicks: 0 },
      sent: { clicks: [], box: [1, 1, 20, 1], multimask: false },
      scores: { iou: 5 / 20 },
    },
  ]);
  expect(clicksOf(result.masks)).toEqual([0]);
});

test("box-jitter@1: ten boxes, each its own draw with its own mask", async () => {
  const [result, session] = await play("box-jitter@1");
  const row = result.row();
  expect(prompts(session).map(({ clicks, mask, multimask }) => [clicks.length, mask, multimask])).toEqual(
    Array(10).fill([0, undefined, false]),
  );
  const boxes = prompts(session).map(({ box }) => ({ box: Object.values(box!) }));
  expect(row.steps.map(({ sent }) => ({ box: sent!.box }))).toEqual(boxes);
  expect(new Set(boxes.map(({ box }) => box.join())).size).toBeGreaterThan(5); // some are clipped to the same border
  // The bar is one pixel high: a side of 0 is not moved.
  for (const { box } of boxes) expect([box[1], box[3]]).toEqual([1, 1]);
  expect(row.steps.map(({ at }) => [at.clicks, at.draw])).toEqual(
    Array.from({ length: 10 }, (_, draw) => [0, draw]),
  );
  expect(drawsOf(result.masks)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("box+clicks@1: the box stays, clicks are added, the single mask throughout", async () => {
  const [result, session] = await play("box+clicks@1");
  const sent = prompts(session);
  expect(sent.map(({ clicks }) => clicks.length)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const { box, multimask } of sent)
    expect([box, multimask]).toEqual([{ x0: 1, y0: 1, x1: 20, y1: 1 }, false]);
  expect(fed(sent[0]!)).toBeUndefined();
  for (let n = 1; n < 10; n++) expect(fed(sent[n]!)).toBe(session.returned[n - 1]![0]!.lowResolution);
  const row = result.row();
  expect(row.steps.map((step) => step.sent?.box)).toEqual(Array(10).fill([1, 1, 20, 1]));
  expect(sentClicks(row)).toEqual(sent.map(({ clicks }) => clicks));
  expect(clicksOf(row.steps)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(clicksOf(result.masks)).toEqual([0, 1, 2, 3, 5, 9]);
});

describe("ritm-noc@1", () => {
  test("stops at IoU 0.95", async () => {
    const [result, session] = await play("ritm-noc@1", (prompt) =>
      prompt.multimask ? three : [propose(prompt.clicks.length < 4 ? 18 : 19, 0.8)],
    );
    expect(iousOf(result.row())).toEqual([12 / 20, 18 / 20, 18 / 20, 19 / 20]);
    expect(prompts(session).map(({ multimask }) => multimask)).toEqual([true, false, false, false]);
    expect(fed(prompts(session)[1]!)).toBe(session.returned[0]![1]!.lowResolution);
  });

  test("stops by the selected mask, not by the best one", async () => {
    const [result] = await play("ritm-noc@1", (prompt) =>
      prompt.multimask ? [propose(20, 0.1), propose(5, 0.9), propose(5, 0.2)] : [propose(20, 0.8)],
    );
    expect(iousOf(result.row())).toEqual([5 / 20, 1]);
  });

  test("a target that is reached exactly at click 20", async () => {
    const [result] = await play("ritm-noc@1", (prompt) => [propose(prompt.clicks.length < 20 ? 5 : 20, 0.8)]);
    const { steps } = result.row();
    expect(clicksOf(steps)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(steps.at(-1)!.scores.iou).toBe(1);
    expect(clicksOf(result.masks)).toEqual([1, 2, 3, 5, 10, 15, 20]);
  });

  test("does not click a pixel twice", async () => {
    const [, session] = await play("ritm-noc@1", () => [propose(5, 0.8)]);
    const clicks = prompts(session).at(-1)!.clicks;
    expect(xs(clicks.slice(0, 16))).toEqual([1, ...Array.from({ length: 15 }, (_, n) => n + 6)]);
  });
});

test.each(["points-random@1", "points-farthest@1"])(
  "%s: sets of points at once, nothing fed back",
  async (id) => {
    const [result, session] = await play(id);
    const sent = prompts(session);
    expect(sent.map(({ clicks }) => clicks.length)).toEqual([1, 2, 3, 5, 9]);
    expect(sent.map(({ multimask }) => multimask)).toEqual([true, false, false, false, false]);
    expect(sent.map(({ mask, box }) => [mask, box])).toEqual(Array(5).fill([undefined, undefined]));
    for (const { clicks } of sent) for (const { label, y } of clicks) expect([label, y]).toEqual([1, 1]);
    const row = result.row();
    expect(sentClicks(row)).toEqual(sent.map(({ clicks }) => clicks));
    expect(row.steps.map(({ scores }) => scores.oracle)).toEqual([
      15 / 20,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(clicksOf(result.masks)).toEqual([1, 2, 3, 5, 9]);
  },
);

test("mask@1: two shapes, no points, the single mask", async () => {
  const [result, session] = await play("mask@1");
  expect(prompts(session).map(({ clicks, box, multimask }) => [clicks, box, multimask])).toEqual(
    Array(2).fill([[], undefined, false]),
  );
  expect(prompts(session).map(fed)).toEqual(["shape", "shape"]);
  const row = result.row();
  expect(row.steps.map(({ sent }) => sent?.mask)).toEqual(
    prompts(session).map(({ mask }) =>
      mask?.kind === "shape" ? { rle: rleOf(mask.shape), magnitude: 10 } : mask,
    ),
  );
  expect(row.steps.map(({ at }) => [at.clicks, at.draw])).toEqual([
    [0, 0],
    [0, 1],
  ]);
  expect(drawsOf(result.masks)).toEqual([0, 1]);
});

test("the model is never sent ground truth beside what its protocol draws from it", async () => {
  for (const id of Object.keys(protocols)) {
    const [, session] = await play(id);
    for (const prompt of prompts(session))
      for (const key of Object.keys(prompt)) expect(["clicks", "box", "mask", "multimask"]).toContain(key);
  }
});
