// Which images a card selects, in which order, and which are resampled together.
import { complain } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { draw } from "../core/random.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import type { ImageSample, Sample, SampleRef } from "../core/types.ts";
import { byCodeUnit } from "../formats/files.ts";
import type { Source } from "./shared/adapter.ts";
import type { Identified } from "./shared/identity.ts";
import { lastPart, lastParts, listed, readLists } from "./shared/lists.ts";

/**
 * The cluster of an image by the card's rule: its id, or what the group of a regular expression matches in its id, or in
 * the id that it would have alone.
 */
export function clusterRule({
  name,
  cluster,
}: Pick<DatasetCard, "name" | "cluster">): (id: string, plain: string) => string {
  if (cluster === undefined || cluster === "image") return (id) => id;
  const where = `${name}: cluster`;
  const expression = expressionOf(cluster, where);
  return (id, plain) => {
    const found = expression.exec(id)?.[1] ?? expression.exec(plain)?.[1];
    if (found !== undefined) return found;
    const what = "the expression has no group that matches the image id";
    throw complain(where, what, { expected: cluster, got: id });
  };
}

/** Which images belong to a card's split: by id, by lists that come with the data, or all. */
export interface Split {
  /** False only for images that `of` leaves out. */
  wanted(id: string): boolean;
  /** The images of the split, and one entry for each listed name without an image: it is counted as a failure. */
  of<S extends Sample>(
    entries: readonly Identified<S>[],
    source: Pick<Source, "note">,
  ): readonly Identified<S>[];
}

export async function selectionOf(
  { name, select }: Pick<DatasetCard, "name" | "select">,
  root: string,
): Promise<Split> {
  const expression = select?.ids === undefined ? undefined : expressionOf(select.ids, `${name}: select.ids`);
  const isMatched = (id: string) => expression?.test(id) ?? true;
  if (select?.lists === undefined)
    return { wanted: isMatched, of: (entries) => entries.filter(({ id }) => isMatched(id)) };
  const lines = await readLists(root, select.lists);
  const parts = lastParts(lines);
  return {
    wanted: (id) => parts.has(lastPart(id)),
    of: (entries, source) => listed(entries, lines, source).filter(({ id }) => isMatched(id)),
  };
}

function expressionOf(text: string, where: string): RegExp {
  try {
    return new RegExp(text);
  } catch (cause) {
    throw complain(where, "not a regular expression", { got: text, cause });
  }
}

export interface SubsetRule {
  /** The card's name. */
  readonly benchmark: string;
  /** The card's own seed, never the run's: the subset belongs to the benchmark. */
  readonly seed: string;
  /** Whole images are taken until this many masks are reached. */
  readonly masks?: number | undefined;
  /** At most this many images, the first in order. */
  readonly limit?: number | undefined;
}

export interface Selection<S extends Sample = ImageSample> {
  /** In evaluation order. */
  readonly images: readonly SampleRef<S>[];
  /** SHA-256 over the image ids in that order, joined by newlines. */
  readonly hash: string;
}

/**
 * Orders images by a draw that depends only on seed, benchmark and image id (ties by id, code-unit order), keeps the
 * shortest prefix with at least `masks` masks (all images if there are fewer), then the first `limit`.
 */
export function selectImages<S extends Sample>(
  refs: readonly SampleRef<S>[],
  { benchmark, seed, masks, limit }: SubsetRule,
): Selection<S> {
  const order = refs
    .map((ref) => ({ ref, u: draw(seed, benchmark, ref.id, "", "subset", 0) }))
    .sort((a, b) => a.u - b.u || byCodeUnit(a.ref.id, b.ref.id))
    .map(({ ref }) => ref);
  const kept = masks === undefined ? order : order.slice(0, prefixLength(order, masks, benchmark));
  const images = kept.slice(0, limit ?? kept.length);
  return { images, hash: sha256(images.map(({ id }) => id).join("\n")) };
}

function prefixLength(order: readonly SampleRef<Sample>[], masks: number, benchmark: string): number {
  let sum = 0;
  for (const [i, ref] of order.entries()) {
    const what = "a subset by masks needs the number of masks of every image";
    if (ref.masks === undefined) throw complain(benchmark, what, { got: `none for ${ref.id}` });
    sum += ref.masks;
    if (sum >= masks) return i + 1;
  }
  return order.length;
}
