// What every prompt protocol must keep to, whatever the model answers. Run on each member of the registry.
import { describe, expect, test } from "vitest";
import type { Ask, BitMask, Logits, Protocol, Round, TargetContext } from "../../src/core/types.ts";
import { createMask } from "../../src/masks/bit-mask.ts";
import { not } from "../../src/masks/boolean.ts";
import { iou } from "../../src/masks/iou.ts";
import { contextOf } from "../prompts/cases.ts";

/** More rounds than any protocol has. */
const MANY = 40;

export interface Played {
  readonly asks: readonly Ask[];
  readonly rounds: readonly Round[];
}

/** Plays a protocol with a model that answers round n with `answer(n)` and logits that hold n. */
export function playAlone(
  protocol: Protocol,
  context: TargetContext,
  answer: (n: number) => BitMask,
): Played {
  const asks: Ask[] = [];
  const rounds: Round[] = [];
  while (asks.length <= MANY) {
    const ask = protocol.next(context, asks.length, rounds.at(-1));
    if (ask === undefined) return { asks, rounds };
    const mask = answer(asks.length);
    const lowResolution: Logits = { width: 1, height: 1, data: Float32Array.of(asks.length) };
    asks.push(ask);
    rounds.push({
      prompt: ask.prompt,
      candidate: { predictedIou: 0.5, lowResolution },
      mask,
      iou: iou(mask, context.target.mask, context.target.ignore),
    });
  }
  throw new Error(`${protocol.id} asks for more than ${MANY} rounds`);
}

export function promptContract(protocol: Protocol, masks: Readonly<Record<string, BitMask>>): void {
  describe(protocol.id, () => {
    const answers: Readonly<Record<string, (context: TargetContext) => (n: number) => BitMask>> = {
      nothing:
        ({ size }) =>
        () =>
          createMask(size.width, size.height),
      everything:
        ({ size }) =>
        () =>
          not(createMask(size.width, size.height)),
      "the target":
        ({ target }) =>
        () =>
          target.mask,
      "now this, now that":
        ({ size, target }) =>
        (n) =>
          n % 2 === 0 ? createMask(size.width, size.height) : not(target.mask),
    };
    for (const [shape, mask] of Object.entries(masks))
      for (const [kind, answerFor] of Object.entries(answers))
        test(`${shape}, the model answers ${kind}`, () => {
          const context = contextOf({ status: "ok", id: "t", mask });
          const words = mask.words.slice();
          const played = playAlone(protocol, context, answerFor(context));
          expect(mask.words).toEqual(words);
          expect(playAlone(protocol, context, answerFor(context))).toEqual(played);
          expect(played.asks.length).toBeGreaterThan(0);
          played.asks.forEach((ask, n) => {
            keepsToTheRules(protocol, context, ask, n);
            if (protocol.dialogue && n > 0) continues(played.asks[n - 1]!, ask);
          });
        });

    test("has a version, a summary, and reports rounds that it plays", () => {
      expect(protocol.id).toMatch(/^[a-z0-9+-]+@\d+$/);
      expect(protocol.summary).not.toBe("");
      const [mask] = Object.values(masks);
      const context = contextOf({ status: "ok", id: "t", mask: mask! });
      const { asks } = playAlone(protocol, context, () => createMask(mask!.width, mask!.height));
      const played = new Set(asks.map(({ clicks }) => clicks));
      for (const clicks of protocol.reported) expect(played).toContain(clicks);
      expect(asks.some(({ oracle }) => oracle)).toBe(protocol.singleClickStart);
    });
  });
}

function keepsToTheRules(
  { needs, singleClickStart, multimask, feedback, dialogue }: Protocol,
  context: TargetContext,
  ask: Ask,
  n: number,
) {
  const { prompt, clicks, oracle } = ask;
  const { width, height } = context.size;
  expect(clicks).toBe(prompt.clicks.length);
  for (const { x, y, label } of prompt.clicks) {
    expect([Number.isInteger(x), Number.isInteger(y), label === 0 || label === 1]).toEqual([
      true,
      true,
      true,
    ]);
    expect(x >= 0 && y >= 0 && x < width && y < height).toBe(true);
  }
  const { box, mask } = prompt;
  if (box !== undefined) {
    expect(0 <= box.x0 && box.x0 <= box.x1 && box.x1 <= width - 1).toBe(true);
    expect(0 <= box.y0 && box.y0 <= box.y1 && box.y1 <= height - 1).toBe(true);
  }
  // One click alone is ambiguous, and nothing else: there the oracle is, where several masks are asked for.
  const ambiguous = clicks === 1 && box === undefined && mask === undefined && prompt.clicks[0]!.label === 1;
  expect(prompt.multimask).toBe(multimask === "always" || (multimask === "one-click" && ambiguous));
  expect(oracle).toBe(ambiguous && multimask !== "never");
  expect(oracle).toBe(singleClickStart && n === 0);
  expect(mask?.kind === "logits").toBe(feedback && n > 0);
  expect(feedback && !dialogue).toBe(false);
  expect(box !== undefined).toBe(needs.box === true);
  if (mask !== undefined) expect(needs.maskInput).toBe(true);
}

/** All that was sent before is sent again, with one click more. */
function continues(before: Ask, ask: Ask) {
  expect(ask.prompt.clicks.slice(0, -1)).toEqual(before.prompt.clicks);
  expect(ask.prompt.box).toEqual(before.prompt.box);
}
