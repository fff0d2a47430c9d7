// What the measurements of `tune` say, without measuring anything.

/** One number of runtime threads: medians, in milliseconds. */
export interface ThreadTimes {
  readonly threads: number;
  /** One image. */
  readonly encode: number;
  /** One prompt, where a call takes this many; ascending. */
  readonly decode: readonly { readonly batch: number; readonly perPrompt: number }[];
}

/** What several workers did together. */
export interface Throughput {
  readonly threads: number;
  readonly batch: number;
  readonly workers: number;
  readonly imagesPerSecond: number;
}

/** Differences below this share are noise. */
const NOISE = 0.05;

/** The smallest batch that is as fast as any. */
export function bestBatch({ decode }: ThreadTimes): number {
  const fastest = Math.min(...decode.map(({ perPrompt }) => perPrompt));
  return decode.find(({ perPrompt }) => perPrompt <= fastest * (1 + NOISE))!.batch;
}

/** Images per second of one worker that has nothing else to do, its embeddings used for so many prompts each. */
export function estimatedRate(times: ThreadTimes, prompts: number): number {
  const batch = bestBatch(times);
  const { perPrompt } = times.decode.find((entry) => entry.batch === batch)!;
  return 1000 / (times.encode + prompts * perPrompt);
}

/**
 * The fastest setting; of those that are as fast, the one with the fewest threads (one thread gives the same bytes on machines
 * with any number of cores), then with the fewest workers (memory).
 */
export function fastest(settings: readonly Throughput[]): Throughput | undefined {
  const most = Math.max(...settings.map(({ imagesPerSecond }) => imagesPerSecond));
  return settings
    .filter(({ imagesPerSecond }) => imagesPerSecond >= most * (1 - NOISE))
    .toSorted((a, b) => a.threads - b.threads || a.workers - b.workers)[0];
}

/** 1, 2, 4, ... and the limit itself. */
export function doublings(limit: number): number[] {
  const steps: number[] = [];
  for (let n = 1; n < limit; n *= 2) steps.push(n);
  return [...steps, limit];
}
