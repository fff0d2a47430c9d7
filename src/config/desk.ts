// What the steps of preparing a run share: folders, registries, and the list that problems are put on.
import type { DatasetCard } from "../core/schema-types.ts";
import type { Dataset, Metric, Protocol, SampleRef } from "../core/types.ts";
import type { Shelves } from "./cards.ts";
import type { Problem } from "./problems.ts";

export interface Selection {
  readonly images: readonly SampleRef[];
  /** SHA-256 over the image ids in that order, joined by newlines. */
  readonly hash: string;
}

/** The plug-ins, passed in so that a run can be prepared with others. */
export interface Registries {
  readonly adapters: Readonly<Record<string, unknown>>;
  openDataset(card: DatasetCard, root: string): Dataset;
  /** Images in evaluation order: the card's subset, then the limit. */
  selectImages(
    refs: readonly SampleRef[],
    options: {
      readonly benchmark: string;
      readonly seed: string;
      readonly masks?: number;
      readonly limit?: number;
    },
  ): Selection;
  readonly protocols: Readonly<Record<string, Protocol>>;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly families: Readonly<Record<string, unknown>>;
}

export interface Desk extends Shelves {
  readonly registries: Registries;
  readonly problems: Problem[];
}
