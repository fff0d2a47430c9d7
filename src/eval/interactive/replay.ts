import { complain } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { type RecordedStep, type RecordedTarget, replayId } from "../../core/recorded.ts";
import type { RowBox, SentPrompt } from "../../core/rows.ts";
import type { Box, MaskPrompt } from "../../core/types.ts";
import { maskOfRle } from "../../masks/rle.ts";
import type { NextStep, Protocol, Step, TargetContext } from "./protocol.ts";

/** The recorded prompts of a target; undefined if there are none. */
export type FindRecorded = (
  key: Pick<RecordedTarget, "benchmark" | "protocol" | "sample" | "target">,
) => RecordedTarget | undefined;

/**
 * A protocol that sends recorded prompts: every model gets the same ones, whatever its masks. Only logits
 * that are fed back are the model's own. It has as many steps as were recorded. The clicks correct another
 * model's masks, so that the protocol's own rule of clicks does not apply.
 */
export function replayOf({ check: _, ...origin }: Protocol, find: FindRecorded): Protocol {
  return {
    ...origin,
    id: replayId(origin.id),
    summary: `recorded prompts of: ${origin.summary}`,
    next(context, done, last) {
      const step = recordedTarget(origin.id, find, context).steps[done];
      return step === undefined ? undefined : nextOf(step, last, context.target.id);
    },
  };
}

/** The record of a target under a protocol. Rejects a target without one, or recorded on an image of a different size. */
export function recordedTarget(
  protocol: string,
  find: FindRecorded,
  { benchmark, sample, target, size }: TargetContext,
): RecordedTarget {
  const where = `target ${target.id}`;
  const found = find({ benchmark, protocol, sample, target: target.id });
  if (found === undefined) throw complain(where, "no prompts were recorded for it");
  if (found.size.width === size.width && found.size.height === size.height) return found;
  throw complain(where, "its prompts were recorded on an image of a different size", {
    expected: `${found.size.width}x${found.size.height}`,
    got: `${size.width}x${size.height}`,
  });
}

/** A recorded step as it is sent again; `last`: the step before, whose logits may be fed back; `id`: of the target, for messages. */
export function nextOf({ at, sent }: RecordedStep, last: Step | undefined, id: string): NextStep {
  const { clicks, box, mask, multimask } = sent;
  const prompt = given({
    clicks: clicks.map(([x, y, label]) => ({ x, y, label })),
    box: box && boxOf(box),
    mask: mask && maskPrompt(mask, last, id),
    multimask,
  });
  return given({ prompt, draw: at.draw });
}

function maskPrompt(sent: NonNullable<SentPrompt["mask"]>, last: Step | undefined, id: string): MaskPrompt {
  const where = `target ${id}`;
  if (sent === "previous") {
    if (last !== undefined) return { kind: "logits", logits: last.candidate.lowResolution };
    throw complain(where, "the first recorded step feeds logits back, of which step?");
  }
  return { kind: "shape", shape: maskOfRle(sent.rle, where), magnitude: sent.magnitude };
}

function boxOf([x0, y0, x1, y1]: RowBox): Box {
  return { x0, y0, x1, y1 };
}
