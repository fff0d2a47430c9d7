// Units of a run on several lanes: results in the order of the plan, samples read before their turn.
import type { Unit } from "../core/plan.ts";
import type { Sample } from "../core/types.ts";
import type { UnitJob } from "./task.ts";

/**
 * Runs jobs on several lanes at once and yields the results in the order of the jobs, whatever the order in
 * which they end, so that what is written does not depend on the number of lanes. At most `ahead` jobs are
 * running or waiting for an earlier one. Once `stop` returns true, no further job is started; running ones
 * are finished and yielded. When a job rejects or the consumer returns, none is started either, and the
 * generator ends once nothing runs, so that the lanes are free. A lane may become ready later than the
 * others; if it fails to, the next job to start rejects.
 */
export async function* inOrder<Job, Lane, Result>(
  jobs: readonly Job[],
  lanes: readonly (Lane | Promise<Lane>)[],
  work: (job: Job, lane: Lane) => Promise<Result>,
  { ahead, stop }: { readonly ahead: number; readonly stop: () => boolean },
): AsyncGenerator<Result> {
  /** Where a job can run. Every job on a lane that failed to open rejects. */
  type Place = { readonly lane: Promise<Lane> };
  const free: Place[] = [];
  const waiting: ((place: Place) => void)[] = [];
  const giveBack = (place: Place): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(place);
    else next(place);
  };
  const acquire = () => free.shift() ?? new Promise<Place>((resolve) => waiting.push(resolve));
  for (const lane of lanes) {
    if (lane instanceof Promise) {
      const come = () => giveBack({ lane });
      lane.then(come, come);
    } else free.push({ lane: Promise.resolve(lane) });
  }
  let over = false;
  /** undefined: not started. Lanes are given in the order of the jobs, so then no later job is started either. */
  const perform = async (job: Job): Promise<{ readonly result: Result } | undefined> => {
    const place = await acquire();
    try {
      const lane = await place.lane;
      over ||= stop();
      return over ? undefined : { result: await work(job, lane) };
    } finally {
      giveBack(place);
    }
  };

  const pending: ReturnType<typeof perform>[] = [];
  let next = 0;
  try {
    for (;;) {
      while (next < jobs.length && pending.length < ahead && !stop()) {
        const running = perform(jobs[next++]!);
        running.catch(() => undefined); // it is awaited below, in its turn
        pending.push(running);
      }
      const first = await pending.shift();
      if (first === undefined) return;
      yield first.result;
    }
  } finally {
    over = true;
    await Promise.allSettled(pending);
  }
}

/**
 * The same jobs with samples read ahead: when a job requests its sample, reading of the next `count` begins,
 * so that at most `count` samples wait in memory. `begun` is called before each is read. A failed read
 * rejects when its job requests the sample.
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
