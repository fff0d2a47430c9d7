// Exact squared Euclidean distances in integers. Source: Meijster, Roerdink and Hesselink, "A general
// algorithm for computing distance transforms in linear time" (2000): distances down the columns, then the
// lower envelope of parabolas along each row. A run of set pixels is bounded by zero pixels on both sides,
// and no parabola from beyond those can be lower, so each run of a row is solved on its own. Compiled by `npm
// run wasm`; the TypeScript side, with conventions, is src/masks/distance-transform.ts. Addresses are byte
// offsets into the module's memory; masks are bits as in src/masks/bit-mask.ts, padded to 16 bytes.

import { blocks, bound, endRow, firstBlock, firstRow } from "./shared/bound";

export { subtract } from "./shared/subtract";

/**
 * Two numbers: of the box, its first row and the row after its last; of the deepest pixel, its index and
 * squared distance.
 */
const ANSWER: usize = 0;

let words: usize = 0;
let stride: i32 = 0;
let imageWidth: i32 = 0;
/** Column distances, 16 bits each, clamped to 65,535: rows firstRow..endRow-1, between two rows of zeros. */
let columns: usize = 0;
let pitch: usize = 0;
/** Squared distances of a row. */
let solved: usize = 0;
/** The envelope's parabolas, a stack: position, height, and the position from which each is the lowest. */
let sites: usize = 0;
let heights: usize = 0;
let starts: usize = 0;

/**
 * Column distances of a mask; memory from `scratch` on is used. 0 where nothing is set, -1 where memory does
 * not suffice, else 1, and ANSWER has the box's rows. Blocks of columns of the box: see `firstColumn`.
 */
export function measure(mask: usize, width: i32, height: i32, scratch: usize): i32 {
  words = mask;
  imageWidth = width;
  stride = (width + 31) >>> 5;
  if (!bound(mask, stride, height, scratch)) return 0;
  pitch = <usize>blocks * 64;
  const rows = <usize>(endRow - firstRow);
  const room = <usize>(blocks * 32 + 2) * 4;
  columns = scratch + pitch;
  solved = columns + (rows + 1) * pitch;
  sites = solved + room;
  heights = sites + room;
  starts = heights + room;
  const missing = <i32>((starts + room + 0xffff) >>> 16) - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return -1;
  memory.fill(columns - pitch, 0, pitch);
  memory.fill(columns + rows * pitch, 0, pitch);
  for (let y = firstRow; y < endRow; y++) fromAbove(y);
  for (let y = endRow - 1; y >= firstRow; y--) fromBelow(y);
  store<i32>(ANSWER, firstRow);
  store<i32>(ANSWER, endRow, 4);
  return 1;
}

/** First column of `solveRow`. */
export function firstColumn(): i32 {
  return firstBlock << 5;
}

export function columnCount(): i32 {
  return blocks << 5;
}

/** Address of the squared distances of a row of the box, int32, 0 where nothing is set. */
export function solveRow(y: i32): usize {
  memory.fill(solved, 0, pitch * 2);
  for (let x = nextSet(y, 0); x >= 0; ) {
    const end = nextZero(y, x);
    solveRun(placeOf(x, y), end - x, solved + <usize>(x - firstColumn()) * 4);
    x = nextSet(y, end);
  }
  return solved;
}

/**
 * The first maximum of the squared distances in row-major order, without the pixels of `excluded` (0: none),
 * into ANSWER: pixel 0 with 0 if all are excluded. No pixel of a run is farther from a zero pixel than half
 * the run's length, or than its own column allows, so most runs need not be solved; the most promising one
 * comes first.
 */
export function deepest(excluded: usize): void {
  let bound: i32 = 0;
  let startX: i32 = -1;
  let startY: i32 = -1;
  for (let y = firstRow; y < endRow; y++) {
    for (let x = nextSet(y, 0); x >= 0; ) {
      const end = nextZero(y, x);
      if ((end - x + 1) >> 1 > bound) {
        const possible = deepestPossible(placeOf(x, y), end - x);
        if (possible > bound) {
          bound = possible;
          startX = x;
          startY = y;
        }
      }
      x = nextSet(y, end);
    }
  }
  store<i32>(ANSWER, 0);
  store<i32>(ANSWER, 0, 4);
  search(startX, startY, nextZero(startY, startX) - startX, excluded);
  for (let y = firstRow; y < endRow; y++) {
    for (let x = nextSet(y, 0); x >= 0; ) {
      const end = nextZero(y, x);
      const length = end - x;
      const half: i64 = (length + 1) >> 1;
      const best: i64 = load<u32>(ANSWER, 4);
      if (half * half >= best && !(x === startX && y === startY)) {
        const possible: i64 = deepestPossible(placeOf(x, y), length);
        if (possible * possible >= best) search(x, y, length, excluded);
      }
      x = nextSet(y, end);
    }
  }
}

/** Solves a run; its first deepest pixel becomes the answer if it is deeper, or as deep and earlier. */
function search(x: i32, y: i32, length: i32, excluded: usize): void {
  solveRun(placeOf(x, y), length, solved);
  let best = load<u32>(ANSWER, 4);
  for (let i = 0; i < length; i++) {
    const value = load<u32>(solved + ((<usize>i) << 2));
    if (value < best) continue;
    const pixel: u32 = y * imageWidth + x + i;
    if (value === best && pixel > load<u32>(ANSWER)) continue;
    if (excluded !== 0 && isSet(excluded, x + i, y)) continue;
    best = value;
    store<u32>(ANSWER, pixel);
    store<u32>(ANSWER, value, 4);
  }
}

