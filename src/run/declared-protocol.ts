import {
  declarableProtocols,
  type FindRecorded,
  knownFacts,
  nearest,
  oneOf,
  registries,
  replayOf,
} from "../config/index.ts";
import { complain } from "../core/errors.ts";
import { originOf } from "../core/replay.ts";
import type { RowPrompt } from "../core/rows.ts";
import type { Protocol, Round, TargetContext } from "../core/types.ts";
import { type DeclaredProtocol, newPrompts } from "../eval/index.ts";
import { countsClicks } from "../stats/clicks-to-quality.ts";

export type Declared = DeclaredProtocol;

/** Masks made by recorded prompts: rows list what was recorded. */
export function replayedProtocol(id: string, find: FindRecorded): Declared {
  const origin = registries.protocols[id];
  if (origin === undefined) return declaredProtocol(id);
  const replay = replayOf(origin, find);
  return { ...declaredProtocol(replay.id), promptsOf: (context) => fixedPrompts(replay, context) };
}

/** What masks made elsewhere are said to follow; without an id nothing is declared. */
export function declaredProtocol(id: string = declarableProtocols()[0]!): Declared {
  const facts = knownFacts(originOf(id));
  if (facts === undefined) {
    const known = declarableProtocols();
    const near = nearest(id, known).nearest;
    throw complain({
      where: "--protocol",
      what: "unknown protocol",
      expected: oneOf(known),
      got: `${JSON.stringify(id)}${near === undefined ? "" : ` (did you mean ${JSON.stringify(near)}?)`}`,
    });
  }
  const protocol = registries.protocols[id];
  return {
    id,
    firstClicks: facts.reported[0] ?? 0,
    mayEndEarly: countsClicks(id),
    promptsOf: (context) =>
      protocol === undefined || protocol.dialogue ? [] : fixedPrompts(protocol, context),
  };
}

/** Prompts that depend on no answer are known; those of a dialogue answered masks that were never seen here. */
function fixedPrompts(protocol: Protocol, context: TargetContext): RowPrompt[] {
  const prompts: RowPrompt[] = [];
  let last: Round | undefined;
  for (let done = 0; ; done++) {
    const ask = protocol.next(context, done, last);
    if (ask === undefined) return prompts;
    prompts.push(...newPrompts(ask.prompt, last?.prompt));
    last = { prompt: ask.prompt, candidate: unseen, mask: context.target.mask, iou: 0 };
  }
}

/** Stands for answers that no fixed prompt looks at. */
const unseen = { predictedIou: 0, lowResolution: { width: 0, height: 0, data: new Float32Array() } };
