import type { UnitTiming } from "./unit.ts";

type Stage = Exclude<keyof UnitTiming, "targets" | "prompts">;

/** Adds up where a unit's time goes. */
export class Stopwatch {
  readonly #clock: () => number;
  readonly #spent: Record<Stage, number> = {
    read: 0,
    encode: 0,
    decode: 0,
    postprocess: 0,
    score: 0,
    click: 0,
  };
  targets = 0;
  prompts = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
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

  timing(): UnitTiming {
    return { ...this.#spent, targets: this.targets, prompts: this.prompts };
  }
}
