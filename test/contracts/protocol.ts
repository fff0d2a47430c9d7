// What every prompt protocol must keep to, whatever the model answers. Run on each member of the registry.
import { describe, expect, test } from "vitest";
import type { BitMask, Logits } from "../../src/core/types.ts";
import type { NextStep, Protocol, Step, TargetContext } from "../../src/eval/index.ts";
import { hasOracle } from "../../src/eval/interactive/step.ts";
import { createMask, not } from "../../src/masks/bit-mask.ts";
import { iou } from "../../src/masks/iou.ts";
import { metrics } from "../../src/metrics/index.ts";
import { contextOf } from "../eval/interactive/cases.ts";

/** More steps than any protocol has. */
const MANY = 40;

export interface Played {
  readonly nexts: readonly NextStep[];
  readonly steps: readonly Step[];
}

/** What a protocol's prompts are like, as docs/protocol.md says. */
export interface Traits {
  /** Step 1 is a single click, or may be; its masks have an oracle where several are asked for. */
  readonly singleClickStart: boolean;
  /** Every new click answers the previous prediction. */
  readonly dialogue: boolean;
  /** When the ambiguity-aware masks are asked for. */
  readonly multimask: "one-click" | "always" | "never";
  /** Every step after the first sends the previous one's logits. */
  readonly feedback: boolean;
}

/** Plays a protocol with a model that answers step n with `answer(n)` and logits that hold n. */
export function playAlone(
  protocol: Protocol,
  context: TargetContext,
  answer: (n: number) => BitMask,
): Played {
  const nexts: NextStep[] = [];
  const steps: Step[] = [];
  while (nexts.length <= MANY) {
    const next = protocol.next(context, nexts.length, steps.at(-1));
    if (next === undefined) return { nexts, steps };
    protocol.check?.(context, next, steps.at(-1));
    const mask = answer(nexts.length);
    const lowResolution: Logits = { width: 1, height: 1, data: Float32Array.of(nexts.length) };
    nexts.push(next);
    steps.push({
      prompt: next.prompt,
      candidate: { predictedIou: 0.5, lowResolution },
      mask,
      iou: iou(mask, context.target.mask, context.target.ignore),
    });
  }
  throw new Error(`${protocol.id} has more than ${MANY} steps`);
}

export function protocolContract(
  protocol: Protocol,
  traits: Traits,
  masks: Readonly<Record<string, BitMask>>,
): void {
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
          expect(played.nexts.length).toBeGreaterThan(0);
          played.nexts.forEach((next, n) => {
            keepsToTheRules(protocol, traits, context, next, n);
            if (traits.dialogue && n > 0) continues(played.nexts[n - 1]!, next);
          });
        });

    test("has a version, a summary, and reports steps that it plays", () => {
      expect(protocol.id).toMatch(/^[a-z0-9+-]+@\d+$/);
      expect(protocol.summary).not.toBe("");
      const [mask] = Object.values(masks);
      const context = contextOf({ status: "ok", id: "t", mask: mask! });
      const { nexts } = playAlone(protocol, context, () => createMask(mask!.width, mask!.height));
      const played = new Set(nexts.map(({ prompt }) => prompt.clicks.length));
      for (const clicks of protocol.reported) expect(played).toContain(clicks);
      expect(nexts.some(({ prompt }) => hasOracle(prompt))).toBe(traits.singleClickStart);
    });

    test("measures every reported step, each measure under a name of its own", () => {
      const measures = protocol.measures(Object.values(metrics));
      const ids = measures.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const steps = measures.filter(({ name }) => name === "iou").map(({ step }) => step?.clicks);
      expect(steps).toEqual(protocol.reported);
      expect(measures[0]).toMatchObject({ name: "iou", show: "main", broken: true });
    });
  });
}

function keepsToTheRules(
  { needs }: Protocol,
  { singleClickStart, multimask, feedback, dialogue }: Traits,
  context: TargetContext,
  { prompt }: NextStep,
  n: number,
) {
  const { width, height } = context.size;
  for (const { x, y, label } of prompt.clicks) {
    expect([Number.isInteger(x), Number.isInteger(y), label === 0 || label === 1]).toEqual([
      true,
      true,
      true,
    ]);
    expect(x >= 0 && y >= 0 && x < width && y < height).toBe(true);
  }
  const { box, mask, clicks } = prompt;
  if (box !== undefined) {
    expect(0 <= box.x0 && box.x0 <= box.x1 && box.x1 <= width - 1).toBe(true);
    expect(0 <= box.y0 && box.y0 <= box.y1 && box.y1 <= height - 1).toBe(true);
  }
  // One click alone is ambiguous, and nothing else: there the oracle is, where several masks are asked for.
  const ambiguous = clicks.length === 1 && box === undefined && mask === undefined && clicks[0]!.label === 1;
  const oracle = hasOracle(prompt);
  expect(prompt.multimask).toBe(multimask === "always" || (multimask === "one-click" && ambiguous));
  expect(oracle).toBe(ambiguous && multimask !== "never");
  expect(oracle).toBe(singleClickStart && n === 0);
  expect(mask?.kind === "logits").toBe(feedback && n > 0);
  expect(feedback && !dialogue).toBe(false);
  expect(box !== undefined).toBe(needs.box === true);
  if (mask !== undefined) expect(needs.maskInput).toBe(true);
}

/** All that was sent before is sent again, with one click more. */
function continues(before: NextStep, next: NextStep) {
  expect(next.prompt.clicks.slice(0, -1)).toEqual(before.prompt.clicks);
  expect(next.prompt.box).toEqual(before.prompt.box);
}
