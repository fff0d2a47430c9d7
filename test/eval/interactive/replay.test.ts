// Recorded prompts: what a row says is all that was sent, and a replay sends it again.
import { describe, expect, test } from "vitest";
import { checkSchema } from "../../../src/config/yaml/schema.ts";
import type { RecordedTarget } from "../../../src/core/recorded.ts";
import type { Logits } from "../../../src/core/types.ts";
import type { NextStep } from "../../../src/eval/index.ts";
import { protocols } from "../../../src/eval/interactive/protocols/index.ts";
import { replayOf } from "../../../src/eval/interactive/replay.ts";
import { hasOracle, sentPrompt, stepAt } from "../../../src/eval/interactive/step.ts";
import { createMask, not } from "../../../src/masks/bit-mask.ts";
import { playAlone } from "../../contracts/protocol.ts";
import { shape } from "../../masks/cases.ts";
import { contextOf } from "./cases.ts";

const mask = shape(1, 40, 30, 7);
const context = contextOf({ status: "ok", id: "t", mask });
const key = { benchmark: "bench", sample: "image", target: "t", size: context.size };

/** Logits of step n hold n: which ones were fed back can be seen. */
const plain = ({ prompt, draw }: NextStep) => {
  const logits: Logits | undefined = prompt.mask?.kind === "logits" ? prompt.mask.logits : undefined;
  return {
    clicks: prompt.clicks,
    box: prompt.box,
    shape: prompt.mask?.kind === "shape" ? prompt.mask : undefined,
    multimask: prompt.multimask,
    draw,
    oracle: hasOracle(prompt),
    fed: logits?.data[0],
  };
};

describe("every protocol", () => {
  test.each(Object.values(protocols).map((protocol) => [protocol.id, protocol] as const))(
    "%s",
    (id, protocol) => {
      const answer = (n: number) => (n % 2 === 0 ? createMask(40, 30) : not(mask));
      const { nexts, steps } = playAlone(protocol, context, answer);
      const recorded: RecordedTarget = {
        ...key,
        protocol: id,
        steps: nexts.map((next, n) => ({ at: stepAt(next), sent: sentPrompt(next.prompt, steps[n - 1]) })),
      };
      expect(checkSchema("prompts", JSON.parse(JSON.stringify(recorded)))).toEqual([]);

      const replay = replayOf(protocol, (one) =>
        one.protocol === id && one.target === "t" ? recorded : undefined,
      );
      expect(replay.id).toBe(`replay:${id}`);
      // Another model: it answers everything with the whole picture.
      const again = playAlone(replay, context, () => not(createMask(40, 30)));
      expect(again.nexts.map(plain)).toEqual(nexts.map(plain));
      expect(
        again.nexts.map((next, n) => ({
          at: stepAt(next),
          sent: sentPrompt(next.prompt, again.steps[n - 1]),
        })),
      ).toEqual(recorded.steps);
    },
  );
});

test("a target without a record, an image of another size, logits fed back before there are any", () => {
  const origin = protocols["box@1"]!;
  expect(() => replayOf(origin, () => undefined).next(context, 0, undefined)).toThrow(
    "target t: no prompts were recorded for it",
  );
  const at = { clicks: 0 };
  const other: RecordedTarget = {
    ...key,
    protocol: "box@1",
    size: { width: 3, height: 4 },
    steps: [{ at, sent: { clicks: [], multimask: false } }],
  };
  expect(() => replayOf(origin, () => other).next(context, 0, undefined)).toThrow(
    "target t: its prompts were recorded on an image of a different size; expected 3x4, got 40x30",
  );
  const first: RecordedTarget = {
    ...{ ...other, size: context.size },
    steps: [{ at, sent: { clicks: [], mask: "previous", multimask: false } }],
  };
  expect(() => replayOf(origin, () => first).next(context, 0, undefined)).toThrow(
    "target t: the first recorded step feeds logits back, of which step?",
  );
});
