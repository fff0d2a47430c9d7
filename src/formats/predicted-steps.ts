// What both kinds of prediction files share: masks by image and target, and masks of one step put together.
import type { PredictedMask, PredictedStep, StepName } from "../core/predictions.ts";

/** Collects what was predicted, in the order it is added. */
export function predictedImages<T extends StepName>() {
  const images = new Map<string, Map<string, T[]>>();
  const steps = new Map<string, StepName>();
  return {
    add(image: string, target: string, mask: T): void {
      const targets = images.get(image) ?? new Map<string, T[]>();
      images.set(image, targets);
      const masks = targets.get(target);
      if (masks === undefined) targets.set(target, [mask]);
      else masks.push(mask);
      steps.set(stepKey(mask), stepName(mask));
    },
    of: (image: string): ReadonlyMap<string, readonly T[]> => images.get(image) ?? new Map<string, T[]>(),
    names: () => [...images.keys()],
    steps: () => [...steps.values()].sort(byStep),
    all: () => [...images.values()].flatMap((targets) => [...targets.values()].flat()),
  };
}

/** The masks of one target as steps: fewer clicks first, then the number of the draw. */
export function groupSteps(masks: readonly (PredictedMask & StepName)[]): PredictedStep[] {
  const steps = new Map<string, PredictedStep & { candidates: PredictedMask[] }>();
  for (const mask of masks) {
    const key = stepKey(mask);
    const step = steps.get(key) ?? { ...stepName(mask), candidates: [] };
    steps.set(key, step);
    step.candidates.push(mask);
  }
  return [...steps.values()].sort(byStep);
}

function stepKey({ clicks, draw }: StepName): string {
  return `${clicks ?? "-"} ${draw ?? "-"}`;
}

function stepName({ clicks, draw }: StepName): StepName {
  return { ...(clicks === undefined ? {} : { clicks }), ...(draw === undefined ? {} : { draw }) };
}

function byStep(a: StepName, b: StepName): number {
  return (a.clicks ?? -1) - (b.clicks ?? -1) || (a.draw ?? -1) - (b.draw ?? -1);
}
