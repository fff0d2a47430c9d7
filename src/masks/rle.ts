// COCO run-length encoding. Source: cocoapi common/maskApi.c (Dollar and Lin, 2015). Runs go down the columns
// (column-major) and begin with background.
import { complain } from "../core/errors.ts";
import type { Rle } from "../core/rows.ts";
import type { BitMask, Size } from "../core/types.ts";
import { createMask, fillColumns } from "./bit-mask.ts";

/** Run lengths in column-major order: background, foreground, background, ...; the first may be 0. */
export type RleCounts = readonly number[];

/**
 * The counts of a mask, as pycocotools' `encode` gives them: no run is 0 except the first, no trailing background of 0.
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

/** The mask of counts; they must add up to width x height. `where` names the annotation in errors. */
export function maskFromRle(counts: RleCounts, { width, height }: Size, where: string): BitMask {
  checkRuns(counts, width * height, where);
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

/** Throws unless counts add up to a number of pixels. */
export function checkRuns(counts: RleCounts, pixels: number, where: string): void {
  let sum = 0;
  for (const count of counts) {
    if (!Number.isInteger(count) || count < 0) {
      throw complain(where, "a run length is not a whole number >= 0", { got: String(count) });
    }
    sum += count;
  }
  if (sum !== pixels) {
    throw complain(where, "run lengths do not add up to width x height", {
      expected: String(pixels),
      got: String(sum),
    });
  }
}

// The compressed form of counts: like LEB128 with 6 bits a character (ASCII 48 to 111), signed, and from the
// fourth count on the difference to the count two before (rleToString and rleFrString).

/** A mask as files store it. */
export function rleOf(mask: BitMask): Rle {
  return { size: [mask.height, mask.width], counts: encodeCounts(rleFromMask(mask)) };
}

/** The inverse of `rleOf`; `where` names the mask in errors. */
export function maskOfRle({ size: [height, width], counts }: Rle, where: string): BitMask {
  return maskFromRle(decodeCounts(counts, where), { width, height }, where);
}

/** Counts -> compressed string. Example: `encodeCounts([6, 1, 40, 4, 5])` is "61X13mN". */
export function encodeCounts(counts: RleCounts): string {
  const codes: number[] = [];
  for (let i = 0; i < counts.length; i++) {
    let rest = i > 2 ? counts[i]! - counts[i - 2]! : counts[i]!;
    for (let more = true; more; ) {
      const five = rest & 0x1f;
      rest >>= 5;
      more = (five & 0x10) !== 0 ? rest !== -1 : rest !== 0;
      codes.push((more ? five | 0x20 : five) + 48);
    }
  }
  // In chunks: the number of arguments of a call is limited.
  let text = "";
  for (let i = 0; i < codes.length; i += 8192) text += String.fromCharCode(...codes.slice(i, i + 8192));
  return text;
}

/** Compressed string -> counts; `where` names the annotation when the string is damaged. */
export function decodeCounts(text: string, where: string): number[] {
  const counts: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0;
    let shift = 0;
    for (let more = true; more; ) {
      if (at >= text.length) {
        throw complain(where, "compressed RLE ends inside a count", { got: quote(text) });
      }
      const code = text.charCodeAt(at++) - 48;
      if (code < 0 || code > 63) {
        throw complain(where, `compressed RLE has a bad character at position ${at - 1}`, {
          expected: 'characters from "0" to "o"',
          got: JSON.stringify(text[at - 1]),
        });
      }
      // Beyond 30 bits an image would have more than 10^9 pixels.
      if (shift > 30)
        throw complain(where, "compressed RLE has a count that is too long", { got: quote(text) });
      value += (code & 0x1f) * 2 ** shift;
      shift += 5;
      more = (code & 0x20) !== 0;
      if (!more && (code & 0x10) !== 0) value -= 2 ** shift;
    }
    if (counts.length > 2) value += counts[counts.length - 2]!;
    if (value < 0) throw complain(where, "compressed RLE has a negative run length", { got: String(value) });
    counts.push(value);
  }
  return counts;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
}
