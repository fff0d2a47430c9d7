import type { UnitTiming } from "../eval/index.ts";

/**
 * Writes the units of a sitting and times that too. A unit's line says besides its own times how long the unit before it took
 * to be written (its own writing is not over when the line is), and how much time passed since the line before.
 */
export function timedWriter(clock: () => number) {
  let before = clock();
  let write = 0;
  return async (timing: UnitTiming, append: (timing: object) => Promise<void>): Promise<void> => {
    const now = clock();
    const line = { ...timing, write, passed: now - before };
    before = now;
    await append(Object.fromEntries(Object.entries(line).map(([name, value]) => [name, rounded(value)])));
    write = clock() - now;
  };
}

/** To microseconds. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
