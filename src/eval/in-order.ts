/**
 * Runs jobs on several lanes at once and yields the results in the order of the jobs, whatever the order in which they
 * end, so that what is written does not depend on the number of lanes. At most `ahead` jobs are running or waiting for an
 * earlier one. When `stop` says so, no further job is started; what runs is finished and yielded.
 */
export async function* inOrder<Job, Lane, Result>(
  jobs: readonly Job[],
  lanes: readonly Lane[],
  work: (job: Job, lane: Lane) => Promise<Result>,
  { ahead, stop }: { readonly ahead: number; readonly stop: () => boolean },
): AsyncGenerator<Result> {
  const free = [...lanes];
  const waiting: ((lane: Lane) => void)[] = [];
  const acquire = (): Promise<Lane> => {
    const lane = free.shift();
    return lane === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(lane);
  };
  const giveBack = (lane: Lane): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next(lane);
  };
  const perform = async (job: Job): Promise<Result> => {
    const lane = await acquire();
    try {
      return await work(job, lane);
    } finally {
      giveBack(lane);
    }
  };

  const pending: Promise<Result>[] = [];
  let next = 0;
  for (;;) {
    while (next < jobs.length && pending.length < ahead && !stop()) {
      const running = perform(jobs[next++]!);
      running.catch(() => undefined); // it is awaited below, in its turn
      pending.push(running);
    }
    const first = pending.shift();
    if (first === undefined) return;
    yield await first;
  }
}
