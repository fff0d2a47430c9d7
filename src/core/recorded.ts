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

/** The first line of a prompts file: where the prompts come from. */
export interface PromptsHead
  extends Pick<
    Plan,
    "seed" | "batch" | "threads" | "provider" | "optimisation" | "allowCpuFallback" | "limit" | "points"
  > {
  readonly format: "segbench/prompts@2";
  readonly run: string;
  /** Hash of the run's plan. */
  readonly plan: string;
  /** Whose masks the clicks answered. */
  readonly model: string;
  readonly protocols: readonly string[];
  /** The run's metrics. */
  readonly metrics?: readonly string[];
  readonly benchmarks: readonly {
    readonly name: string;
    readonly images: number;
    readonly subsetHash: string;
  }[];
}

/** Prefix of protocol ids whose prompts were sent to another model. */
const PREFIX = "replay:";

/** The id of rows that were made from the recorded prompts of `id`: "sam1-d1@1" -> "replay:sam1-d1@1". */
export function replayId(id: string): string {
  return id.startsWith(PREFIX) ? id : `${PREFIX}${id}`;
}

/** The protocol that made the prompts: "replay:sam1-d1@1" -> "sam1-d1@1"; other ids as they are. */
export function originOf(id: string): string {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
}

export function isReplay(id: string): boolean {
  return id.startsWith(PREFIX);
}
