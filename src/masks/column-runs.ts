// Masks as runs down their columns, as COCO's RLE has them: what overlaps of a thousand masks with a dozen targets are counted on.
import { complain } from "../core/errors.ts";
import type { Rle } from "../core/rows.ts";
import type { BitMask, Box, Size } from "../core/types.ts";
import { checkRuns, decodeCounts, encodeCounts, rleOf } from "./rle.ts";

/** With at least the smallest box around it; an empty mask's ends before it begins. */
export interface ColumnRuns extends Size, Box {
  /** First pixel of each run and the one after its last, as x * height + y, ascending; no run is empty. */
  readonly edges: Uint32Array;
  /** Pixels. */
  readonly area: number;
}

/** The runs of a mask, however it is kept; `where` names it in errors. */
export function columnRunsOf(mask: BitMask | Rle, where: string): ColumnRuns {
  const runs = passingRunsOf(mask, where);
  return { ...runs, edges: runs.edges.slice() };
}

/** The same in memory that the next call writes over: of a thousand masks, none is kept. */
export function passingRunsOf(mask: BitMask | Rle, where: string): ColumnRuns {
  const {
    counts,
    size: [height, width],
  } = "words" in mask ? rleOf(mask) : mask;
  const size = { width, height };
  const quick = runsOfText(counts, size);
  if (quick !== undefined) return quick;
  const checked = decodeCounts(counts, where);
  checkRuns(checked, width * height, where);
  const runs = runsOfText(encodeCounts(checked), size);
  if (runs !== undefined) return runs;
  throw complain(where, "has a run too long to count", {
    expected: "below 2^29 pixels",
    got: String(checked.reduce((most, count) => Math.max(most, count), 0)),
  });
}

/** What is under way: a text's bytes, and edges. */
let [bytes, edges] = [Buffer.alloc(2 ** 12), new Uint32Array(2 ** 12)];

/** As `decodeCounts` reads them; undefined where anything is wrong, and where a number is longer than it need be. */
function runsOfText(text: string, { width, height }: Size): ColumnRuns | undefined {
  const { length } = text;
  if (bytes.length <= length) [bytes, edges] = [Buffer.alloc(2 * length), new Uint32Array(2 * length)];
  // Of a character that is no ASCII every byte is above all that counts are made of.
  bytes.write(text, 0, length, "utf8");
  const [from, found] = [bytes, edges];
  let next = 0;
  // The number of the count, and the two counts before it.
  let [n, older, newer] = [0, 0, 0];
  let [at, y, edge, area, top, end] = [0, 0, 0, 0, height, 0];
  while (next < length) {
    let code = from[next++]! - 48;
    let count = code & 0x1f;
    let shift = 5;
    let wrong = code & ~0x3f;
    while ((code & 0x20) !== 0) {
      if (next === length || shift > 25) return undefined;
      code = from[next++]! - 48;
      wrong |= code & ~0x3f;
      count |= (code & 0x1f) << shift;
      shift += 5;
    }
    if ((code & 0x10) !== 0) count |= -1 << shift;
    if (n > 2) count = (count + older) | 0;
    if (wrong !== 0 || count < 0) return undefined;
    older = newer;
    newer = count;
    if ((n++ & 1) === 1 && count > 0) {
      if (y < top) top = y;
      if (y + count > end) end = y + count;
      if (y + count > height) top = 0;
      area += count;
      if (edge > 0 && found[edge - 1] === at) edge--;
      else found[edge++] = at;
      found[edge++] = at + count;
    }
    at += count;
    y += count;
    if (y >= height) {
      y -= height;
      if (y >= height) y %= height;
    }
  }
  if (at !== width * height) return undefined;
  const own = found.subarray(0, edge);
  const x0 = area === 0 ? width : Math.floor(own[0]! / height);
  const x1 = area === 0 ? -1 : Math.floor((own[edge - 1]! - 1) / height);
  return { width, height, edges: own, area, x0, y0: top, x1, y1: Math.min(end, height) - 1 };
}

/** Pixels that two masks of one size share. Cost: the number of runs from where both have begun. */
export function sharedPixels(a: ColumnRuns, b: ColumnRuns): number {
  const p = a.edges;
  const q = b.edges;
  if (p.length === 0 || q.length === 0) return 0;
  let i = firstEndingAfter(p, q[0]!);
  let j = firstEndingAfter(q, p[0]!);
  let shared = 0;
  while (i < p.length && j < q.length) {
    const first = p[i + 1]!;
    const second = q[j + 1]!;
    const from = p[i]! > q[j]! ? p[i]! : q[j]!;
    const to = first < second ? first : second;
    if (to > from) shared += to - from;
    if (first <= second) i += 2;
    if (second <= first) j += 2;
  }
  return shared;
}

/** At most so many pixels can be shared: those of the overlap of both boxes. */
export function sharedAtMost(a: ColumnRuns, b: ColumnRuns): number {
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
