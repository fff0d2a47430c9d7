// Masks as runs down their columns, as COCO's RLE has them: what overlaps of a thousand masks with a dozen targets are counted on.
import type { Rle } from "../core/rows.ts";
import type { BitMask, Box, Size } from "../core/types.ts";
import { checkRuns, decodeCounts, rleFromMask } from "./rle.ts";

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
  if ("words" in mask) return runsOfCounts(keepCounts(rleFromMask(mask)), mask)!;
  const [height, width] = mask.size;
  const size = { width, height };
  const found = readCounts(mask.counts);
  const quick = found < 0 ? undefined : runsOfCounts(found, size);
  if (quick !== undefined) return quick;
  const counts = decodeCounts(mask.counts, where);
  checkRuns(counts, width * height, where);
  return runsOfCounts(keepCounts(counts), size)!;
}

/** What is under way: a text's bytes, counts, edges. */
let [bytes, counts, edges] = [Buffer.alloc(2 ** 12), new Int32Array(2 ** 12), new Uint32Array(2 ** 12)];

function reserve(length: number): void {
  if (bytes.length > length) return;
  [bytes, counts, edges] = [
    Buffer.alloc(2 * length),
    new Int32Array(2 * length),
    new Uint32Array(2 * length),
  ];
}

function keepCounts(list: readonly number[]): number {
  reserve(list.length);
  counts.set(list);
  return list.length;
}

/** As `decodeCounts`, into `counts`: how many there are; -1 where anything is wrong. */
function readCounts(text: string): number {
  const { length } = text;
  reserve(length);
  // Of a character that is no ASCII every byte is above all that counts are made of.
  bytes.write(text, 0, length, "utf8");
  const [from, to] = [bytes, counts];
  let n = 0;
  let at = 0;
  while (at < length) {
    let code = from[at++]! - 48;
    let value = code & 0x1f;
    let shift = 5;
    let wrong = code & ~0x3f;
    while ((code & 0x20) !== 0) {
      if (at === length || shift > 25) return -1;
      code = from[at++]! - 48;
      wrong |= code & ~0x3f;
      value |= (code & 0x1f) << shift;
      shift += 5;
    }
    if ((code & 0x10) !== 0) value |= -1 << shift;
    if (n > 2) value = (value + to[n - 2]!) | 0;
    if (wrong !== 0 || value < 0) return -1;
    to[n++] = value;
  }
  return n;
}

/** The first `n` of `counts` as runs; undefined where they are not as many pixels as the mask has. */
function runsOfCounts(n: number, { width, height }: Size): ColumnRuns | undefined {
  const [lengths, found] = [counts, edges];
  let at = 0;
  let y = 0;
  let length = 0;
  let area = 0;
  let top = height;
  let end = 0;
  for (let i = 0; i < n; i++) {
    const count = lengths[i]!;
    if ((i & 1) === 1 && count > 0) {
      if (y < top) top = y;
      if (y + count > end) end = y + count;
      if (y + count > height) top = 0;
      area += count;
      if (length > 0 && found[length - 1] === at) length--;
      else found[length++] = at;
      found[length++] = at + count;
    }
    at += count;
    y += count;
    if (y >= height) {
      y -= height;
      if (y >= height) y %= height;
    }
  }
  if (at !== width * height) return undefined;
  const own = found.subarray(0, length);
  const x0 = area === 0 ? width : Math.floor(own[0]! / height);
  const x1 = area === 0 ? -1 : Math.floor((own[length - 1]! - 1) / height);
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
