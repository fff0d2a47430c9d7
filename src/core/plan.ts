// The resolved plan: plain data, every default filled in. It is the identity of a run, and what the manifest holds.
import type { TitledCard } from "./defaults.ts";
import { sha256 } from "./hash.ts";
import type { GeneratorSettings } from "./mask-sets.ts";
import type { DatasetCard, ModelCard, RunFile } from "./schema-types.ts";

export interface FileFact {
  /** As the card states it; never an absolute path. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface PlannedModel {
  readonly name: string;
  /** The card with every default filled in. */
  readonly card: (ModelCard & { readonly title: string }) | ExternalCard;
  readonly files: readonly FileFact[];
}

/** In place of a card: masks made elsewhere, by a model that was never opened. */
export interface ExternalCard {
  readonly name: string;
  readonly title: string;
  readonly family: "external";
  /** Whether the masks came with scores. */
  readonly mask: { readonly predictedIou: "iou" | "none" };
}

/** Whose recorded prompts were sent. */
export interface ReplayedRun {
  /** Name of the run, its plan, and the model that the prompts answered. */
  readonly run: string;
  readonly plan: string;
  readonly model: string;
  /** SHA-256 of the prompts. */
  readonly prompts: string;
}

/** In place of a card: samples that came from code. */
export interface MemoryCard
  extends Pick<
    DatasetCard,
    "name" | "description" | "licence" | "homepage" | "published" | "surfaceTolerance"
  > {
  readonly title: string;
  /** Chosen by whoever made them. */
  readonly version: string;
  readonly domain: readonly string[];
  readonly adapter: { readonly format: "memory" };
}

export interface PlannedBenchmark {
  readonly name: string;
  readonly card: TitledCard | MemoryCard;
  readonly cardHash: string;
  /** Images in evaluation order, after subset and limit, before sharding. */
  readonly images: number;
  /** SHA-256 over the image ids in that order, joined by newlines. */
  readonly subsetHash: string;
  /** Of images with phrases: SHA-256 over all phrases of the benchmark, each once, in code-unit order, joined by newlines. */
  readonly phrasesHash?: string;
}

/** That of samples; undefined where none has phrases. */
export function phrasesHash(
  samples: readonly { readonly phrases?: readonly string[] }[],
): string | undefined {
  const all = new Set<string>();
  for (const { phrases = [] } of samples) for (const phrase of phrases) all.add(phrase);
  return all.size === 0 ? undefined : sha256([...all].sort().join("\n"));
}

/** What samples are, and what a model takes; "concept": images, each with phrases that are asked of it. */
export type Kind = "image" | "clip" | "concept";

/** What a sample is called. */
export type SampleNoun = Exclude<Kind, "concept">;

/** Formats of images with phrases. */
const withPhrases: readonly string[] = ["sa-co", "refer", "coco-phrases"];

/** What the samples of a card are, known without reading its data; of an unknown format, images. */
export function kindOf({ adapter }: { readonly adapter: { readonly format: string } }): Kind {
  return adapter.format === "clip-folders"
    ? "clip"
    : withPhrases.includes(adapter.format)
      ? "concept"
      : "image";
}

/** What a sample of a kind is called. */
export function nounOf(kind: Kind): SampleNoun {
  return kind === "clip" ? "clip" : "image";
}

/** What the samples of a plan's benchmarks are called. */
export function sampleNoun({
  benchmarks,
}: {
  readonly benchmarks: readonly Pick<PlannedBenchmark, "card">[];
}): SampleNoun {
  const clips = benchmarks.length > 0 && benchmarks.every(({ card }) => kindOf(card) === "clip");
  return clips ? "clip" : "image";
}

export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

export interface Plan {
  readonly name: string;
  readonly title: string;
  readonly seed: string;
  readonly limit?: number;
  /** SHA-256 of the list of samples and targets that are evaluated alone. */
  readonly ids?: string;
  /** That list names targets: of some samples a part is evaluated. */
  readonly targets?: true;
  /** Prompts per decoder call, runtime threads and provider can change last bits, so they belong to the identity. */
  readonly batch: number;
  readonly threads: number;
  readonly provider: NonNullable<RunFile["provider"]>;
  /** Where the runtime may not do all it can to the graphs. */
  readonly optimisation?: Exclude<NonNullable<RunFile["optimisation"]>, "all">;
  /** Where a provider may leave whole graphs to the CPU. */
  readonly allowCpuFallback?: true;
  /** Where kept embeddings are rounded. */
  readonly cachePrecision?: "float16";
  /** Machines may work on it that round in different ways. */
  readonly mixed?: true;
  readonly masks: boolean;
  readonly protocols: readonly string[];
  /** Numbers of clicks that are reported, the last of which is also where protocols of clicks end; absent: those of the protocols. */
  readonly points?: readonly number[];
  /** Of protocols that make all masks of an image: how. */
  readonly generators?: Readonly<Record<string, GeneratorSettings>>;
  /** By name; what the protocols themselves need comes first. */
  readonly metrics: readonly string[];
  readonly models: readonly PlannedModel[];
  readonly benchmarks: readonly PlannedBenchmark[];
  /** Where prompts are not the protocols' own. */
  readonly replay?: ReplayedRun;
}

/** What is written beside a run's rows. Only `plan` is identity; the rest says where and with what it was made. */
export interface Manifest {
  readonly format: "segbench/manifest@2";
  readonly plan: Plan;
  readonly planHash: string;
  readonly shard: Shard | null;
  readonly software: Readonly<Record<string, string>>;
  readonly hardware: Readonly<Record<string, string | number>>;
  /** Benchmarks of which the pictures are the drawn miniatures of the package. */
  readonly drawn?: readonly string[];
  /** Per model: contract, providers actually used, capabilities, signatures. */
  readonly models: Readonly<Record<string, unknown>>;
}

/** One unit of work: all protocols of one model on one sample. Units are numbered in plan order: model, benchmark, sample. */
export interface Unit {
  readonly index: number;
  readonly model: string;
  readonly benchmark: string;
  readonly sample: string;
}

/** A unit's name as text, for sets and maps. */
export function unitKey({ model, benchmark, sample }: Omit<Unit, "index">): string {
  return JSON.stringify([model, benchmark, sample]);
}

/** Units of the whole plan: every model on every image of every benchmark. */
export function unitCount(plan: Plan): number {
  return plan.models.length * plan.benchmarks.reduce((sum, { images }) => sum + images, 0);
}

/** The model of a unit of the whole plan. */
export function modelOf(plan: Plan, unit: number): string {
  return plan.models[Math.floor((unit * plan.models.length) / unitCount(plan))]!.name;
}

/** Which units a shard works on: every count-th, so that slow models and large benchmarks are spread evenly. */
export function inShard(unit: number, shard: Shard | null): boolean {
  return shard === null || unit % shard.count === shard.index;
}

/** Units of a shard (null: of the whole plan). */
export function shardSize(plan: Plan, shard: Shard | null): number {
  const units = unitCount(plan);
  if (shard === null) return units;
  return Math.max(0, Math.ceil((units - shard.index) / shard.count));
}

/** The n-th unit (from 0) of a shard: what is appended after n units. */
export function nthUnit(n: number, shard: Shard | null): number {
  return shard === null ? n : shard.index + n * shard.count;
}

/** "shard 1/4", as on the command line. */
export function shardName(shard: Shard | null): string {
  return shard === null ? "no shard" : `shard ${shard.index}/${shard.count}`;
}
