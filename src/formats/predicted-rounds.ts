// What both kinds of prediction files share: masks by image and target, and masks of one round put together.
import type { PredictedMask, PredictedRound, RoundName } from "../core/predictions.ts";

/** Collects what was predicted, in the order it is added. */
export function predictedImages<T extends RoundName>() {
  const images = new Map<string, Map<string, T[]>>();
  const rounds = new Map<string, RoundName>();
  return {
    add(image: string, target: string, mask: T): void {
      const targets = images.get(image) ?? new Map<string, T[]>();
      images.set(image, targets);
      const masks = targets.get(target);
      if (masks === undefined) targets.set(target, [mask]);
      else masks.push(mask);
      rounds.set(roundKey(mask), roundName(mask));
    },
    of: (image: string): ReadonlyMap<string, readonly T[]> => images.get(image) ?? new Map<string, T[]>(),
    names: () => [...images.keys()],
    rounds: () => [...rounds.values()].sort(byRound),
    all: () => [...images.values()].flatMap((targets) => [...targets.values()].flat()),
  };
}

/** The masks of one target as rounds: fewer clicks first, then the number of the draw. */
export function groupRounds(masks: readonly (PredictedMask & RoundName)[]): PredictedRound[] {
  const rounds = new Map<string, PredictedRound & { candidates: PredictedMask[] }>();
  for (const mask of masks) {
    const key = roundKey(mask);
    const round = rounds.get(key) ?? { ...roundName(mask), candidates: [] };
    rounds.set(key, round);
    round.candidates.push(mask);
  }
  return [...rounds.values()].sort(byRound);
}

export function roundKey({ clicks, draw }: RoundName): string {
  return `${clicks ?? "-"} ${draw ?? "-"}`;
}

function roundName({ clicks, draw }: RoundName): RoundName {
  return { ...(clicks === undefined ? {} : { clicks }), ...(draw === undefined ? {} : { draw }) };
}

function byRound(a: RoundName, b: RoundName): number {
  return (a.clicks ?? -1) - (b.clicks ?? -1) || (a.draw ?? -1) - (b.draw ?? -1);
}
