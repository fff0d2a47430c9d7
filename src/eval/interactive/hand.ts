// Played by hand: one prompt after another about an image, or about a target with its scores and the simulated user of a protocol, by the
// functions that play protocols. A turn never changes, so that others can be tried from it.
import { complain, reasonOf } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { RowStep, SentPrompt, StepAt } from "../../core/rows.ts";
import type { BitMask, ModelCapabilities, Prediction, Size } from "../../core/types.ts";
import { refusals } from "../task.ts";
import { checkInside, sentProblem } from "./invariants.ts";
import { begun, type EncodedImage, finishStep, nextStep, type Progress, type ScoredTarget } from "./play.ts";
import type { NextStep, Protocol, Step } from "./protocol.ts";
import { nextOf } from "./replay.ts";
import { choose, sentPrompt, stepAt } from "./step.ts";

/** A step as a row has it; without a target candidates have the model's estimate alone, and there are no scores. */
export type PlayedStep = Omit<RowStep, "sent"> & { readonly sent: SentPrompt };

/** What has been played so far. */
export interface Turn {
  readonly steps: readonly PlayedStep[];
  /** Of a target. */
  readonly progress?: Progress;
  readonly last?: Step;
  /** What the model said last, and all masks of it at the image's size. */
  readonly prediction?: Prediction;
  readonly masks: readonly BitMask[];
}

/** What the simulated user does now. */
export type UserStep =
  | { readonly state: "sends"; readonly at: StepAt; readonly sent: SentPrompt }
  | { readonly state: "ended" }
  | { readonly state: "refused"; readonly reason: string };

/** Before the first prompt. */
export function firstTurn(target: ScoredTarget | undefined): Turn {
  return { steps: [], masks: [], ...(target === undefined ? {} : { progress: begun(target) }) };
}

/** A prompt from outside, as rows have it; throws where no row could. */
export function promptFrom(sent: SentPrompt, { steps, last }: Turn, { width, height }: Size): NextStep {
  const { clicks, box, mask } = sent;
  const where = "prompt";
  const problem = sentProblem(sent, steps.length, { width, height });
  if (problem !== undefined)
    throw complain(where, problem, { expected: `whole pixels of ${width}x${height}` });
  if (clicks.length === 0 && box === undefined && mask === undefined)
    throw complain(where, "holds nothing", { expected: "clicks, a box or a mask" });
  return nextOf({ at: { clicks: clicks.length }, sent }, last, "played by hand");
}

/** The turn after a prompt was answered. Throws where a protocol's target would fail. `choice`: the candidate that counts, if not that of the highest estimate. */
export function nextTurn(
  before: Turn,
  next: NextStep,
  prediction: Prediction | undefined,
  image: Pick<EncodedImage, "session" | "watch" | "embedding">,
  choice: number | undefined,
): Turn {
  if (prediction?.status !== "ok") throw complain("model", prediction?.reason ?? "did not answer");
  const { candidates } = prediction;
  if (choice !== undefined && candidates[choice] === undefined)
    throw complain("choice", "there is no such mask", {
      expected: `1 to ${candidates.length}`,
      got: String(choice + 1),
    });
  if (before.progress !== undefined) return scoredTurn(before.progress, next, prediction, image, choice);
  const { session, embedding } = image;
  const predicted = candidates.map(({ predictedIou }) => predictedIou);
  const chosen = choice ?? choose(predicted);
  const masks = candidates.map((candidate) => session.mask(candidate, embedding.size));
  const step: PlayedStep = {
    ...{ at: stepAt(next), sent: sentPrompt(next.prompt, before.last), chosen },
    candidates: predicted.map((one) => ({ predicted: one })),
    scores: {},
  };
  const last = { prompt: next.prompt, candidate: candidates[chosen]!, mask: masks[chosen]!, iou: Number.NaN };
  return { steps: [...before.steps, step], last, prediction, masks };
}

function scoredTurn(
  before: Progress,
  next: NextStep,
  prediction: Prediction,
  { session, watch }: Pick<EncodedImage, "session" | "watch">,
  choice: number | undefined,
): Turn {
  const progress: Progress = { ...before, steps: [...before.steps], masks: [] };
  checkInside(progress.context, next);
  let masks: readonly BitMask[] = [];
  const seen: EncodedImage["seen"] = (_target, _step, all) => {
    masks = all;
  };
  finishStep({ reported: [] }, progress, next, prediction, { session, watch, masks: false, seen }, choice);
  if (progress.failure !== undefined)
    throw complain(`target ${progress.context.target.id}`, progress.failure);
  // What was sent is known of every step.
  const steps = progress.steps as readonly PlayedStep[];
  return { steps, progress, ...given({ last: progress.last }), prediction, masks };
}

/** What the simulated user sends now; throws where it does not, or there is none. */
export function userPrompt({ progress }: Turn, protocol: Protocol | undefined): NextStep {
  const next = protocol && progress && nextStep(protocol, progress);
  if (next !== undefined) return next;
  throw complain("steps", "the simulated user does not send anything more");
}

/** The same, told; undefined without a target. `name`: the model's. */
export function userStep(
  { progress }: Turn,
  protocol: Protocol | undefined,
  { name, capabilities }: { readonly name: string; readonly capabilities: ModelCapabilities },
): UserStep | undefined {
  if (progress === undefined || protocol === undefined) return undefined;
  const [refused] = refusals(name, capabilities, protocol);
  if (refused !== undefined) return { state: "refused", reason: refused };
  try {
    const next = nextStep(protocol, progress);
    if (next === undefined) return { state: "ended" };
    return { state: "sends", at: stepAt(next), sent: sentPrompt(next.prompt, progress.last) };
  } catch (error) {
    return { state: "refused", reason: reasonOf(error) };
  }
}
