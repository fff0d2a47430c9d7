// Prompts that were sent, written so that any framework can send them again: schemas/prompts.schema.json says the same.
import type { Plan } from "./plan.ts";
import type { RowKey, SentPrompt, StepAt } from "./rows.ts";
import type { Size } from "./types.ts";

/** One decoder call for one target, complete, as a row has it: nothing is carried over from the step before but its logits. */
export interface RecordedStep {
  readonly at: StepAt;
  readonly sent: SentPrompt;
}

export interface RecordedTarget extends Omit<RowKey, "model" | "cluster"> {
  /** Of the image whose pixels the coordinates are. */
  readonly size: Size;
  readonly steps: readonly RecordedStep[];
}

/** The first line of a file of prompts: what they are from. */
export interface PromptsHead
  extends Pick<
    Plan,
    "seed" | "batch" | "threads" | "provider" | "optimisation" | "allowCpuFallback" | "limit"
  > {
  readonly format: "segbench/prompts@2";
  readonly run: string;
  /** Hash of the run's plan. */
  readonly plan: string;
  /** Whose masks the clicks answered. */
  readonly model: string;
  readonly protocols: readonly string[];
  /** What the run was scored by. */
  readonly metrics?: readonly string[];
  readonly benchmarks: readonly {
    readonly name: string;
    readonly images: number;
    readonly subsetHash: string;
  }[];
}
