// Prompts that were sent, told so that any framework can send them again: schemas/prompts.schema.json says the same.
import type { Plan } from "./plan.ts";
import type { RowBox, RowKey } from "./rows.ts";
import type { Click, Size } from "./types.ts";

/** One decoder call for one target, complete: nothing is carried over from the round before but its logits. */
export interface RecordedRound {
  /** All clicks sent, in order; never padding. */
  readonly clicks: readonly Click[];
  /** xyxy, max inclusive. */
  readonly box?: RowBox;
  /** "previous": the low-resolution logits of the mask that counted in the round before, the model's own. */
  readonly mask?: "previous";
  /** true: the ambiguity-aware masks; false: the single-mask output. */
  readonly multimask: boolean;
  readonly draw?: number;
}

export interface RecordedTarget extends Omit<RowKey, "model" | "cluster"> {
  /** Of the image whose pixels the coordinates are. */
  readonly size: Size;
  readonly rounds: readonly RecordedRound[];
}

/** The first line of a file of prompts: what they are from. */
export interface PromptsHead
  extends Pick<
    Plan,
    "seed" | "batch" | "threads" | "provider" | "optimisation" | "allowCpuFallback" | "limit"
  > {
  readonly format: "segbench/prompts@1";
  readonly run: string;
  /** Hash of the run's plan. */
  readonly plan: string;
  /** Whose masks the clicks answered. */
  readonly model: string;
  readonly protocols: readonly string[];
  readonly benchmarks: readonly {
    readonly name: string;
    readonly images: number;
    readonly subsetHash: string;
  }[];
}
