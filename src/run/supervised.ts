// The side of a supervised process: what it is handed, and what it tells its supervisor.
import type { Unit } from "../core/plan.ts";

/** Crashes of units that were tried again: how often each took a fresh process down with it, alone. 0: it was under way once. */
export type Crashes = ReadonlyMap<number, number>;

export interface HandedOver {
  /** An earlier process of the same command crashed. */
  readonly again: boolean;
  readonly crashes: readonly (readonly [unit: number, alone: number])[];
}

export type Told =
  | { readonly started: number; readonly name: string }
  | { readonly written: number }
  | { readonly opening: string | null }
  /** An exit code. */
  | { readonly outcome: number };

/** How units are tried after a crash, and who hears of it. */
export interface Attempts {
  /** This process goes on with what an earlier one began. */
  readonly again: boolean;
  readonly crashes: Crashes;
  /** Resolves when the supervisor is sure to hear of it, whatever the unit does to this process. */
  started(unit: Unit): Promise<void>;
  written(unit: Unit): void;
  /** This model is being opened; undefined: no longer. */
  opening(model: string | undefined): void;
}

/** Nobody watches, and nothing has crashed. */
export const unwatched: Attempts = {
  again: false,
  crashes: new Map(),
  started: async () => undefined,
  written: () => undefined,
  opening: () => undefined,
};

/** The attempts of a process that was handed this; `tell` resolves when the message has left the process. */
export function watched({ again, crashes }: HandedOver, tell: (told: Told) => Promise<void>): Attempts {
  return {
    again,
    crashes: new Map(crashes),
    started: ({ index, benchmark, sample }) =>
      tell({ started: index, name: `${benchmark}, image ${sample}` }),
    written: ({ index }) => void tell({ written: index }),
    opening: (model) => void tell({ opening: model ?? null }),
  };
}
