import type { Context } from "./context.ts";
import { chosenCards, dataFolder } from "./data-folder.ts";
import { openTimed } from "./estimate.ts";
import { judge, judgeMiniature } from "./judge.ts";
import type { Verdict } from "./verdict.ts";

export interface ValidateOptions {
  /** Folder of the benchmarks' data. */
  readonly data?: string | undefined;
  /** Decode every image and mask, not a few. */
  readonly full?: boolean | undefined;
  /** A model to time a few targets with. */
  readonly model?: string | undefined;
  /** The bundled miniatures against the exact counts of their cards. */
  readonly samples?: boolean | undefined;
}

/** Cards (all of them where none is named) against what is on disk; each verdict is also an event as soon as it is known. */
export async function validate(
  names: readonly string[],
  { data: given, full = false, model, samples = false }: ValidateOptions,
  context: Context,
): Promise<readonly Verdict[]> {
  const data = dataFolder(given, context);
  const cards = await chosenCards("validate", names, context);
  const timing = model === undefined ? undefined : await openTimed(model, context);
  const verdicts: Verdict[] = [];
  try {
    for (const card of cards) {
      if (context.signal.aborted) break;
      const verdict = samples
        ? await judgeMiniature(card, context)
        : await judge(card, { data, given, full, timing }, context);
      if (verdict === undefined) continue;
      verdicts.push(verdict);
      context.onEvent({ type: "verdict", verdict, timing });
    }
  } finally {
    await timing?.session.close();
  }
  return verdicts;
}

/** Something is there and is wrong; what is absent is not an error. */
export const isWrong = ({ status }: Verdict): boolean => status === "wrong" || status === "invalid";
