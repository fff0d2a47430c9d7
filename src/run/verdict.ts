// What `validate` finds out about a benchmark.
import type { Kind } from "../core/plan.ts";
import type { DatasetCheck } from "../datasets/inspect.ts";

/** What a run over all data present would take. */
export interface RunEstimate {
  /** Of a benchmark of images. */
  readonly images?: number;
  /** Of one of clips. */
  readonly clips?: number;
  readonly frames?: number | undefined;
  /** Masks or tracks: counted where the listing knows, else from the samples decoded; undefined where neither is there. */
  readonly masks?: number | undefined;
  readonly tracks?: number | undefined;
  readonly counted: boolean;
  /** Seconds, with a model. */
  readonly seconds?: number;
}

/** What the seconds of an estimate are of. */
export interface TimedWith {
  readonly model: string;
  /** What it takes. */
  readonly kind: Kind;
  readonly workers: number;
  /** Of the runtime, for each worker. */
  readonly threads: number;
  readonly protocol: string;
}

export type Verdict =
  /** Absent: not an error. */
  | { readonly name: string; readonly status: "absent"; readonly wanted: string }
  /** The card, or the benchmark as a whole, cannot be read. */
  | {
      readonly name: string;
      readonly status: "invalid";
      readonly problems: readonly string[];
      readonly wanted?: string;
    }
  | {
      readonly name: string;
      readonly status: "fine" | "part" | "wrong";
      readonly check: DatasetCheck;
      /** How to get the rest. */
      readonly wanted?: string;
      readonly run: RunEstimate;
    };
