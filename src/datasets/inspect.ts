// What is on disk, held against the card.
import { reasonOf } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import type { Dataset, SampleRef, TargetEntry } from "../core/types.ts";

export interface CheckOptions {
  /** Load at most this many images, the first by id. Default: all. */
  readonly limit?: number | undefined;
  /** Load images and masks, not only list them. */
  readonly full?: boolean | undefined;
}

export interface Found {
  readonly images: number;
  /** Images with at least one mask to score; undefined like `masks`. */
  readonly labelled: number | undefined;
  /** Masks to score; undefined where that is not known without loading everything. */
  readonly masks: number | undefined;
}

export interface DatasetProblem {
  /** The image's id; the card's name for the set as a whole. */
  readonly where: string;
  readonly what: string;
}

export interface DatasetCheck {
  readonly found: Found;
  readonly expected: { readonly images?: number; readonly masks?: number };
  /** With `full`: number of images loaded, and of targets by status or reason. */
  readonly loaded: number;
  readonly targets: Readonly<Record<string, number>>;
  readonly problems: readonly DatasetProblem[];
}

/** Counts from the listing; with `full` every image is loaded and what failed is listed. A set that cannot be listed rejects. */
export async function checkDataset(
  card: DatasetCard,
  dataset: Dataset,
  { limit, full = false }: CheckOptions = {},
): Promise<DatasetCheck> {
  const refs = await dataset.list();
  const problems: DatasetProblem[] = [];
  const targets: Record<string, number> = {};
  const scored: (number | undefined)[] = refs.map(({ masks }) => masks);
  const loaded = full ? Math.min(limit ?? refs.length, refs.length) : 0;
  for (let i = 0; i < loaded; i++) scored[i] = await loadOne(refs[i]!, targets, problems);
  const found = { images: refs.length, ...countScored(scored) };
  const expected = card.expected ?? {};
  for (const key of ["images", "masks"] as const) {
    if (expected[key] === undefined || found[key] === undefined || expected[key] === found[key]) continue;
    problems.unshift({
      where: card.name,
      what: `another number of ${key}; expected ${expected[key]}, got ${found[key]}`,
    });
  }
  return { found, expected, loaded, targets, problems };
}

async function loadOne(
  ref: SampleRef,
  counts: Record<string, number>,
  problems: DatasetProblem[],
): Promise<number> {
  const count = (key: string) => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  try {
    const { targets } = await ref.load();
    for (const target of targets) {
      count(target.status === "dropped" ? `dropped ${target.reason}` : target.status);
      if (target.status === "failed")
        problems.push({ where: ref.id, what: `target ${target.id}: ${target.reason}` });
    }
    return targets.filter((target: TargetEntry) => target.status === "ok").length;
  } catch (error) {
    count("images failed");
    problems.push({ where: ref.id, what: reasonOf(error) });
    return 0;
  }
}

function countScored(scored: readonly (number | undefined)[]): Omit<Found, "images"> {
  const known = scored.filter((count) => count !== undefined);
  if (known.length < scored.length) return { masks: undefined, labelled: undefined };
  return {
    masks: known.reduce((sum, count) => sum + count, 0),
    labelled: known.filter((count) => count > 0).length,
  };
}
