import type { CostListener } from "../core/types.ts";

/** What a unit's time goes into, in order. */
export const stages = ["read", "preprocess", "encode", "decode", "postprocess", "score", "click"] as const;
export type Stage = (typeof stages)[number];

/**
 * Where the time of one unit went, in milliseconds of the given clock. `read` waited for the image, which is read ahead; `encode` and `decode` are runs of the graphs;
 * `preprocess` makes the encoder's input; `postprocess` goes from the decoder's output to masks at the image's size; `click`
 * includes making prompts; `idle` waited for a model that was at work for another image, or for the scoring of another one.
 */
export interface UnitTiming extends Readonly<Record<Stage, number>> {
  readonly idle: number;
  readonly targets: number;
  readonly prompts: number;
  /** Clicks that were placed. */
  readonly clicks: number;
  /** Runs of the image encoder, and embeddings that were kept from earlier ones. */
  readonly encoded: number;
  readonly cached: number;
}

/** Adds up where a unit's time goes. */
export class Stopwatch {
  readonly #clock: () => number;
  readonly #begun: number;
  readonly #spent = Object.fromEntries(stages.map((stage) => [stage, 0])) as Record<Stage, number>;
  targets = 0;
  prompts = 0;
  clicks = 0;
  #encoded = 0;
  #cached = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
    this.#begun = clock();
  }

  time<T>(stage: Stage, work: () => T): T {
    const start = this.#clock();
    try {
      return work();
    } finally {
      this.#spent[stage] += this.#clock() - start;
    }
  }

  async wait<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const start = this.#clock();
    try {
      return await work();
    } finally {
      this.#spent[stage] += this.#clock() - start;
    }
  }

  /** A call of a model: what its graphs say they took is `stage`, what they waited is nobody's, the rest is `around`. */
  async model<T>(
    stage: "encode" | "decode",
    around: "preprocess" | "postprocess",
    work: (cost: CostListener) => Promise<T>,
  ): Promise<T> {
    const start = this.#clock();
    let elapsed: number | undefined;
    try {
      return await work((cost) => {
        elapsed = (elapsed ?? 0) + cost.elapsed;
        this.#spent[stage] += cost.running;
        if (stage !== "encode") return;
        if (cost.result === "cached") this.#cached++;
        if (cost.result === "computed") this.#encoded++;
      });
    } finally {
      const whole = this.#clock() - start;
      if (elapsed === undefined) {
        this.#spent[stage] += whole;
        if (stage === "encode") this.#encoded++;
      }
      if (elapsed !== undefined) this.#spent[around] += Math.max(0, whole - elapsed);
    }
  }

  timing(): UnitTiming {
    const busy = stages.reduce((sum, stage) => sum + this.#spent[stage], 0);
    const idle = Math.max(0, this.#clock() - this.#begun - busy);
    const { targets, prompts, clicks } = this;
    return { ...this.#spent, idle, targets, prompts, clicks, encoded: this.#encoded, cached: this.#cached };
  }
}
