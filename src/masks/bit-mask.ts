// Making and reading bit masks. The layout is that of core/types.ts: rows start on words, bits past the width are zero.
import { complain } from "../core/errors.ts";
import type { BitMask, Size } from "../core/types.ts";
import { bits } from "./bits.ts";
import { BAND_BYTES, ensureBytes } from "./instantiate.ts";
import { popcount } from "./popcount.ts";

/** What packing reads past the end of the bytes. */
const OVERRUN = 31;

/** An empty mask. `area(createMask(4, 3))` is 0. */
export function createMask(width: number, height: number): BitMask {
  const stride = (width + 31) >>> 5;
  return { width, height, stride, words: new Uint32Array(stride * height) };
}

/** The mask of the non-zero bytes of a row-major picture. Cost: one pass. */
export function fromBytes(bytes: Uint8Array, width: number, height: number): BitMask {
  if (bytes.length !== width * height) {
    throw complain({
      where: "mask",
      what: "the number of bytes is not width x height",
      expected: String(width * height),
      got: String(bytes.length),
    });
  }
  const mask = createMask(width, height);
  const { stride, words } = mask;
  const band = Math.min(height, Math.max(1, Math.floor(BAND_BYTES / width)));
  const to = 4 * Math.ceil((band * width + OVERRUN) / 4);
  ensureBytes(bits().memory, to + 4 * band * stride);
  const { buffer } = bits().memory;
  for (let y = 0; y < height; y += band) {
    const rows = Math.min(band, height - y);
    new Uint8Array(buffer).set(bytes.subarray(y * width, (y + rows) * width));
    bits().pack(0, width, rows, to);
    words.set(new Uint32Array(buffer, to, rows * stride), y * stride);
  }
  return mask;
}

/** The mask as row-major bytes, 1 = set: the inverse of `fromBytes`. */
export function toBytes({ width, height, stride, words }: BitMask): Uint8Array {
  const bytes = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let w = y * stride, left = width; left > 0; left -= 32, w++) {
      const word = words[w]!;
      const n = Math.min(32, left);
      if (word !== 0) for (let bit = 0; bit < n; bit++) bytes[i + bit] = (word >>> bit) & 1;
      i += n;
    }
  }
  return bytes;
}

/** Is pixel (x, y) set? Outside the picture nothing is. */
export function getPixel({ width, height, stride, words }: BitMask, x: number, y: number): boolean {
  if (x < 0 || y < 0 || x >= width || y >= height) return false;
  return ((words[y * stride + (x >>> 5)]! >>> (x & 31)) & 1) === 1;
}

/** Sets a pixel of a mask under construction; (x, y) must lie inside. */
export function setPixel({ stride, words }: BitMask, x: number, y: number): void {
  words[y * stride + (x >>> 5)]! |= 1 << (x & 31);
}

/** Sets pixels from..to-1 of row y of a mask under construction, word by word; 0 <= from, to <= width. */
export function setRun({ stride, words }: BitMask, y: number, from: number, to: number): void {
  if (from >= to) return;
  const row = y * stride;
  const first = row + (from >>> 5);
  const last = row + ((to - 1) >>> 5);
  const head = -1 << (from & 31);
  const tail = -1 >>> (31 - ((to - 1) & 31));
  if (first === last) {
    words[first]! |= head & tail;
    return;
  }
  words[first]! |= head;
  words.fill(0xffffffff, first + 1, last);
  words[last]! |= tail;
}

/** Number of set pixels. Cost: one pass over the words. */
export function area({ words }: BitMask): number {
  let sum = 0;
  for (let i = 0; i < words.length; i++) sum += popcount(words[i]!);
  return sum;
}

export function isEmpty({ words }: BitMask): boolean {
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  return true;
}

/** Same size and same pixels. */
export function equals(a: BitMask, b: BitMask): boolean {
  if (a.width !== b.width || a.height !== b.height) return false;
  for (let i = 0; i < a.words.length; i++) if (a.words[i] !== b.words[i]) return false;
  return true;
}

export function copy(mask: BitMask): BitMask {
  return { ...mask, words: mask.words.slice() };
}

/** The bits of a row's last word that belong to the picture. */
export function lastWordBits(width: number): number {
  return (width & 31) === 0 ? 0xffffffff : (1 << (width & 31)) - 1;
}

/** Throws unless both have the same size: comparing masks of different pictures is a mistake, never a score. */
export function checkSameSize(a: Size, b: Size): void {
  if (a.width === b.width && a.height === b.height) return;
  throw complain({
    where: "mask",
    what: "two masks differ in size",
    expected: `${a.width}x${a.height}`,
    got: `${b.width}x${b.height}`,
  });
}
