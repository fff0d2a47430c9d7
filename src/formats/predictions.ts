// Masks made elsewhere, from any supported file: looked up by image and target, and grouped by step.
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { complain } from "../core/errors.ts";
import { groupBy } from "../core/group-by.ts";
import type { PredictedMask, PredictedStep, Predictions, StepName } from "../core/predictions.ts";
import { readPredictedPngs } from "./predicted-pngs.ts";
import {
  type FoundMask,
  idFinder,
  imageFinderIn,
  type RecordChoice,
  readPredictedRecords,
} from "./predicted-records.ts";

/** Predictions with the models and protocols that their file names, if any. */
export type PredictionFile = Predictions & {
  readonly models?: readonly string[];
  readonly protocols?: readonly string[];
};

/**
 * Reads a folder of PNGs, a JSON array or JSON lines. Rejects anything else. `ids` are the benchmark's images: a name that
 * is one of them is meant as it stands, `a%201` too.
 */
export async function readPredictions(
  path: string,
  choice: RecordChoice,
  ids: readonly string[] = [],
): Promise<PredictionFile> {
  const find = imageFinderIn(ids);
  const name = basename(path);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw complain(path, "there are no predictions", { code: "not-found", got: "no such file" });
  const run = join(path, "masks.jsonl");
  const isRun = found.isDirectory() && (await stat(run).catch(() => undefined)) !== undefined;
  if (found.isDirectory() && !isRun) {
    const { masks, file, scored } = await readPredictedPngs(path, name, find);
    return predictionsOf(name, file, masks, scored);
  }
  if (isRun || /\.jsonl?$/i.test(path)) {
    const { masks, file, models, protocols } = await readPredictedRecords(isRun ? run : path, choice, find);
    const scored = masks.some(({ score }) => score !== undefined);
    return { ...predictionsOf(file.path, file, masks, scored), models, protocols };
  }
  const expected = "a folder of PNGs, a run folder, a .json or a .jsonl file";
  throw complain(path, "is not a supported kind of predictions", { expected, got: name });
}

function predictionsOf(
  name: string,
  file: Predictions["files"][number],
  masks: readonly FoundMask[],
  scored: boolean,
): Predictions {
  const byImage = groupBy(masks, ({ image }) => image);
  return {
    ...{ name, files: [file], scored, images: [...byImage.keys()] },
    steps: groupSteps(masks).map(stepName),
    of(image, targets) {
      const idOf = idFinder(targets);
      const byTarget = new Map<string, (PredictedMask & StepName)[]>();
      const unknown = new Set<string>();
      for (const mask of byImage.get(image) ?? []) {
        const own = mask.targets.at(-1)!;
        const target = mask.targets.map(idOf).find((id) => id !== undefined);
        if (target === undefined) unknown.add(own);
        else {
          // The id of the target itself ends like a step or a candidate: the name states no step.
          const { clicks, ...rest } = mask;
          const placed = mask.targets.slice(-2).some((name) => idOf(name) === target) ? mask : rest;
          byTarget.set(target, [...(byTarget.get(target) ?? []), placed]);
        }
      }
      const steps = new Map([...byTarget].map(([target, found]) => [target, groupSteps(found)]));
      return { steps, unknown: [...unknown] };
    },
  };
}

/** The masks of one target as steps, ordered by clicks, then by draw. */
function groupSteps(masks: readonly (PredictedMask & StepName)[]): PredictedStep[] {
  const steps = new Map<string, PredictedStep & { candidates: PredictedMask[] }>();
  for (const mask of masks) {
    const key = `${mask.clicks ?? "-"} ${mask.draw ?? "-"}`;
    const step = steps.get(key) ?? { ...stepName(mask), candidates: [] };
    steps.set(key, step);
    step.candidates.push(mask);
  }
  return [...steps.values()].sort(
    (a, b) => (a.clicks ?? -1) - (b.clicks ?? -1) || (a.draw ?? -1) - (b.draw ?? -1),
  );
}

function stepName({ clicks, draw }: StepName): StepName {
  return { ...(clicks === undefined ? {} : { clicks }), ...(draw === undefined ? {} : { draw }) };
}
