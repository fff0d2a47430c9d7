import type { Unit } from "../core/plan.ts";
import type { Sample } from "../core/types.ts";
import type { UnitJob } from "./task.ts";

/**
 * The same jobs, read before their turn: when one asks for its sample, reading of the next `count` begins. So no more than
 * `count` samples lie about that nobody works on yet. `begun` hears of each before it is read. A reading that fails does so
 * when its job asks.
 */
export function readAhead<S extends Sample>(
  jobs: readonly UnitJob<S>[],
  count: number,
  begun: (unit: Unit) => Promise<void>,
): UnitJob<S>[] {
  const ready = new Map<number, Promise<S>>();
  let next = 0;
  const readTo = (last: number) => {
    for (; next < jobs.length && next <= last; next++) {
      const { unit, ref } = jobs[next]!;
      const reading = begun(unit).then(() => ref.load());
      reading.catch(() => undefined);
      ready.set(next, reading);
    }
  };
  return jobs.map((job, i) => ({
    ...job,
    ref: {
      ...job.ref,
      load: () => {
        readTo(i + count);
        const reading = ready.get(i) ?? job.ref.load();
        ready.delete(i);
        return reading;
      },
    },
  }));
}
