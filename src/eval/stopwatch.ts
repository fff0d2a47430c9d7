import type { CostListener } from "../core/cost.ts";
import type { CallStage, UnitCalls, WorkDone } from "../core/timing.ts";

/** Stages of a unit's time, in order. */
export const stages = ["read", "preprocess", "encode", "decode", "postprocess", "score", "click"] as const;
export type Stage = (typeof stages)[number];

/** Runs of a graph, and the milliseconds in them. */
export interface PartTime {
  readonly runs: number;
  readonly ms: number;
}

/**
 * The time of one unit by stage, in milliseconds of the given clock. `read` waits for the image, which is
 * read ahead; `encode` and `decode` are runs of the graphs; `preprocess` makes the encoder's input;
 * `postprocess` goes from the decoder's output to masks at the image's size; `click` includes making prompts;
 * `idle` waits for a model that is busy with another image, or for the scoring of another one.
 */
export interface UnitTiming extends WorkDone, Readonly<Record<Stage, number>> {
  readonly idle: number;
  /** Runs of the mask decoder. */
  readonly decoded: number;
  readonly calls: Pick<UnitCalls, CallStage | "first">;
  /** Of a clip's model, the time in each graph. `encode` is that of the image encoder, `decode` that of the others. */
  readonly parts?: Readonly<Record<string, PartTime>>;
}

/** Adds up where a unit's time goes. */
export class Stopwatch {
  readonly #clock: () => number;
  readonly #begun: number;
  readonly #spent = Object.fromEntries(stages.map((stage) => [stage, 0])) as Record<Stage, number>;
  targets = 0;
  prompts = 0;
  clicks = 0;
  frames = 0;
  readonly #parts = new Map<string, PartTime>();
  readonly #calls: Record<CallStage, number[]> = { encode: [], decode: [] };
  readonly #first: CallStage[] = [];
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

  /** A call of a model: its graphs' own time is `stage`, their waiting is not counted, the rest is `around`. */
  async model<T>(
    stage: CallStage,
    around: "preprocess" | "postprocess",
    work: (cost: CostListener) => Promise<T>,
  ): Promise<T> {
    const start = this.#clock();
    let elapsed: number | undefined;
    try {
      return await work((cost) => {
        elapsed = (elapsed ?? 0) + cost.elapsed;
        this.#spent[stage] += cost.running;
        if (cost.result === "cached" && stage === "encode") this.#cached++;
        // A phrase's features are made once for all images: no call of the decoder.
        if (cost.result !== "computed" || cost.part === "text") return;
        if (cost.first === true && this.#calls[stage].length === 0) this.#first.push(stage);
        this.#calls[stage].push(cost.running);
      });
    } finally {
      const whole = this.#clock() - start;
      if (elapsed === undefined) {
        this.#spent[stage] += whole;
        this.#calls[stage].push(whole);
      }
      if (elapsed !== undefined) this.#spent[around] += Math.max(0, whole - elapsed);
    }
  }

  /** Hears what a model of clips runs. */
  readonly graphs: CostListener = ({ part, running, result }) => {
    if (part === undefined || result !== "computed") return;
    const { runs, ms } = this.#parts.get(part) ?? { runs: 0, ms: 0 };
    this.#parts.set(part, { runs: runs + 1, ms: ms + running });
    this.#spent[part === "image_encoder" ? "encode" : "decode"] += running;
  };

  /** What was spent so far in no stage is this one's. */
  rest(stage: Stage): void {
    this.#spent[stage] += this.#unspent();
  }

  #unspent(): number {
    const busy = stages.reduce((sum, stage) => sum + this.#spent[stage], 0);
    return Math.max(0, this.#clock() - this.#begun - busy);
  }

  timing(): UnitTiming {
    const idle = this.#unspent();
    const { targets, prompts, clicks } = this;
    const { encode, decode } = this.#calls;
    const first = this.#first.length === 0 ? {} : { first: this.#first };
    const clip = this.frames === 0 ? {} : { frames: this.frames };
    const parts = this.#parts.size === 0 ? {} : { parts: Object.fromEntries(this.#parts) };
    return {
      ...{ ...this.#spent, idle, targets, prompts, clicks },
      ...{ encoded: encode.length, cached: this.#cached, decoded: decode.length },
      calls: { encode, decode, ...first },
      ...{ ...clip, ...parts },
    };
  }
}
