import { complain } from "../../core/errors.ts";
import type { RecordedRound, RecordedTarget } from "../../core/recorded.ts";
import { replayId } from "../../core/replay.ts";
import type { Ask, Box, Protocol, Round, TargetContext } from "../../core/types.ts";

/** The recorded prompts of a target; undefined where there are none. */
export type FindRecorded = (
  key: Pick<RecordedTarget, "benchmark" | "protocol" | "image" | "target">,
) => RecordedTarget | undefined;

/**
 * The recorded trajectory in place of the protocol's own: every model gets the same prompts, whatever it answers. Only
 * logits that are fed back are the model's own. As many rounds are played as were recorded.
 */
export function replayOf(origin: Protocol, find: FindRecorded): Protocol {
  return {
    ...origin,
    id: replayId(origin.id),
    summary: `recorded prompts of: ${origin.summary}`,
    recorded: true,
    next(context, done, last) {
      const round = targetOf(context).rounds[done];
      return round === undefined ? undefined : askOf(round, last, context.target.id);
    },
  };

  function targetOf({ benchmark, image, target, size }: TargetContext): RecordedTarget {
    const where = `target ${target.id}`;
    const found = find({ benchmark, protocol: origin.id, image, target: target.id });
    if (found === undefined) throw complain({ where, what: "no prompts were recorded for it" });
    if (found.size.width === size.width && found.size.height === size.height) return found;
    throw complain({
      where,
      what: "its prompts were recorded on an image of another size",
      expected: `${found.size.width}x${found.size.height}`,
      got: `${size.width}x${size.height}`,
    });
  }
}

function askOf(
  { clicks, box, mask, multimask, draw }: RecordedRound,
  last: Round | undefined,
  id: string,
): Ask {
  if (mask === "previous" && last === undefined)
    throw complain({
      where: `target ${id}`,
      what: "the first recorded round feeds logits back, of which round?",
    });
  const sent = box === undefined ? undefined : sameBox(box, last?.prompt.box);
  return {
    prompt: {
      clicks,
      ...(sent === undefined ? {} : { box: sent }),
      ...(mask === "previous" && last !== undefined
        ? { mask: { kind: "logits", logits: last.candidate.lowResolution } }
        : {}),
      multimask,
    },
    clicks: clicks.length,
    ...(draw === undefined ? {} : { draw }),
    oracle: multimask && clicks.length === 1 && box === undefined && mask === undefined,
  };
}

/** A box that is kept stays the same object, so that a row lists it once. */
function sameBox([x0, y0, x1, y1]: readonly [number, number, number, number], before: Box | undefined): Box {
  const kept = before?.x0 === x0 && before.y0 === y0 && before.x1 === x1 && before.y1 === y1;
  return kept ? before : { x0, y0, x1, y1 };
}
