// How `tune` measures, and how it chooses from its measurements.
import type { GraphCost } from "../core/cost.ts";
import type { ImageSession, Prompt, RgbImage } from "../core/types.ts";

/** A synthetic image: its content does not change any time. */
const image: RgbImage = {
  width: 640,
  height: 480,
  data: Uint8Array.from({ length: 3 * 640 * 480 }, (_, i) => (i * 37 + ((i * i) >> 7)) & 255),
};

const promptsOf = (count: number): Prompt[] =>
  Array.from({ length: count }, (_, i) => ({
    clicks: [{ x: (i * 97) % image.width, y: (i * 61) % image.height, label: 1 }],
    multimask: true,
  }));

export interface Stop {
  readonly clock: () => number;
  /** Milliseconds for one measurement, beyond its first repetition. */
  readonly slice: number;
  /** There is only time for what is essential. */
  readonly late: () => boolean;
}

/** Most repetitions for a median. */
const ENOUGH = 15;

/** Milliseconds in the graphs: the median of as many repetitions as fit into the slice. The first one warms up, where there is time. */
async function median(work: (cost: (cost: GraphCost) => void) => Promise<unknown>, { clock, slice }: Stop) {
  const start = clock();
  const times: number[] = [];
  do {
    let spent = 0;
    await work(({ running }) => {
      spent += running;
    });
    times.push(spent);
  } while (clock() - start < slice && times.length <= ENOUGH);
  const counted = (times.length > 1 ? times.slice(1) : times).sort((a, b) => a - b);
  return counted[counted.length >> 1]!;
}

/** A single session: encoding, and decoding in calls of every size. */
export async function measureAlone(
  session: ImageSession,
  threads: number,
  batches: readonly number[],
  stop: Stop,
): Promise<ThreadTimes> {
  const encode = await median(async (cost) => session.release(await session.encode(image, cost)), stop);
  const embedding = await session.encode(image);
  const decode: { batch: number; perPrompt: number }[] = [];
  for (const batch of batches) {
    if (decode.length > 0 && stop.late()) break;
    const call = await median((cost) => session.decode(embedding, promptsOf(batch), cost), stop);
    decode.push({ batch, perPrompt: call / batch });
  }
  await session.release(embedding);
  return { threads, encode, decode };
}

/** Images per second of several sessions at once: each encodes an image and answers so many prompts, again and again. */
export async function measureTogether(
  sessions: readonly ImageSession[],
  { prompts, batch, images }: { readonly prompts: number; readonly batch: number; readonly images: number },
  clock: () => number,
): Promise<number> {
  const start = clock();
  await Promise.all(
    sessions.map(async (session) => {
      for (let n = 0; n < images; n++) {
        const embedding = await session.encode(image);
        for (let done = 0; done < prompts; done += batch)
          await session.decode(embedding, promptsOf(Math.min(batch, prompts - done)));
        await session.release(embedding);
      }
    }),
  );
  return (1000 * images * sessions.length) / (clock() - start);
}

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

/** Images per second of one worker with nothing else to do, each embedding used for so many prompts. */
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
