import type { ImageSession } from "../core/types.ts";
import { evaluateSample } from "./evaluate-sample.ts";
import { interactive } from "./interactive/index.ts";
import type { Protocol } from "./interactive/protocol.ts";
import type { EvaluationSettings, Task, TaskProtocol, UnitJob, UnitResult } from "./task.ts";

/** Name -> task. */
export const tasks: Readonly<Record<string, Task>> = { interactive };

/** Interactive protocols of one model on one image. */
export function evaluateImage(
  job: UnitJob,
  session: ImageSession,
  settings: EvaluationSettings<Protocol>,
): Promise<UnitResult> {
  return evaluateSample(interactive, job, session, settings);
}

/** A protocol of the interactive task: one that says what to send next. */
export function isInteractive(protocol: TaskProtocol): protocol is Protocol {
  return "next" in protocol;
}

export { evaluateSample, failSample } from "./evaluate-sample.ts";
export { inOrder } from "./in-order.ts";
export { estimateMeasures } from "./interactive/calibration.ts";
export { renamedMeasures } from "./interactive/measures.ts";
export type { NextStep, Protocol, Step, TargetContext } from "./interactive/protocol.ts";
export { external } from "./interactive/protocols/external.ts";
export { type FindRecorded, recordedTarget, replayOf } from "./interactive/replay.ts";
export {
  type DeclaredProtocol,
  fixedSteps,
  type ScoredImage,
  type ScoringSettings,
  scoreImage,
} from "./interactive/score-image.ts";
export { choose, hasOracle } from "./interactive/step.ts";
export { readAhead } from "./read-ahead.ts";
export { refusals } from "./refusals.ts";
export type { UnitTiming } from "./stopwatch.ts";
export type { EvaluationSettings, Task, TaskProtocol, UnitJob, UnitResult } from "./task.ts";
