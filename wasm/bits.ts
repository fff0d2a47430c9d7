// Packing bytes into bit masks, set operations, pixel counts, erosion by squares and outlines, 32 to 128 pixels at a
// time. Compiled by `npm run wasm`; the TypeScript sides, with conventions, are src/masks/bit-mask.ts and
// iou.ts. Addresses are byte offsets into the module's memory; masks are bits as in src/masks/bit-mask.ts,
// padded to multiples of 16 bytes.

import { blocks, bound, endRow, firstBlock, firstRow } from "./shared/bound";

export { near, outline } from "./shared/outline";
export { subtract } from "./shared/subtract";

/** Packs rows of bytes into rows of bits, set where a byte is nonzero; reads up to 31 bytes past the last row. */
export function pack(bytes: usize, width: i32, height: i32, to: usize): void {
  packRows(bytes, width, height, to, 0, -1);
}

/** The same, set where a byte is `value`. */
export function packValue(bytes: usize, width: i32, height: i32, to: usize, value: i32): void {
  packRows(bytes, width, height, to, value, 0);
}

/** A bit is whether a byte equals `value`, turned over where `turn` is -1. */
function packRows(bytes: usize, width: i32, height: i32, to: usize, value: i32, turn: u32): void {
  const wanted = i8x16.splat(<i8>value);
  const tail: u32 = (width & 31) === 0 ? -1 : (1 << (width & 31)) - 1;
  for (let y = 0; y < height; y++, bytes += <usize>width) {
    for (let x = 0; x < width; x += 32, to += 4) {
      const at = bytes + <usize>x;
      const low = i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
      const high = i8x16.bitmask(i8x16.eq(v128.load(at + 16), wanted));
      store<u32>(to, (low | (high << 16)) ^ turn);
    }
    store<u32>(to - 4, load<u32>(to - 4) & tail);
  }
}

/** Counts the pixels in both masks and in either, without those of `skip` (0: none), into two words at address 0. */
export function overlap(a: usize, b: usize, skip: usize, bytes: usize): void {
  let both: i64 = 0;
  let either: i64 = 0;
  if (skip === 0) {
    for (let i: usize = 0; i < bytes; i += 8) {
      const one = load<u64>(a + i);
      const other = load<u64>(b + i);
      both += popcnt(one & other);
      either += popcnt(one | other);
    }
  } else {
    for (let i: usize = 0; i < bytes; i += 8) {
      const keep = ~load<u64>(skip + i);
      const one = load<u64>(a + i) & keep;
      const other = load<u64>(b + i) & keep;
      both += popcnt(one & other);
      either += popcnt(one | other);
    }
  }
  store<u32>(0, <u32>both);
  store<u32>(0, <u32>either, 4);
}

/** mask |= other. */
export function unite(mask: usize, other: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16)
    v128.store(mask + i, v128.or(v128.load(mask + i), v128.load(other + i)));
}

/** mask &= other. */
export function intersect(mask: usize, other: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16)
    v128.store(mask + i, v128.and(v128.load(mask + i), v128.load(other + i)));
}

/**
 * Erosion by a square of side 2 radius + 1, in place; `scratch` has room for one word per block. A window of
 * n pixels is built from windows of 1, 2, 4, ... pixels, once in each of the four directions, so the cost
 * grows with the logarithm of the radius.
 */
export function erode(mask: usize, stride: i32, height: i32, radius: i32, scratch: usize): void {
  if (!bound(mask, stride, height, scratch)) return;
  const first = mask + ((<usize>(firstRow * stride + firstBlock)) << 2);
  const end = mask + ((<usize>(endRow * stride + firstBlock)) << 2);
  const pitch = (<usize>stride) << 2;
  const span = (<usize>blocks) << 2;
  // Steps add up to the radius, and each is at most the current window: 1, 2, 4, ... pixels.
  for (let window = 1; window <= radius; ) {
    const step = min(window, radius + 1 - window);
    andLeft(first, end, pitch, step);
    andAbove(first, end, pitch, span, step);
    window += step;
  }
  for (let window = 1; window <= radius; ) {
    const step = min(window, radius + 1 - window);
    andRight(first, end, pitch, step);
    andBelow(first, end, pitch, span, step);
    window += step;
  }
}

/** Keeps each pixel if the one `step` columns to its left is set too. */
function andLeft(first: usize, end: usize, pitch: usize, step: i32): void {
  const jump = step >>> 5;
  const bits = step & 31;
  for (let row = first; row < end; row += pitch) {
    for (let i = blocks - 1; i >= 0; i--) {
      const at = row + ((<usize>i) << 2);
      const word = load<u32>(at);
      if (word === 0) continue;
      const near: u32 = i >= jump ? load<u32>(at - ((<usize>jump) << 2)) << bits : 0;
      const carry: u32 =
        bits !== 0 && i > jump ? load<u32>(at - ((<usize>(jump + 1)) << 2)) >>> (32 - bits) : 0;
      store<u32>(at, word & (near | carry));
    }
  }
}

/** Keeps each pixel if the one `step` columns to its right is set too. */
function andRight(first: usize, end: usize, pitch: usize, step: i32): void {
  const jump = step >>> 5;
  const bits = step & 31;
  for (let row = first; row < end; row += pitch) {
    for (let i = 0; i < blocks; i++) {
      const at = row + ((<usize>i) << 2);
      const word = load<u32>(at);
      if (word === 0) continue;
      const near: u32 = i + jump < blocks ? load<u32>(at + ((<usize>jump) << 2)) >>> bits : 0;
      const carry: u32 =
        bits !== 0 && i + jump + 1 < blocks ? load<u32>(at + ((<usize>(jump + 1)) << 2)) << (32 - bits) : 0;
      store<u32>(at, word & (near | carry));
    }
  }
}

/** Keeps each pixel if the one `step` rows above is set too. */
function andAbove(first: usize, end: usize, pitch: usize, span: usize, step: i32): void {
  const back = <usize>step * pitch;
  for (let row = end; row > first; ) {
    row -= pitch;
    if (row >= first + back) andRow(row, row - back, span);
    else memory.fill(row, 0, span);
  }
}

/** Keeps each pixel if the one `step` rows below is set too. */
function andBelow(first: usize, end: usize, pitch: usize, span: usize, step: i32): void {
  const ahead = <usize>step * pitch;
  for (let row = first; row < end; row += pitch) {
    if (row + ahead < end) andRow(row, row + ahead, span);
    else memory.fill(row, 0, span);
  }
}

function andRow(row: usize, other: usize, span: usize): void {
  for (let i: usize = 0; i < span; i += 4) store<u32>(row + i, load<u32>(row + i) & load<u32>(other + i));
}
