// What timing.jsonl holds, beside the results and never part of them, and what reports make of it.

import { timeDefaults } from "./defaults.ts";
import { given } from "./given.ts";
import { canonicalJson } from "./hash.ts";
import { mean, percentileSorted, sum } from "./numbers.ts";
import type { SampleNoun } from "./plan.ts";
import type { CallTimes, Sitting } from "./schema-types.ts";

export type { CallTimes, PairTimes, Sitting, StageComparison } from "./schema-types.ts";

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

/** What calls of a model are of. */
export type CallStage = "encode" | "decode";

/** Calls about one image in one sitting: the milliseconds that each took in the runtime, in their order. */
export interface UnitCalls extends Readonly<Record<CallStage, readonly number[]>> {
  /** Of a clip: what a frame took in all graphs, its mean; the calls of `encode` and `decode` are means too. */
  readonly frame?: readonly number[];
  /** Stages whose first call here was the worker's first one. */
  readonly first?: readonly CallStage[];
  readonly sitting: Sitting;
  /** Most prompts of a decoder call. */
  readonly batch: number;
  /** Load average of the machine when the line was written: processes that wanted a core in the last minute. */
  readonly load: number;
}

/** What was done in a unit, or with a model. */
export interface WorkDone {
  readonly targets: number;
  readonly prompts: number;
  /** Clicks that were placed. */
  readonly clicks: number;
  /** Runs of the image encoder, and embeddings that were kept from earlier ones. */
  readonly encoded: number;
  readonly cached: number;
  /** Of clips: frames that were played, over all protocols. */
  readonly frames?: number;
}

/** A line of timing.jsonl, as far as it is used. `write` is of the line before. */
export interface TimingLine extends WorkDone, Readonly<Partial<Record<Phase, number>>> {
  readonly model: string;
  readonly benchmark: string;
  readonly sample: string;
  /** Absent where they were not recorded. Several, where the image was evaluated in parts. */
  readonly calls?: readonly UnitCalls[];
  /** Milliseconds since the line before by the same process. */
  readonly passed: number;
  /** Of a clip, by graph: its runs and the milliseconds in them. */
  readonly parts?: Readonly<Record<string, { readonly runs: number; readonly ms: number }>>;
}

/** What calls are compared from. */
export type TimedLine = Pick<TimingLine, "benchmark" | "sample" | "cached" | "calls" | "frames">;

/** One phase over the images of a model: milliseconds in all, and of an image at the median and the 95th percentile. */
export interface PhaseTimes {
  readonly phase: Phase;
  readonly total: number;
  readonly p50: number;
  readonly p95: number;
}

export interface ModelTimes extends WorkDone {
  readonly model: string;
  readonly images: number;
  /** From the first image's start to the last one's end, processes and shards added up. */
  readonly seconds: number;
  /** Phases that took any time. */
  readonly phases: readonly PhaseTimes[];
  /** Of clips: the graphs that `encode` and `decode` are the time of. */
  readonly graphs?: readonly { readonly graph: string; readonly runs: number; readonly ms: number }[];
  /** Absent where no calls were recorded. */
  readonly calls?: ModelCalls;
}

/** What a model's time is taken of: all calls about an image, or about a frame of a clip, together, or a single call. */
export type TimedStage = "image" | "frame" | CallStage;
export const stageNames = {
  image: "an image's calls",
  frame: "a frame's calls",
  encode: "an encoder call",
  decode: "a decoder call",
} as const satisfies Readonly<Record<TimedStage, string>>;
export const timedStages = Object.keys(stageNames) as TimedStage[];

/** The calls of a model in the sitting that has most of its images, without each worker's first ones. */
export interface ModelCalls {
  readonly sitting: Sitting;
  readonly stages: Readonly<Partial<Record<TimedStage, CallTimes>>>;
  /** Images with calls in it, and in others. */
  readonly images: number;
  readonly elsewhere: number;
  /** Mean load average of the machine. */
  readonly load: number;
  /** Most prompts of a decoder call. */
  readonly batch: number;
}

/** More processes wanted a core than there are: then times are those of other processes too. */
export function isBusy({ cores, threads, workers }: Sitting, load: number): boolean {
  // The run's own share: its workers, and the thread that scores.
  return load > timeDefaults.busy * Math.max(cores, workers * threads + 1);
}

/** The calls about an image in one sitting, without a worker's first ones. */
export interface TimedImage extends Readonly<Record<CallStage, readonly number[]>> {
  /** All calls together; undefined where one was a worker's first one or where the embedding had been kept. */
  readonly image: number | undefined;
  readonly frame: readonly number[];
  readonly batch: number;
  readonly load: number;
}

/** What was timed in one sitting, by image. */
export interface TimedSitting {
  readonly sitting: Sitting;
  readonly images: ReadonlyMap<string, TimedImage>;
}

