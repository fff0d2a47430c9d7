import type { FramePrediction, Prompt, Target } from "../../core/types.ts";
import type { TaskProtocol } from "../task.ts";

/** A prompt that was sent in a target's first frame, and what the model said there. */
export interface VideoStep {
  readonly prompt: Prompt;
  readonly answer: Extract<FramePrediction, { readonly status: "ok" }>;
}

/** How targets are prompted before they are tracked. */
export interface VideoProtocol extends TaskProtocol {
  readonly task: "video";
  /** Clicks of the last prompt. */
  readonly clicks: number;
  /** The next prompt in a target's first frame, all of them so far being `done`; undefined: it is tracked from there. `target`: its mask there. */
  next(target: Target, done: readonly VideoStep[]): Prompt | undefined;
}
