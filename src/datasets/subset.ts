// Which images of a data set are evaluated, and in which order: protocol, "Subset".
import { complain } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { draw } from "../core/random.ts";
import type { SampleRef } from "../core/types.ts";
import { byCodeUnit } from "../formats/files.ts";

export interface SubsetRule {
  /** The card's name. */
  readonly benchmark: string;
  /** The card's own seed, never the run's: the subset belongs to the benchmark. */
  readonly seed: string;
  /** Whole images are taken until this many masks are reached. */
  readonly masks?: number | undefined;
  /** At most this many images, the first of the order. */
  readonly limit?: number | undefined;
}

export interface Selection {
  /** In evaluation order. */
  readonly images: readonly SampleRef[];
  /** SHA-256 over the image ids in that order, joined by newlines. */
  readonly hash: string;
}

/**
 * Orders images by a draw that depends on seed, benchmark and image id alone (ties by id, code-unit order), keeps the
 * shortest prefix whose masks reach `masks` (all, where they do not), then the first `limit`.
 */
export function selectImages(
  refs: readonly SampleRef[],
  { benchmark, seed, masks, limit }: SubsetRule,
): Selection {
  const order = refs
    .map((ref) => ({ ref, u: draw(seed, benchmark, ref.id, "", "subset", 0) }))
    .sort((a, b) => a.u - b.u || byCodeUnit(a.ref.id, b.ref.id))
    .map(({ ref }) => ref);
  const kept = masks === undefined ? order : order.slice(0, prefixLength(order, masks, benchmark));
  const images = kept.slice(0, limit ?? kept.length);
  return { images, hash: sha256(images.map(({ id }) => id).join("\n")) };
}

function prefixLength(order: readonly SampleRef[], masks: number, benchmark: string): number {
  let sum = 0;
  for (const [i, ref] of order.entries()) {
    if (ref.masks === undefined) {
      throw complain({
        where: benchmark,
        what: "a subset by masks needs the number of masks of every image",
        got: `none for ${ref.id}`,
      });
    }
    sum += ref.masks;
    if (sum >= masks) return i + 1;
  }
  return order.length;
}
