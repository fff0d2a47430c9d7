import type { ImageSession } from "../core/types.ts";
import { concept } from "./concept/index.ts";
import type { QueryProtocol } from "./concept/match.ts";
import { evaluateSample } from "./evaluate-sample.ts";
import { everything } from "./everything/index.ts";
import { externalMasks } from "./everything/score-set.ts";
import { interactive } from "./interactive/index.ts";
import type { Protocol } from "./interactive/protocol.ts";
import { external, matchBestProtocol } from "./interactive/protocols/external.ts";
import type { EvaluationSettings, Task, TaskProtocol, UnitJob, UnitResult } from "./task.ts";
import { video } from "./video/index.ts";
import type { VideoProtocol } from "./video/protocol.ts";
import { externalTracks } from "./video/protocols/index.ts";

/** Name -> task. */
export const tasks: Readonly<Record<string, Task>> = { interactive, everything, video, concept };

/** Interactive protocols of one model on one image. */
export function evaluateImage(
  job: UnitJob,
  session: ImageSession,
  settings: EvaluationSettings<Protocol>,
): Promise<UnitResult> {
  return evaluateSample(interactive, job, session, settings);
}

/** The task that a protocol names, by default the interactive one; undefined if there is no such task. */
export function taskOf(
  { task = interactive.name }: Pick<TaskProtocol, "task">,
  known = tasks,
): Task | undefined {
  return Object.hasOwn(known, task) ? known[task] : undefined;
}

export function isInteractive(protocol: TaskProtocol): protocol is Protocol {
  return taskOf(protocol) === tasks.interactive;
}

/** Protocols of phrases; the first is the usual one. */
export const queryProtocols: readonly QueryProtocol[] = Object.values(concept.protocols);

export function isVideo(protocol: TaskProtocol): protocol is VideoProtocol {
  return taskOf(protocol) === tasks.video;
}

/** Those that rows may name, though no run can play them. */
export const unsent: readonly (typeof external | typeof externalMasks | typeof externalTracks)[] = [
  external,
  matchBestProtocol,
  externalMasks,
  externalTracks,
];

export { judgementOf, type QueryJudgement, type QueryProtocol } from "./concept/match.ts";
export { scoreQueries } from "./concept/score-queries.ts";
export { evaluateSample, failSample } from "./evaluate-sample.ts";
export { gridProblem } from "./everything/grid.ts";
export { bestFit, bitsOf } from "./everything/losses.ts";
export { type MaskTarget, maskTargets, matchMaskSet } from "./everything/match.ts";
export { withGenerator } from "./everything/protocols.ts";
export { externalMasks, type MaskSetScoring, scoreMaskSet } from "./everything/score-set.ts";
export { inOrder, readAhead } from "./in-order.ts";
export { estimateMeasures } from "./interactive/calibration.ts";
export {
  firstTurn,
  nextTurn,
  type PlayedStep,
  promptFrom,
  type Turn,
  type UserStep,
  userPrompt,
  userStep,
} from "./interactive/hand.ts";
export { matchBest } from "./interactive/match-best.ts";
export { renamedMeasures } from "./interactive/measures.ts";
export { playProtocol, scoredTargets } from "./interactive/play.ts";
export { pointsProblem, reportedAt, withPoints } from "./interactive/points.ts";
export type { NextStep, Protocol, Step, TargetContext } from "./interactive/protocol.ts";
export { external, matchBestProtocol } from "./interactive/protocols/external.ts";
export { type FindRecorded, nextOf, recordedTarget, replayOf } from "./interactive/replay.ts";
export {
  type DeclaredProtocol,
  fixedSteps,
  namedMasks,
  type ScoringSettings,
  scoreImage,
} from "./interactive/score-image.ts";
export { type PartTime, Stopwatch, type UnitTiming } from "./stopwatch.ts";
export type { EvaluationSettings, Task, TaskProtocol, Trial, UnitJob, UnitResult } from "./task.ts";
export { refusals } from "./task.ts";
export { externalTracks } from "./video/protocols/index.ts";
export { type ScoredClip, scoreClip } from "./video/score-clip.ts";
