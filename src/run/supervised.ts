// The supervised process: what it is handed, and what it sends to its supervisor.
import type { Unit } from "../core/plan.ts";

/** Crashes of units that were tried again: how often each took a fresh process down with it, alone. 0: it was under way once. */
export type Crashes = ReadonlyMap<number, number>;

export interface HandedOver {
  /** An earlier process of the same command crashed. */
  readonly again: boolean;
  readonly crashes: readonly (readonly [unit: number, alone: number])[];
  /** Milliseconds since the command began. */
  readonly spent?: number;
}

export type Message =
  | { readonly started: number; readonly name: string }
  | { readonly written: number }
  | { readonly opening: string | null }
  /** So many interrupts were acted on. */
  | { readonly heard: number }
  /** An exit code. */
  | { readonly outcome: number };

/** How units are tried after a crash, and who is notified. */
export interface Attempts {
  /** This process goes on with what an earlier one began. */
  readonly again: boolean;
  readonly crashes: Crashes;
  /** Milliseconds that the command had taken when this process began. */
  readonly spent: number;
  /** Resolves when the supervisor is sure to get it, whatever the unit does to this process. */
  started(unit: Unit): Promise<void>;
  written(unit: Unit): void;
  /** This model is being opened; undefined: no longer. */
  opening(model: string | undefined): void;
}

/** Nobody watches, and nothing has crashed. */
export const unwatched: Attempts = {
  again: false,
  crashes: new Map(),
  spent: 0,
  started: async () => undefined,
  written: () => undefined,
  opening: () => undefined,
};

/** The attempts of a process that was handed this; `send` resolves when the message has left the process. */
export function watched(
  { again, crashes, spent = 0 }: HandedOver,
  send: (message: Message) => Promise<void>,
): Attempts {
  return {
    again,
    crashes: new Map(crashes),
    spent,
    started: ({ index, benchmark, sample }) => send({ started: index, name: `${benchmark}, ${sample}` }),
    written: ({ index }) => void send({ written: index }),
    opening: (model) => void send({ opening: model ?? null }),
  };
}