/** A model's calls by sitting, in the order in which these first occur; an image that was evaluated in parts has no time as a whole. */
export function sittingsOf(lines: readonly TimedLine[]): TimedSitting[] {
  const found = new Map<string, { readonly sitting: Sitting; readonly images: Map<string, TimedImage> }>();
  for (const { benchmark, sample, cached, calls = [] } of lines)
    for (const { sitting, first = [], batch, load, ...times } of calls) {
      const key = canonicalJson(sitting);
      const own = found.get(key) ?? { sitting, images: new Map() };
      found.set(key, own);
      const name = JSON.stringify([benchmark, sample]);
      const before = own.images.get(name);
      const later = (stage: CallStage) => [
        ...(before?.[stage] ?? []),
        ...(first.includes(stage) ? times[stage].slice(1) : times[stage]),
      ];
      const frame = [...(before?.frame ?? []), ...(times.frame ?? [])];
      const alone = calls.length === 1 && first.length === 0 && cached === 0 && times.frame === undefined;
      const whole = alone && times.decode.length > 0;
      const image = whole ? sum(times.encode) + sum(times.decode) : undefined;
      own.images.set(name, { encode: later("encode"), decode: later("decode"), image, frame, batch, load });
    }
  return [...found.values()];
}

/** What is timed together: clips where frames are. */
export function timedNoun(stages: readonly { readonly stage: TimedStage }[] = []): SampleNoun {
  return stages.some(({ stage }) => stage === "frame") ? "clip" : "image";
}

/** Milliseconds of a stage of images: one for each call. */
export function stageTimes(images: Iterable<TimedImage>, stage: TimedStage): CallTimes | undefined {
  const values = Float64Array.from(Array.from(images, (image) => image[stage] ?? []).flat()).sort();
  if (values.length === 0) return undefined;
  const at = (share: number) => percentileSorted(values, share);
  return { n: values.length, p50: at(0.5), p95: at(0.95) };
}

/** Of images: clips have their time by graph. */
function modelCalls(lines: readonly TimingLine[]): ModelCalls | undefined {
  const all = sittingsOf(lines.filter(({ calls = [] }) => calls.every(({ frame }) => frame === undefined)));
  const [most] = all.toSorted((a, b) => b.images.size - a.images.size);
  if (most === undefined) return undefined;
  const { sitting, images } = most;
  const stages = Object.fromEntries(
    timedStages.flatMap((stage) => {
      const times = stageTimes(images.values(), stage);
      return times === undefined ? [] : [[stage, times]];
    }),
  );
  const elsewhere = new Set(
    all.flatMap((other) => [...other.images.keys()].filter((name) => !images.has(name))),
  );
  const load = mean(Array.from(images.values(), (image) => image.load));
  const batch = Math.max(...Array.from(images.values(), (image) => image.batch));
  return { sitting, stages, images: images.size, elsewhere: elsewhere.size, load, batch };
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
    const total = (key: (typeof counts)[number] | "passed") => own.reduce((all, line) => all + line[key], 0);
    const { targets, prompts, clicks, encoded, cached } = Object.fromEntries(
      counts.map((key) => [key, total(key)]),
    ) as Record<(typeof counts)[number], number>;
    return {
      ...{ model, images: own.length, targets, prompts, clicks, encoded, cached },
      seconds: total("passed") / 1000,
      phases: names.flatMap((phase) => {
        const values = Float64Array.from(own, (line) => line[phase] ?? 0).sort();
        const total = values.reduce((all, value) => all + value, 0);
        const at = (share: number) => percentileSorted(values, share);
        return total === 0 ? [] : [{ phase, total, p50: at(0.5), p95: at(0.95) }];
      }),
      ...framesOf(own),
      ...given({ calls: modelCalls(own) }),
    };
  });
}

function framesOf(lines: readonly TimingLine[]): Pick<ModelTimes, "frames" | "graphs"> {
  const all = new Map<string, { readonly runs: number; readonly ms: number }>();
  for (const { parts = {} } of lines)
    for (const [graph, { runs, ms }] of Object.entries(parts)) {
      const before = all.get(graph);
      all.set(graph, { runs: (before?.runs ?? 0) + runs, ms: (before?.ms ?? 0) + ms });
    }
  const frames = sum(lines.map((line) => line.frames ?? 0));
  const graphs = [...all].map(([graph, times]) => ({ graph, ...times }));
  return { ...(frames === 0 ? {} : { frames }), ...(graphs.length === 0 ? {} : { graphs }) };
}

/** What a model's time is divided into: phases, and in place of those that are its graphs' time, the graphs of a model of clips. */
export interface TimedPart {
  readonly name: string;
  readonly total: number;
  readonly phase?: Phase;
  readonly runs?: number;
}

export function timedParts({ phases: own, graphs = [] }: ModelTimes): TimedPart[] {
  const all = own.map(({ phase, total }): TimedPart => ({ name: phase, phase, total }));
  if (graphs.length === 0) return all;
  const isGraphs = ({ phase }: TimedPart) => phase === "encode" || phase === "decode";
  const at = all.findIndex(isGraphs);
  const parts = graphs.map(({ graph, runs, ms }) => ({ name: graph.replaceAll("_", " "), total: ms, runs }));
  return [...all.slice(0, at), ...parts, ...all.slice(at)].filter((part) => !isGraphs(part));
}
