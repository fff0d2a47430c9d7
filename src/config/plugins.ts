// What a run is prepared with: the plug-ins of the project and of the caller, folders, and the list of problems.
import type { FullDatasetCard } from "../core/defaults.ts";
import type { Note, Place, Problem } from "../core/errors.ts";
import type { Metric } from "../core/measure.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import type { Dataset, Sample, SampleRef } from "../core/types.ts";
import type { Protocol, Task, TaskProtocol } from "../eval/index.ts";
import type { FamilyFacts } from "../models/index.ts";
import type { CardFolders } from "./cards.ts";

export interface Selection<S extends Sample> {
  readonly images: readonly SampleRef<S>[];
  /** SHA-256 over the image ids in that order, joined by newlines. */
  readonly hash: string;
}

/** What takes a while before the first image, or after the last. */
export interface Preparing {
  readonly what: "looks" | "cards" | "hashes" | "samples" | "models" | "pictures" | "reports";
  /** The file, sample, benchmark or model. */
  readonly name?: string;
  /** Of `total`, in bytes of a file or as a number of benchmarks. */
  readonly done?: number;
  readonly total?: number;
}

/** The plug-ins, passed in so that a run can be prepared with others. */
export interface Registries {
  readonly adapters: Readonly<Record<string, unknown>>;
  /** A card with every default filled in, those of its format too. */
  fullDatasetCard(card: DatasetCard): Promise<FullDatasetCard>;
  /** Of images; `openSamples`: of whatever the card's samples are. */
  openDataset(card: DatasetCard, root: string, note?: (note: Note) => void): Dataset;
  openSamples(card: DatasetCard, root: string, note?: (note: Note) => void): Dataset<Sample>;
  /** Samples in evaluation order: the card's subset, then the limit. */
  selectImages<S extends Sample>(
    refs: readonly SampleRef<S>[],
    options: {
      readonly benchmark: string;
      readonly seed: string;
      readonly masks?: number;
      readonly limit?: number;
    },
  ): Selection<S>;
  readonly tasks: Readonly<Record<string, Task>>;
  /** Of all tasks, and the caller's. */
  readonly protocols: Readonly<Record<string, TaskProtocol>>;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly families: Readonly<
    Record<
      string,
      Pick<FamilyFacts, "summary"> &
        Partial<Pick<FamilyFacts, "kind" | "parts" | "optionalParts" | "defaults">>
    >
  >;
}

/** The caller's plug-ins, for one run. */
export interface Plugins {
  /** With their protocols. */
  readonly tasks?: readonly Task[] | undefined;
  readonly protocols?: readonly Protocol[] | undefined;
  readonly metrics?: readonly Metric[] | undefined;
  /** Benchmarks in memory, by name. */
  readonly benchmarks?: readonly OwnBenchmark[] | undefined;
}

/** A benchmark without a card: its samples come from code. Name and version stand for its data in the identity of a run. */
export interface OwnBenchmark {
  readonly name: string;
  /** Changes whenever samples or masks do. */
  readonly version: string;
  readonly dataset: Dataset;
  readonly title?: string;
  readonly description?: string;
  /** Kinds of images, for the means of domains. */
  readonly domain?: readonly string[];
  readonly licence?: string;
  readonly homepage?: string;
  /** How far apart two outlines may lie and still agree, in pixels. */
  readonly surfaceTolerance?: number;
}

/** A sample, or one target of it. */
export interface NamedSample {
  readonly benchmark: string;
  readonly sample: string;
  readonly target?: string | undefined;
}

export interface NamedLine extends NamedSample {
  readonly place: Place;
  /** `sample` may hold a target behind it: words were separated by spaces, which ids may have too. */
  readonly open: boolean;
  /** The line, of which the name of the only benchmark may be left out. */
  readonly whole?: string;
}

/** What a run is told to evaluate. */
export interface NamedSamples {
  readonly lines: readonly NamedLine[];
  /** The run has one benchmark. */
  readonly alone: boolean;
  /** Lines of which it is known what they mean, or said that it is not. */
  readonly settled: Set<NamedLine>;
  /** What was found, as text; in the order of the lines. */
  readonly found: string[];
}

/** What the steps of preparing share. */
export interface Preparation extends CardFolders {
  readonly registries: Registries;
  readonly problems: Problem[];
  /** What was chosen for the caller, a sentence each. */
  readonly notes: string[];
  /** Where only these samples are evaluated. */
  readonly named?: NamedSamples | undefined;
  /** Where a run takes what is there: benchmarks that are not, and problems of those that cannot be listed. */
  readonly absent?: {
    readonly missing: { readonly name: string; readonly path: string }[];
    readonly failed: Problem[];
    /** All that were asked for, there or not. */
    names: readonly string[];
  };
  readonly own?: readonly OwnBenchmark[] | undefined;
  readonly onStep?: ((step: Preparing) => void) | undefined;
  /** Benchmarks whose cards were made of what is on disk, by name; undefined where that failed, and was reported. */
  readonly made?: ReadonlyMap<string, MadeBenchmark | undefined> | undefined;
}

/** A benchmark of the user's own files: the card that was made for them, and the folder that it is about. */
export interface MadeBenchmark {
  readonly card: DatasetCard;
  /** Absolute. */
  readonly root: string;
  /** Where its samples were listed already. */
  readonly list?: Dataset["list"];
}