function isSet(mask: usize, x: i32, y: i32): bool {
  const word = load<u32>(mask + ((<usize>(y * stride + (x >>> 5))) << 2));
  return ((word >>> (x & 31)) & 1) === 1;
}

/** One more than the pixel above; 0 where nothing is set. */
function fromAbove(y: i32): void {
  const one = i16x8.splat(1);
  const first = i16x8(1, 2, 4, 8, 16, 32, 64, 128);
  const second = i16x8(256, 512, 1024, 2048, 4096, 8192, 16384, -32768);
  const row = words + <usize>(y * stride + firstBlock) * 4;
  let to = columns + <usize>(y - firstRow) * pitch;
  for (let block = 0; block < blocks; block++, to += 64) {
    const word = load<u32>(row + ((<usize>block) << 2));
    if (word === 0) {
      memory.fill(to, 0, 64);
      continue;
    }
    const low = i16x8.splat(<i16>word);
    const high = i16x8.splat(<i16>(word >>> 16));
    grow(to, one, i16x8.eq(v128.and(low, first), first));
    grow(to + 16, one, i16x8.eq(v128.and(low, second), second));
    grow(to + 32, one, i16x8.eq(v128.and(high, first), first));
    grow(to + 48, one, i16x8.eq(v128.and(high, second), second));
  }
}

function grow(to: usize, one: v128, set: v128): void {
  v128.store(to, v128.and(i16x8.add_sat_u(v128.load(to - pitch), one), set));
}

/** No more than one more than the pixel below: 0 stays 0. */
function fromBelow(y: i32): void {
  const one = i16x8.splat(1);
  const from = columns + <usize>(y - firstRow) * pitch;
  for (let at = from, end = from + pitch; at < end; at += 16)
    v128.store(at, i16x8.min_u(v128.load(at), i16x8.add_sat_u(v128.load(at + pitch), one)));
}

/** The first set pixel of a row from x on; -1 if there is none. */
function nextSet(y: i32, x: i32): i32 {
  const row = words + <usize>(y * stride) * 4;
  const end = firstBlock + blocks;
  let block = max(x >>> 5, firstBlock);
  if (block >= end) return -1;
  let word = load<u32>(row + ((<usize>block) << 2));
  if (block === x >>> 5) word &= (<u32>-1) << (x & 31);
  while (word === 0) {
    if (++block >= end) return -1;
    word = load<u32>(row + ((<usize>block) << 2));
  }
  return (block << 5) + ctz(word);
}

/** The first pixel of a row from x on that is not set. */
function nextZero(y: i32, x: i32): i32 {
  const row = words + <usize>(y * stride) * 4;
  const end = firstBlock + blocks;
  let block = x >>> 5;
  let word = ~load<u32>(row + ((<usize>block) << 2)) & ((<u32>-1) << (x & 31));
  while (word === 0) {
    if (++block >= end) return block << 5;
    word = ~load<u32>(row + ((<usize>block) << 2));
  }
  return (block << 5) + ctz(word);
}

function placeOf(x: i32, y: i32): usize {
  return columns + <usize>(y - firstRow) * pitch + ((<usize>(x - firstColumn())) << 1);
}

function deepestPossible(at: usize, length: i32): i32 {
  let highest: i32 = 0;
  for (let end = at + ((<usize>length) << 1); at < end; at += 2) highest = max(highest, load<u16>(at));
  return min(highest, (length + 1) >> 1);
}

/**
 * From column distances of a run, at `map`, to squared distances, at `out`. Places are counted from the zero
 * pixel at the run's left end, 0, to that at its right end, length + 1. A pixel whose column distance reaches
 * as far as the left end gives nothing to the pixels on its left, nor to those on its right if its right
 * neighbour's is no greater; likewise from the right. Such pixels, which are many where an object is wide,
 * are passed.
 */
function solveRun(map: usize, length: i32, out: usize): void {
  const end = length + 1;
  let top: usize = 0;
  let site: i64 = 0;
  let height: i64 = 0;
  let start: i64 = 0;
  store<i32>(sites, 0);
  store<u32>(heights, 0);
  store<i32>(starts, 0);
  let before: i32 = 0;
  let here: i32 = 0;
  let after: i32 = load<u16>(map);
  for (let u = 1; u <= end; u++) {
    before = here;
    here = after;
    after = u < length ? load<u16>(map + ((<usize>u) << 1)) : 0;
    if (here >= u && after <= here) continue;
    if (here >= end - u && before <= here && u < end) continue;
    const square = <i64>here * here;
    for (;;) {
      const fromTop = start - site;
      const fromHere = start - u;
      if (fromTop * fromTop + height > fromHere * fromHere + square) {
        top -= 4;
        site = load<i32>(sites + top);
        height = load<u32>(heights + top);
        start = load<i32>(starts + top);
        continue;
      }
      // The first place where the parabola of u is strictly lower. Numbers are far below 2^53, so the quotient is exact
      // enough to floor.
      const apart = u - site;
      const rise = (u + site) * apart + square - height;
      const begins = 1 + (apart === 1 ? rise >> 1 : <i64>Math.floor(<f64>rise / <f64>(apart << 1)));
      if (begins > end) break;
      top += 4;
      start = begins;
      site = u;
      height = square;
      store<i32>(sites + top, u);
      store<u32>(heights + top, <u32>square);
      store<i32>(starts + top, <i32>begins);
      break;
    }
  }
  for (let x = length; x >= 1; top -= 4) {
    const from = load<i32>(sites + top);
    const level = load<u32>(heights + top);
    for (const first = max(1, load<i32>(starts + top)); x >= first; x--)
      store<u32>(out + ((<usize>(x - 1)) << 2), <u32>((x - from) * (x - from)) + level);
  }
}
