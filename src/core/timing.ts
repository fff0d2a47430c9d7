// What timing.jsonl holds, beside the results and never part of them, and what reports make of it.
import { percentileSorted } from "./numbers.ts";

/** What the time of an image goes into, in milliseconds, in the order in which reports show it. */
export const phases = {
  read: "reading and decoding images and annotations",
  preprocess: "from the image to the encoder's input",
  encode: "the image encoder, or reading a kept embedding",
  decode: "the mask decoder",
  postprocess: "from the decoder's output to masks at the image's size",
  score: "IoU and the other metrics",
  click: "placing clicks, making prompts",
  write: "writing rows and masks",
  idle: "waiting for the model while it works on another image, or for another image's scoring",
} as const;

export type Phase = keyof typeof phases;

/** A line of timing.jsonl, as far as it is used. `write` is of the line before. */
export interface TimingLine extends Readonly<Partial<Record<Phase, number>>> {
  readonly model: string;
  /** Milliseconds since the line before by the same process. */
  readonly passed: number;
  readonly targets: number;
  readonly prompts: number;
  readonly clicks: number;
  readonly encoded: number;
  readonly cached: number;
}

/** One phase over the images of a model: milliseconds in all, and of an image at the median and the 95th percentile. */
export interface PhaseTimes {
  readonly phase: Phase;
  readonly total: number;
  readonly p50: number;
  readonly p95: number;
}

export interface ModelTimes {
  readonly model: string;
  readonly images: number;
  readonly targets: number;
  readonly prompts: number;
  readonly clicks: number;
  /** Runs of the image encoder, and embeddings that had been kept. */
  readonly encoded: number;
  readonly cached: number;
  /** From the first image's start to the last one's end, processes and shards added up. */
  readonly seconds: number;
  /** Phases that took any time. */
  readonly phases: readonly PhaseTimes[];
}

const counts = ["targets", "prompts", "clicks", "encoded", "cached"] as const;
const names = Object.keys(phases) as Phase[];

/** Where the time of each model went, in the order in which models first occur. */
export async function summarizeTimes(lines: AsyncIterable<TimingLine>): Promise<ModelTimes[]> {
  const models = new Map<string, TimingLine[]>();
  for await (const line of lines) {
    const own = models.get(line.model);
    if (own === undefined) models.set(line.model, [line]);
    else own.push(line);
  }
  return [...models].map(([model, own]) => {
    const sum = (key: (typeof counts)[number] | "passed") => own.reduce((all, line) => all + line[key], 0);
    const { targets, prompts, clicks, encoded, cached } = Object.fromEntries(
      counts.map((key) => [key, sum(key)]),
    ) as Record<(typeof counts)[number], number>;
    return {
      ...{ model, images: own.length, targets, prompts, clicks, encoded, cached },
      seconds: sum("passed") / 1000,
      phases: names.flatMap((phase) => {
        const values = Float64Array.from(own, (line) => line[phase] ?? 0).sort();
        const total = values.reduce((all, value) => all + value, 0);
        const at = (share: number) => percentileSorted(values, share);
        return total === 0 ? [] : [{ phase, total, p50: at(0.5), p95: at(0.95) }];
      }),
    };
  });
}
