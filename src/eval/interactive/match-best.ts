// Detections and targets: which mask a target gets where nobody says it.
import { matchDefaults } from "../../core/defaults.ts";
import { reasonOf } from "../../core/errors.ts";
import type { Detection, Detections, PredictedStep, PredictedTargets } from "../../core/predictions.ts";
import type { BitMask, Size, Target } from "../../core/types.ts";
import { createMask } from "../../masks/bit-mask.ts";
import { iou } from "../../masks/iou.ts";
import { readMask } from "./score-image.ts";

/**
 * Each target takes the best-scored detection (ties: the first in the file) of its category that has IoU >= 0.5 with it; where
 * either states no category, of any. Targets are matched one by one: two that overlap so much may take the same
 * detection. A target that finds none gets an empty mask, which scores 0.
 */
export function matchBest({ name, files, images, read }: Detections): PredictedTargets {
  return {
    ...{ name, files, images, scored: true, steps: [{ clicks: 0 }] },
    async of(image, targets, size) {
      const steps = new Map<string, readonly PredictedStep[]>();
      const problems: string[] = [];
      const open = new Map<string, Target>();
      // Their masks are made once here, where each reading would make them anew.
      for (const target of targets) if (target.status === "ok") open.set(target.id, { ...target });
      const ordered = [...(await read(image))].sort((a, b) => b.score - a.score);
      for (const detection of ordered) {
        try {
          const mask = await readMask(detection, size, detection.name);
          for (const target of open.values()) {
            if (!fits(detection, mask, target)) continue;
            steps.set(target.id, [stepOf(detection, mask)]);
            open.delete(target.id);
          }
        } catch (error) {
          problems.push(reasonOf(error));
        }
      }
      for (const id of open.keys()) steps.set(id, [unmatched(name, size)]);
      return { steps, unknown: [], problems };
    },
  };
}

function fits({ category }: Detection, mask: BitMask, target: Target): boolean {
  const other = category !== undefined && target.category !== undefined && category !== target.category;
  return !other && iou(mask, target.mask, target.ignore) >= matchDefaults.iou;
}

function stepOf({ index, name, score }: Detection, mask: BitMask): PredictedStep {
  return {
    ...{ clicks: 0, candidates: [{ name, score, read: async () => mask }] },
    facts: { detection: index },
  };
}

function unmatched(name: string, { width, height }: Size): PredictedStep {
  return { clicks: 0, candidates: [{ name, score: 0, read: async () => createMask(width, height) }] };
}
