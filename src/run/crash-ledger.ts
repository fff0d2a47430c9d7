/** Crashes in a row without a written unit after which a run is given up. An image alone costs three at most. */
const MOST_IN_A_ROW = 5;

/** Crashes of units that were tried again: how often each took a fresh process down with it, alone. 0: it was under way once. */
export type Crashes = ReadonlyMap<number, number>;

export interface CrashLedger {
  /** Units of earlier processes that are not written yet. */
  readonly crashes: Crashes;
  /** Units that are under way now, with what people call them. */
  readonly underWay: ReadonlyMap<number, string>;
  started(unit: number, name: string): void;
  written(unit: number): void;
  /**
   * The process crashed. `again`: another one may go on; `idle`: it had neither written a unit nor begun one; `stuck`: too
   * often in a row.
   * `alone`: it had worked on one unit only, and that one was under suspicion: the unit is to blame, whatever ran before.
   */
  crashed(): { readonly next: "again" | "idle" | "stuck"; readonly alone: boolean };
}

/** What the supervisor of a run knows of its units: who was under way when a process crashed, and who crashes alone. */
export function crashLedger(): CrashLedger {
  const crashes = new Map<number, number>();
  const underWay = new Map<number, string>();
  /** Units that this process began. */
  let begun = 0;
  let inARow = 0;
  return {
    crashes,
    underWay,
    started(unit, name) {
      if (!underWay.has(unit)) begun += 1;
      underWay.set(unit, name);
    },
    written(unit) {
      underWay.delete(unit);
      crashes.delete(unit);
      inARow = 0;
    },
    crashed() {
      const units = [...underWay.keys()];
      const idle = begun === 0;
      const alone = begun === 1 && units.some((unit) => crashes.has(unit));
      for (const unit of units) crashes.set(unit, (crashes.get(unit) ?? 0) + (alone ? 1 : 0));
      underWay.clear();
      begun = 0;
      inARow += 1;
      return { next: idle ? "idle" : inARow > MOST_IN_A_ROW ? "stuck" : "again", alone };
    },
  };
}
