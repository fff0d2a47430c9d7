// Recorded prompts: what a row lists is all that was sent, and a replay sends it again.
import { describe, expect, test } from "vitest";
import { checkSchema } from "../../src/config/schema.ts";
import type { RowPrompt } from "../../src/core/rows.ts";
import type { Ask, Logits } from "../../src/core/types.ts";
import {
  isRecorded,
  protocols,
  recordedRounds,
  replayOf,
} from "../../src/eval/interactive/protocols/index.ts";
import { newPrompts } from "../../src/eval/interactive/rows.ts";
import { createMask } from "../../src/masks/bit-mask.ts";
import { not } from "../../src/masks/boolean.ts";
import { playAlone } from "../contracts/prompt.ts";
import { shape } from "../masks/cases.ts";
import { contextOf } from "./cases.ts";

const mask = shape(1, 40, 30, 7);
const context = contextOf({ status: "ok", id: "t", mask });
const key = { benchmark: "bench", image: "image", target: "t", size: context.size };

/** Logits of round n hold n: which ones were fed back can be seen. */
const told = ({ prompt, clicks, draw, oracle }: Ask) => {
  const logits: Logits | undefined = prompt.mask?.kind === "logits" ? prompt.mask.logits : undefined;
  return {
    clicks: prompt.clicks,
    box: prompt.box,
    multimask: prompt.multimask,
    count: clicks,
    draw,
    oracle,
    fed: logits?.data[0],
  };
};

describe("every protocol whose prompts rows hold", () => {
  const recordable = Object.values(protocols).filter(isRecorded);
  expect(Object.keys(protocols).length - recordable.length).toBe(1); // mask@1 sends shapes

  test.each(recordable.map((protocol) => [protocol.id, protocol] as const))("%s", (id, protocol) => {
    const answer = (n: number) => (n % 2 === 0 ? createMask(40, 30) : not(mask));
    const { asks } = playAlone(protocol, context, answer);
    const prompts: RowPrompt[] = asks.flatMap(({ prompt }, n) => newPrompts(prompt, asks[n - 1]?.prompt));
    const rounds = asks.map(({ clicks, draw }) => ({
      ...{ clicks, selected: 0, predicted: [0], candidates: [0], dice: 0, boundary: 0 },
      ...(draw === undefined ? {} : { draw }),
    }));
    const recorded = {
      ...key,
      protocol: id,
      rounds: recordedRounds({ target: "t", prompts, rounds }, protocol),
    };
    expect(checkSchema("prompts", JSON.parse(JSON.stringify(recorded)))).toEqual([]);

    const replay = replayOf(protocol, (one) =>
      one.protocol === id && one.target === "t" ? recorded : undefined,
    );
    expect(replay.id).toBe(`replay:${id}`);
    // Another model: it answers everything with the whole picture.
    const again = playAlone(replay, context, () => not(createMask(40, 30))).asks;
    expect(again.map(told)).toEqual(asks.map(told));
    expect(again.flatMap(({ prompt }, n) => newPrompts(prompt, again[n - 1]?.prompt))).toEqual(prompts);
  });
});

test("a target without a record, an image of another size, a row that does not list its clicks", () => {
  const origin = protocols["box@1"]!;
  expect(() => replayOf(origin, () => undefined).next(context, 0, undefined)).toThrow(
    "target t: no prompts were recorded for it",
  );
  const other = {
    ...key,
    protocol: "box@1",
    size: { width: 3, height: 4 },
    rounds: [{ clicks: [], multimask: false }],
  };
  expect(() => replayOf(origin, () => other).next(context, 0, undefined)).toThrow(
    "target t: its prompts were recorded on an image of another size; expected 3x4, got 40x30",
  );
  const round = { clicks: 2, selected: 0, predicted: [0], candidates: [0], dice: 0, boundary: 0 };
  const prompts: RowPrompt[] = [{ x: 1, y: 1, label: 1 }];
  expect(() => recordedRounds({ target: "t", prompts, rounds: [round] }, origin)).toThrow(
    "target t, round 0: the row does not list its prompts; expected 2 clicks, got 1",
  );
});
