// The side of a supervised process: what it is handed, and what it tells its supervisor.

import type { ExitCode } from "../cli/exit.ts";
import { endWithoutExit, toldToStop } from "../cli/interrupt.ts";
import type { Unit } from "../core/plan.ts";
import type { Crashes } from "./crash-ledger.ts";

/** Set where a run is not to be supervised: by the supervisor (what it hands over, as JSON) or by people (any other word). */
export const supervisedVariable = "SEGBENCH_SUPERVISED";

export interface HandedOver {
  /** An earlier process of the same command crashed. */
  readonly again: boolean;
  readonly crashes: readonly (readonly [unit: number, alone: number])[];
}

export type Told =
  | { readonly started: number; readonly name: string }
  | { readonly written: number }
  | { readonly opening: string | null }
  | { readonly outcome: ExitCode };

/** Interrupts that the supervisor has seen: those of a terminal come to both processes, so they are counted, not added. */
export interface Interrupts {
  readonly signal: NodeJS.Signals;
  readonly count: number;
}

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

/** Does the work as the supervised process: it ends with its supervisor and takes interrupts from it. */
export async function workSupervised(work: () => Promise<ExitCode>): Promise<ExitCode> {
  if (!isSupervised()) return work();
  // A killed supervisor leaves nobody to say how it went, and its caller may start anew.
  const orphaned = () => process.kill(process.pid, "SIGKILL");
  process.on("disconnect", orphaned);
  if (process.connected === false) orphaned();
  process.on("message", ({ signal, count }: Interrupts) => toldToStop(signal, count));
  process.channel?.unref();
  endWithoutExit();
  const outcome = await work();
  await tell({ outcome });
  return outcome;
}

export function attempts(): Attempts {
  if (!isSupervised()) return unwatched;
  const { again, crashes }: HandedOver = JSON.parse(process.env[supervisedVariable] ?? "");
  return {
    again,
    crashes: new Map(crashes),
    started: ({ index, benchmark, image }) => tell({ started: index, name: `${benchmark}, image ${image}` }),
    written: ({ index }) => void tell({ written: index }),
    opening: (model) => void tell({ opening: model ?? null }),
  };
}

function isSupervised(): boolean {
  return process.send !== undefined && process.env[supervisedVariable]?.startsWith("{") === true;
}

/** Resolves when the message has left this process; a supervisor that is gone is told nothing. */
function tell(message: Told): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });
}
