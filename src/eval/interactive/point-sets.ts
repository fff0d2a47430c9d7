import { sam1Defaults } from "../../core/defaults.ts";
import type { Ask, Click, TargetContext } from "../../core/types.ts";

/**
 * Rounds that are not a dialogue: k positive points at once for k = 1, 2, 3, 5, 9, nothing fed back. `choose` returns
 * the first k of one list, so that the sets are nested.
 */
export function pointSets(choose: (context: TargetContext, size: number) => readonly Click[]) {
  return (context: TargetContext, done: number): Ask | undefined => {
    const size = sam1Defaults.reported[done];
    if (size === undefined) return undefined;
    const single = size === 1;
    return {
      prompt: { clicks: choose(context, size), multimask: single },
      clicks: size,
      oracle: single,
    };
  };
}
