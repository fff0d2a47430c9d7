// Masks as runs down their columns, as COCO's RLE has them: what overlaps of a thousand masks with a dozen targets are counted on.
import type { Rle } from "../core/rows.ts";
import type { BitMask, Box, Size } from "../core/types.ts";
import { checkRuns, decodeCounts, type RleCounts, rleFromMask } from "./rle.ts";

export interface ColumnRuns extends Size {
  /** First pixel of each run and the one after its last, as x * height + y, ascending; no run is empty. */
  readonly edges: Uint32Array;
  /** Pixels. */
  readonly area: number;
  /** At least the smallest box; undefined for an empty mask. */
  readonly box: Box | undefined;
}

/** The runs of a mask, however it is kept; `where` names it in errors. */
export function columnRunsOf(mask: BitMask | Rle, where: string): ColumnRuns {
  if ("words" in mask) return runsOfCounts(rleFromMask(mask), mask);
  const [height, width] = mask.size;
  const counts = decodeCounts(mask.counts, where);
  checkRuns(counts, width * height, where);
  return runsOfCounts(counts, { width, height });
}

function runsOfCounts(counts: RleCounts, { width, height }: Size): ColumnRuns {
  const edges = new Uint32Array(counts.length + 1);
  let [at, length, area] = [0, 0, 0];
  let [y0, y1] = [height, -1];
  for (let i = 0; i < counts.length; i++) {
    const from = at;
    at += counts[i]!;
    if ((i & 1) === 0 || at === from) continue;
    area += at - from;
    const top = from % height;
    const bottom = top + at - from - 1;
    if (top < y0) y0 = bottom < height ? top : 0;
    if (bottom > y1) y1 = Math.min(bottom, height - 1);
    if (bottom >= height) y0 = 0;
    if (length > 0 && edges[length - 1] === from) length--;
    else edges[length++] = from;
    edges[length++] = at;
  }
  const own = edges.subarray(0, length);
  const x0 = Math.floor(own[0]! / height);
  const box = area === 0 ? undefined : { x0, y0, x1: Math.floor((own[length - 1]! - 1) / height), y1 };
  return { width, height, edges: own, area, box };
}

/** Pixels that two masks of one size share. Cost: the number of runs from where both have begun. */
export function sharedPixels(a: ColumnRuns, b: ColumnRuns): number {
  const [p, q] = [a.edges, b.edges];
  if (p.length === 0 || q.length === 0) return 0;
  let [i, j] = [firstEndingAfter(p, q[0]!), firstEndingAfter(q, p[0]!)];
  let shared = 0;
  while (i < p.length && j < q.length) {
    const [first, second] = [p[i + 1]!, q[j + 1]!];
    const from = p[i]! > q[j]! ? p[i]! : q[j]!;
    const to = first < second ? first : second;
    if (to > from) shared += to - from;
    if (first <= second) i += 2;
    if (second <= first) j += 2;
  }
  return shared;
}

/** At most so many pixels can be shared: those of the overlap of both boxes. */
export function sharedAtMost({ box: a }: ColumnRuns, { box: b }: ColumnRuns): number {
  if (a === undefined || b === undefined) return 0;
  const width = Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0) + 1;
  const height = Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0) + 1;
  return width > 0 && height > 0 ? width * height : 0;
}

/** Place of the first run that ends after a pixel. */
function firstEndingAfter(edges: Uint32Array, pixel: number): number {
  let [low, high] = [0, edges.length / 2];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[2 * middle + 1]! > pixel) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}
