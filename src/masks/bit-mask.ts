// Bit masks: making, reading, counting, combining. The layout is that of core/types.ts: rows start on words,
// bits past the width are zero.
import { complain } from "../core/errors.ts";
import type { BitMask, Box, Size } from "../core/types.ts";
import { BAND_BYTES, bits, ensureBytes, placeMasks, takeMask } from "./wasm.ts";

/** Bytes that packing reads past the end. */
const OVERRUN = 31;

/** An empty mask. `area(createMask(4, 3))` is 0. */
export function createMask(width: number, height: number): BitMask {
  const stride = (width + 31) >>> 5;
  return { width, height, stride, words: new Uint32Array(stride * height) };
}

/** The mask of the non-zero bytes of a row-major image, or of those that are `value`. Cost: one pass. */
export function fromBytes(bytes: Uint8Array, width: number, height: number, value?: number): BitMask {
  if (bytes.length !== width * height) {
    throw complain("mask", "the number of bytes is not width x height", {
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
    if (value === undefined) bits().pack(0, width, rows, to);
    else bits().packValue(0, width, rows, to, value);
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

/** Whether pixel (x, y) is set; false outside the image. */
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

/** Number of set bits of a 32-bit word (Hacker's Delight, figure 5-2). `popcount(0b1011)` is 3. */
export function popcount(word: number): number {
  let w = word - ((word >>> 1) & 0x55555555);
  w = (w & 0x33333333) + ((w >>> 2) & 0x33333333);
  return Math.imul((w + (w >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
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

/** Why a mask cannot be scored: it has no pixel ("empty"), or none outside the ignored ones ("ignored"). */
export function unscorable(mask: BitMask, ignore?: BitMask): "empty" | "ignored" | undefined {
  if (isEmpty(mask)) return "empty";
  if (ignore === undefined) return undefined;
  for (let i = 0; i < mask.words.length; i++)
    if ((mask.words[i]! & ~ignore.words[i]!) !== 0) return undefined;
  return "ignored";
}

/** Same size and same pixels. */
export function equals(a: BitMask, b: BitMask): boolean {
  if (a.width !== b.width || a.height !== b.height) return false;
  for (let i = 0; i < a.words.length; i++) if (a.words[i] !== b.words[i]) return false;
  return true;
}

/**
 * The smallest box around the set pixels, both corners inclusive (as SAM's `mask_to_box`); undefined for an empty mask.
 * Cost: one pass over the words. Example: a single pixel (3, 5) gives {x0: 3, y0: 5, x1: 3, y1: 5}.
 */
export function tightBox({ height, stride, words }: BitMask): Box | undefined {
  const columns = new Uint32Array(stride);
  let y0 = -1;
  let y1 = -1;
  for (let y = 0; y < height; y++) {
    let any = 0;
    for (let i = 0, w = y * stride; i < stride; i++, w++) {
      if (words[w] === 0) continue;
      any = 1;
      columns[i]! |= words[w]!;
    }
    if (any === 0) continue;
    if (y0 < 0) y0 = y;
    y1 = y;
  }
  if (y0 < 0) return undefined;
  let first = 0;
  while (columns[first] === 0) first++;
  let last = stride - 1;
  while (columns[last] === 0) last--;
  const lowest = columns[first]!;
  return {
    x0: first * 32 + 31 - Math.clz32(lowest & -lowest),
    y0,
    x1: last * 32 + 31 - Math.clz32(columns[last]!),
    y1,
  };
}

/** A mask of `size` with `mask` at (x0, y0), within it. Cost: one pass over the words of `mask`. */
export function placed(mask: BitMask, { x0, y0 }: Pick<Box, "x0" | "y0">, size: Size): BitMask {
  const out = createMask(size.width, size.height);
  const shift = x0 & 31;
  for (let y = 0; y < mask.height; y++) {
    const to = (y0 + y) * out.stride + (x0 >>> 5);
    for (let i = 0; i < mask.stride; i++) {
      const word = mask.words[y * mask.stride + i]!;
      if (word === 0) continue;
      out.words[to + i]! |= word << shift;
      const rest = shift === 0 ? 0 : word >>> (32 - shift);
      if (rest !== 0) out.words[to + i + 1]! |= rest;
    }
  }
  return out;
}

// Set operations, in WebAssembly (wasm/bits.ts), 128 pixels at a time. Both masks must have the same size.

/** Pixels of both. */
export function and(a: BitMask, b: BitMask): BitMask {
  return combined(a, b, bits().intersect);
}

/** Pixels of either. */
export function or(a: BitMask, b: BitMask): BitMask {
  return combined(a, b, bits().unite);
}

/** Pixels of `a` that are not in `b`. */
export function andNot(a: BitMask, b: BitMask): BitMask {
  return combined(a, b, bits().subtract);
}

/** Pixels that are not set; bits past the width stay zero. */
export function not(a: BitMask): BitMask {
  const words = new Uint32Array(a.words.length);
  const tail = (a.width & 31) === 0 ? 0xffffffff : (1 << (a.width & 31)) - 1;
  for (let i = 0; i < words.length; i++) {
    words[i] = (i + 1) % a.stride === 0 ? ~a.words[i]! & tail : ~a.words[i]!;
  }
  return { ...a, words };
}

function combined(a: BitMask, b: BitMask, change: ReturnType<typeof bits>["unite"]): BitMask {
  const [first, second] = placeMasks(bits().memory, [a, b]) as [number, number];
  change(first, second, second - first);
  return takeMask(bits().memory, first, a);
}

/**
 * Turns toggles into a filled mask, in place: a pixel becomes set when the number of set bits from the top of its
 * column down to it is odd. RLE and polygons both mark where a column changes and then call this once.
 * Cost: one pass over the words, 32 columns at a time.
 */
export function fillColumns({ stride, words }: BitMask): void {
  for (let i = stride; i < words.length; i++) words[i]! ^= words[i - stride]!;
}
