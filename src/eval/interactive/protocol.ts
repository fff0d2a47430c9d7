// The interface of interactive protocols: simulated users that see the ground truth and the last mask and
// choose the next prompt.
import type { BitMask, Candidate, Prompt, Size, Target } from "../../core/types.ts";
import type { TaskProtocol } from "../task.ts";

/** One finished exchange with the model about one target. */
export interface Step {
  readonly prompt: Prompt;
  /** The chosen candidate, its full-size mask and its IoU. */
  readonly candidate: Candidate;
  readonly mask: BitMask;
  readonly iou: number;
}

/** The next prompt. A step has as many clicks as its prompt. */
export interface NextStep {
  readonly prompt: Prompt;
  /** Number of an independent draw of the same prompt (box jitter). */
  readonly draw?: number;
}

export interface TargetContext {
  readonly benchmark: string;
  readonly sample: string;
  readonly target: Target;
  readonly size: Size;
  /** Uniform in [0, 1), from the hash of (seed, benchmark, sample, target, purpose, number): see core/random.ts. */
  draw(purpose: string, number: number): number;
}

/** A protocol is pure and deterministic; all state is in the last step, whose prompt holds every click so far. */
export interface Protocol extends TaskProtocol {
  /** Click counts that reports show and whose masks are kept; rows have every step. */
  readonly reported: readonly number[];
  /** What a step without clicks sends. */
  readonly opening?: "box" | "mask";
  /** true: stops where the mask is good enough, so that some targets have fewer steps than others. */
  readonly endsEarly?: true;
  /** The next step after `done` ones, or undefined to stop. `last` is undefined before the first step only. */
  next(context: TargetContext, done: number, last: Step | undefined): NextStep | undefined;
  /**
   * Throws where a step breaks the protocol's own rule, while masks are at hand. That clicks lie inside the
   * image is checked for all.
   */
  check?(context: TargetContext, next: NextStep, last: Step | undefined): void;
}
