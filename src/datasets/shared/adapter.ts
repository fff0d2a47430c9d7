// The interface of adapters. `datasets/index.ts` fills in defaults and adds order, clusters and checks for all of them.

import type { Note } from "../../core/errors.ts";
import type { DatasetCard } from "../../core/schema-types.ts";
import type { CocoNames, ImageSample, Sample, Size } from "../../core/types.ts";
import type { PixelRules } from "../../formats/image-file.ts";

/** Reads one format; `Chosen` are the options with defaults. */
export interface Adapter<Options, Chosen extends keyof Options = never, S extends Sample = ImageSample> {
  readonly defaults: Full<Options, Chosen>;
  list(options: Options & Full<Options, Chosen>, source: Source): Promise<readonly Entry<S>[]>;
}

type Full<Options, Chosen extends keyof Options> = Required<Pick<Options, Chosen>>;

export interface Source {
  /** The card's name, for error messages about its options. */
  readonly card: string;
  readonly root: string;
  readonly pixels: PixelRules;
  /** The card draws a subset by masks, so `masks` must be known even where that means reading label files. */
  readonly countMasks: boolean;
  /** Of the card's draws. */
  readonly seed: string;
  /** Whether an image belongs to the card's split; adapters may list others, but need not read them. */
  wanted(id: string): boolean;
  /** Takes what was chosen or left out in silence, while listing or loading. The same note may come more than once. */
  note(note: Note): void;
  /** Another format's adapter, on the same files. */
  adapt(options: DatasetCard["adapter"]): Promise<readonly Entry[]>;
}

/** A SampleRef before its cluster is known. */
export interface Entry<S extends Sample = ImageSample> {
  /** Of the image and the card alone, never of other images; `shared/identity.ts` makes ids unique. */
  readonly id: string;
  /** The image's file, below the root or as the annotations name it: lists name it, and it tells images of one id apart. */
  readonly file?: string;
  /** Longer ids for where another image has the same one, the shortest first. Default: the file's name. */
  readonly apart?: readonly string[];
  /** What names the image, for messages: a file and a place in it. */
  readonly from?: string;
  readonly size?: Size;
  readonly masks?: number;
  /** Of a clip. */
  readonly frames?: number;
  readonly coco?: CocoNames;
  readonly queries?: readonly string[];
  readonly phrases?: readonly string[];
  /** Set where the id is not the benchmark's own (an annotation without an image), so that no cluster rule applies. */
  readonly cluster?: string;
  load(): Promise<S>;
}

/** Stands for a missing image: it is counted, and fails. */
export function absentEntry(id: string, load: () => Promise<never>): Entry<never> {
  return { id, cluster: id, masks: 0, load };
}
