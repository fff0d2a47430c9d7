// COCO run-length encoding. Source: cocoapi common/maskApi.c (Dollar and Lin, 2015). Runs go down the columns
// (column-major) and begin with background; the compressed string packs counts into 6-bit characters.
import { complain } from "../core/errors.ts";
import type { BitMask, Size } from "../core/types.ts";
import { createMask } from "./bit-mask.ts";
import { fillColumns } from "./toggles.ts";

/** Run lengths in column-major order: background, foreground, background, ...; the first may be 0. */
export type RleCounts = readonly number[];

/**
 * The counts of a mask, as pycocotools' `encode` has them: no run is 0 except the first, no trailing background of 0.
 * Cost: one pass over the words plus the number of runs. Example: "##" over ".." gives [0, 1, 1, 1, 1].
 */
export function rleFromMask({ width, height, stride, words }: BitMask): number[] {
  const counts: number[] = [];
  const changes: number[][] = Array.from({ length: 32 }, () => []);
  let value = 0;
  let runStart = 0;
  const endRun = (at: number) => {
    counts.push(at - runStart);
    runStart = at;
    value ^= 1;
  };
  for (let column = 0; column < stride; column++) {
    for (const list of changes) list.length = 0;
    for (let y = 0, above = 0, w = column; y < height; y++, w += stride) {
      const word = words[w]!;
      for (let rest = word ^ above; rest !== 0; rest &= rest - 1)
        changes[31 - Math.clz32(rest & -rest)]!.push(y);
      above = word;
    }
    for (let bit = 0, x = column * 32; bit < 32 && x < width; bit++, x++) {
      const list = changes[bit]!;
      const top = list[0] === 0 ? 1 : 0;
      if (height > 0 && top !== value) endRun(x * height);
      for (let i = top; i < list.length; i++) endRun(x * height + list[i]!);
    }
  }
  counts.push(width * height - runStart);
  return counts;
}

/** The mask of counts; they must add up to width x height (`where` names the annotation in the complaint). */
export function maskFromRle(counts: RleCounts, { width, height }: Size, where: string): BitMask {
  checkCounts(counts, width * height, where);
  const mask = createMask(width, height);
  const { stride, words } = mask;
  const toggle = (x: number, y: number) => {
    words[y * stride + (x >>> 5)]! ^= 1 << (x & 31);
  };
  let at = 0;
  for (let i = 0; i < counts.length; i++) {
    const end = at + counts[i]!;
    if ((i & 1) === 1 && end > at) {
      const lastX = Math.floor((end - 1) / height);
      for (let x = Math.floor(at / height), y = at - x * height; x <= lastX; x++, y = 0) toggle(x, y);
      const afterY = end - lastX * height;
      // Columns are filled to their bottom; only the last one may stop earlier.
      if (afterY < height) toggle(lastX, afterY);
    }
    at = end;
  }
  fillColumns(mask);
  return mask;
}

/** Set pixels of counts, without decoding them. `rleArea([5, 3, 2, 4])` is 7. */
export function rleArea(counts: RleCounts): number {
  let sum = 0;
  for (let i = 1; i < counts.length; i += 2) sum += counts[i]!;
  return sum;
}

function checkCounts(counts: RleCounts, pixels: number, where: string): void {
  let sum = 0;
  for (const count of counts) {
    if (!Number.isInteger(count) || count < 0) {
      throw complain({
        where,
        what: "a run length is not a whole number >= 0",
        got: String(count),
      });
    }
    sum += count;
  }
  if (sum !== pixels) {
    throw complain({
      where,
      what: "run lengths do not add up to width x height",
      expected: String(pixels),
      got: String(sum),
    });
  }
}
