// What shares a decoder call with what: nothing that could change a number may depend on order, shards or workers.
import { expect, test } from "vitest";
import type { ImageSession, Prompt } from "../../src/core/types.ts";
import { playProtocol } from "../../src/eval/interactive/play.ts";
import { protocols } from "../../src/eval/interactive/protocols/index.ts";
import { Stopwatch } from "../../src/eval/stopwatch.ts";
import { collectUntil } from "../helpers/collect.ts";
import { shape } from "../masks/cases.ts";

import { type FakeSession, fakeSession } from "./fake-session.ts";
import { contextOf } from "./interactive/cases.ts";
import { playScene, sampleOf } from "./play.ts";

const masks = [3, 1, 2, 13, 8, 14, 10].map((kind, i) => shape(kind, 30, 20, 100 + i));
const everyProtocol = Object.keys(protocols);

/** Answers depend on the prompt alone, and some targets of ritm-noc@1 are finished early. */
function answer(prompt: Prompt) {
  const { x = 0, y = 0 } = prompt.clicks[0] ?? {};
  const index = prompt.box === undefined ? (x + y) % masks.length : prompt.box.x0 % masks.length;
  return [
    { mask: masks[index]!, predicted: 0.6 },
    { mask: masks[(index + 1) % masks.length]!, predicted: (x % 10) / 10 },
  ];
}

const sessionOf = (batch: number) => fakeSession({ answer, capabilities: { batch } });
const lengths = ({ calls }: FakeSession) => calls.map((prompts) => prompts.length);

test("prompts of one call have the same number of clicks, and all or none a box or a mask", async () => {
  const session = sessionOf(3);
  await playScene({ ids: everyProtocol, session, load: sampleOf(...masks) });
  expect(Math.max(...lengths(session))).toBe(3);
  for (const prompts of session.calls) {
    const kinds = prompts.map(({ clicks, box, mask, multimask }) =>
      [clicks.length, box !== undefined, mask?.kind, multimask].join(),
    );
    expect(new Set(kinds).size).toBe(1);
  }
});

test("batches are formed once, from the targets in order; those that are finished leave a gap", async () => {
  const session = sessionOf(3);
  await playScene({ ids: ["box@1"], session, load: sampleOf(...masks) });
  expect(lengths(session)).toEqual([3, 3, 1]);
  const clicks = sessionOf(3);
  await playScene({ ids: ["ritm-noc@1"], session: clicks, load: sampleOf(...masks) });
  let before = { clicks: 0, prompts: 0 };
  for (const prompts of clicks.calls) {
    const now = { clicks: prompts[0]!.clicks.length, prompts: prompts.length };
    if (now.clicks > 1) expect(now.prompts).toBeLessThanOrEqual(before.prompts);
    expect([1, before.clicks + 1]).toContain(now.clicks);
    before = now;
  }
});

test("rows do not depend on the batch size, nor on the other protocols of the run", async () => {
  const load = sampleOf(...masks);
  const one = await playScene({ ids: everyProtocol, session: sessionOf(1), load });
  for (const batch of [2, 5, 100]) {
    const many = await playScene({ ids: everyProtocol, session: sessionOf(batch), load });
    expect([many.rows, many.masks]).toEqual([one.rows, one.masks]);
  }
  for (const id of everyProtocol) {
    const alone = await playScene({ ids: [id], session: sessionOf(5), load });
    expect(alone.rows).toEqual(one.rows.filter(({ protocol }) => protocol === id));
  }
});

test("the calls for an image are the same whatever was played before on the session", async () => {
  const session = sessionOf(4);
  const ids = ["sam1-d1@1", "box-jitter@1"];
  await playScene({ ids, session, load: sampleOf(...masks) });
  const alone = session.calls.splice(0);
  await playScene({ ids, session, load: sampleOf(...masks.slice(2)), image: "another" });
  session.calls.splice(0);
  await playScene({ ids, session, load: sampleOf(...masks) });
  const plain = (calls: Prompt[][]) =>
    calls.map((prompts) => prompts.map(({ clicks, box }) => ({ clicks, box })));
  expect(plain(session.calls)).toEqual(plain(alone));
});

test("targets that are finished hold no logits while later batches are played", async () => {
  const handedOut: WeakRef<Float32Array>[] = [];
  const held: number[] = [];
  const session: ImageSession = {
    ...fakeSession({ answer, capabilities: { batch: 1 } }),
    mask: () => masks[0]!,
    // Nothing here keeps what is handed out.
    decode: async (_embedding, prompts) => {
      if (prompts[0]!.clicks.length === 1) {
        const alive = () => handedOut.filter((logits) => logits.deref() !== undefined).length;
        await collectUntil(() => alive() === 0);
        held.push(alive());
      }
      return prompts.map(() => {
        const data = new Float32Array(1000);
        handedOut.push(new WeakRef(data));
        return {
          status: "ok",
          candidates: [{ predictedIou: 0.5, lowResolution: { width: 10, height: 100, data } }],
        } as const;
      });
    },
  };
  const targets = [0, 1, 2].map(() => () => ({
    context: contextOf({ status: "ok", id: "t", mask: masks[0]! }),
    scorer: () => ({}),
  }));
  const embedding = await session.encode({ width: 30, height: 20, data: new Uint8Array(1800) });
  const watch = new Stopwatch(() => 0);
  const table = { session, embedding, watch, masks: false };
  const outcomes = await playProtocol(protocols["sam1-d1@1"]!, targets, table);
  // When a batch begins, nothing of the one before is left.
  expect([held, handedOut.length]).toEqual([[0, 0, 0], 27]);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ row: { steps: { length: 9 } } });
});

test("each image is encoded once for all its protocols, and its embedding released once", async () => {
  const session = sessionOf(4);
  await playScene({ ids: everyProtocol, session, load: sampleOf(...masks) });
  expect([session.encoded.length, session.released.length]).toEqual([1, 1]);
});

test("rows come by protocol, then by target, and timings count targets and prompts", async () => {
  const session = sessionOf(4);
  const { rows, timing } = await playScene({ ids: everyProtocol, session, load: sampleOf(...masks) });
  expect(rows.map(({ protocol, target }) => `${protocol} ${target}`)).toEqual(
    everyProtocol.flatMap((id) => masks.map((_, i) => `${id} ${i + 1}`)),
  );
  expect(timing).toMatchObject({ targets: masks.length, prompts: session.calls.flat().length });
});
