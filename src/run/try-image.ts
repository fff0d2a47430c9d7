import type { ModelSession } from "../core/types.ts";
import {
  type EvaluationSettings,
  evaluateImage,
  failedImage,
  type UnitJob,
  type UnitResult,
} from "../eval/index.ts";
import type { Attempts } from "./supervised.ts";

/**
 * Evaluates an image, unless that is known to crash the process: then its targets fail. Where reading it for their names
 * crashed too, one row speaks for all of them. Which signal it was is nothing for a row: broken memory ends as chance has it.
 */
export async function tryImage(
  job: UnitJob,
  session: ModelSession,
  settings: EvaluationSettings,
  { crashes, started }: Attempts,
): Promise<UnitResult> {
  await started(job.unit);
  const times = crashes.get(job.unit.index) ?? 0;
  if (times === 0) return evaluateImage(job, session, settings);
  return times === 1
    ? failedImage(job, settings, { reason: "the runtime crashed on this image", read: true })
    : failedImage(job, settings, { reason: "the process crashed when this image was read", read: false });
}
