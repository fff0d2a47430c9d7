// From low-resolution logits to a mask, without full-size logits: pixels that read only logits on one side of
// the threshold are set or skipped in runs; only the rest, along outlines, is interpolated, in two bilinear
// steps, each sum computed in double and rounded once to float32. Measuring is the same with three thresholds at a
// time, and counts in place of pixels. Compiled by `npm run wasm`; the TypeScript
// side, with conventions, is src/masks/mask-from-logits.ts. Addresses are byte offsets into the module's
// memory.

/** Bounds the relative error of two bilinear steps in float32 (a few units of 2^-24) with room to spare. */
const ROUNDING: f32 = 1.0 / 262144.0;
/** Below this, a product with a weight may vanish. */
const TINY: f32 = 1e-30;

let lowWidth: i32 = 0;
let lowHeight: i32 = 0;
let width: i32 = 0;
let height: i32 = 0;
/** Words of a row of the mask, and of bits of logits. */
let stride: i32 = 0;
let lowStride: i32 = 0;

/** What an axis reads: arrays first, second (int32), near, far (float32), one after the other. */
let toFrameX: usize = 0;
let toFrameY: usize = 0;
let toImageX: usize = 0;
let toImageY: usize = 0;
let frameWidth: i32 = 0;
let frameHeight: i32 = 0;
let firstPixel: usize = 0;
let pixelsEnd: usize = 0;

let logits: usize = 0;
/** Bits per logit: certainly above the threshold, or the highest of them; certainly below, or the lowest. */
let above: usize = 0;
let below: usize = 0;
/** Rows of a strip: logits stretched to frame columns, a frame row, and two neighbouring frame rows at image columns. */
let columns: usize = 0;
let frameRow: usize = 0;
let evenRow: usize = 0;
let oddRow: usize = 0;
let mask: usize = 0;

/** The threshold; in measuring, those of the pixels inside and outside too. */
let limit: f32 = 0;
let insideLimit: f32 = 0;
let outsideLimit: f32 = 0;
let measuring: bool = false;
/** Pixels above the three, and the outermost ones above the first. */
let area: i32 = 0;
let inside: i32 = 0;
let outside: i32 = 0;
let left: i32 = 0;
let top: i32 = 0;
let right: i32 = 0;
let bottom: i32 = 0;

/**
 * Makes room for masks of one plan, of which one image row reads at most `rows` rows of logits. Returns the
 * address for the plan's tables toFrameX, toFrameY, toImageX, toImageY, firstPixel, pixelsEnd, in a row; 0 if
 * memory does not suffice.
 */
export function prepare(
  lowColumns: i32,
  lowRows: i32,
  frameColumns: i32,
  frameRows: i32,
  imageColumns: i32,
  imageRows: i32,
  rows: i32,
): usize {
  lowWidth = lowColumns;
  lowHeight = lowRows;
  frameWidth = frameColumns;
  frameHeight = frameRows;
  width = imageColumns;
  height = imageRows;
  stride = (width + 31) >>> 5;
  lowStride = (lowWidth + 31) >>> 5;
  toFrameX = 32;
  toFrameY = toFrameX + ((<usize>frameWidth) << 4);
  toImageX = toFrameY + ((<usize>frameHeight) << 4);
  toImageY = toImageX + ((<usize>width) << 4);
  firstPixel = toImageY + ((<usize>height) << 4);
  pixelsEnd = firstPixel + ((<usize>lowWidth) << 2);
  logits = after(pixelsEnd, lowWidth);
  above = after(logits, lowWidth * lowHeight);
  below = after(above, lowStride * lowHeight);
  columns = after(below, lowStride * lowHeight);
  frameRow = after(columns, rows * frameWidth);
  evenRow = after(frameRow, frameWidth);
  oddRow = after(evenRow, width);
  mask = after(oddRow, width);
  const missing = <i32>((after(mask, stride * height) + 0xffff) >>> 16) - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return 0;
  return toFrameX;
}

/** Address for the logits before `draw` or `measure`. */
export function logitsAt(): usize {
  return logits;
}

/** Address of the mask of the logits above the threshold. */
export function draw(threshold: f32): usize {
  limit = threshold;
  measuring = false;
  memory.fill(mask, 0, (<usize>(stride * height)) << 2);
  decide(threshold, threshold);
  allRows();
  return mask;
}

/**
 * Writes to address 0 what `draw` would: pixels above the threshold and above two others, and the corners of the first (x0, y0, x1, y1, which
 * mean nothing if there are none).
 */
export function measure(threshold: f32, insideThreshold: f32, outsideThreshold: f32): void {
  limit = threshold;
  insideLimit = insideThreshold;
  outsideLimit = outsideThreshold;
  measuring = true;
  area = inside = outside = right = bottom = 0;
  left = width;
  top = height;
  decide(
    Mathf.min(threshold, Mathf.min(insideThreshold, outsideThreshold)),
    Mathf.max(threshold, Mathf.max(insideThreshold, outsideThreshold)),
  );
  allRows();
  store<i32>(0, area);
  store<i32>(4, inside);
  store<i32>(8, outside);
  store<i32>(12, left);
  store<i32>(16, top);
  store<i32>(20, right);
  store<i32>(24, bottom);
}

/** Image rows that read the same rows of logits are split in the same places. */
function allRows(): void {
  for (let y0 = 0, y1 = 0; y0 < height; y0 = y1) {
    const upper = topOf(y0);
    const lower = bottomOf(y0);
    for (y1 = y0 + 1; y1 < height && topOf(y1) === upper && bottomOf(y1) === lower; ) y1++;
    drawRows(y0, y1, upper, lower);
  }
}

/**
 * Image rows y0..y1-1, which read logit rows upper..lower: the longest runs of columns on one side, and strips
 * between.
 */
function drawRows(y0: i32, y1: i32, upper: i32, lower: i32): void {
  let x = 0;
  let side = 0;
  let first = 0;
  for (let word = 0, column = 0; word < lowStride; word++) {
    const count = min(32, lowWidth - column);
    const all: u32 = count === 32 ? -1 : (1 << count) - 1;
    let over = all;
    let under = all;
    for (let row = upper; row <= lower; row++) {
      const at = (<usize>(row * lowStride + word)) << 2;
      over &= load<u32>(above + at);
      under &= load<u32>(below + at);
    }
    const step = over === all || under === all ? count : 1;
    for (let bit = 0; bit < count; bit += step, column += step) {
      const next = <i32>((over >>> bit) & 1) - <i32>((under >>> bit) & 1);
      if (side === next) continue;
      if (side !== 0) x = drawRun(x, first, column - 1, side, y0, y1);
      side = next;
      first = column;
    }
  }
  if (side !== 0) x = drawRun(x, first, lowWidth - 1, side, y0, y1);
  drawStrip(x, width, y0, y1);
}

/** Pixels that read only columns first..last of one side, after the strip from x to them; returns where they end. */
function drawRun(x: i32, first: i32, last: i32, side: i32, y0: i32, y1: i32): i32 {
  const from = load<i32>(firstPixel + ((<usize>first) << 2));
  const to = load<i32>(pixelsEnd + ((<usize>last) << 2));
  if (from >= to) return x;
  drawStrip(x, from, y0, y1);
  if (side < 0) return to;
  if (measuring) countRuns(y0, y1, from, to);
  else for (let y = y0; y < y1; y++) setRun(y, from, to);
  return to;
}

/**
 * Interpolates pixels x0..x1-1 of rows y0..y1-1, which all read the same rows of logits: logits to frame
 * columns, to frame rows, to image columns, to image rows. An image row reads two neighbouring frame rows;
 * the previous image row usually has read one of them.
 */
function drawStrip(x0: i32, x1: i32, y0: i32, y1: i32): void {
  if (x0 >= x1) return;
  const f0 = firstOf(toImageX, x0);
  const f1 = secondOf(toImageX, width, x1 - 1);
  const first = topOf(y0);
  const last = bottomOf(y0);
  const pitch = (<usize>frameWidth) << 2;
  for (let row = first; row <= last; row++)
    combine(
      logits + ((<usize>(row * lowWidth)) << 2),
      toFrameX,
      frameWidth,
      f0,
      f1,
      columns + <usize>(row - first) * pitch,
    );
  let even = -1;
  let odd = -1;
  for (let y = y0; y < y1; y++) {
    const upper = firstOf(toImageY, y);
    const lower = secondOf(toImageY, height, y);
    for (let row = upper; row <= lower; row++) {
      if (row === even || row === odd) continue;
      if ((row & 1) === 0) even = row;
      else odd = row;
      const a = columns + <usize>(firstOf(toFrameY, row) - first) * pitch;
      const b = columns + <usize>(secondOf(toFrameY, frameHeight, row) - first) * pitch;
      blend(a, b, nearOf(toFrameY, frameHeight, row), farOf(toFrameY, frameHeight, row), f0, f1);
      combine(frameRow, toImageX, width, x0, x1 - 1, rowOf(row));
    }
    const near = nearOf(toImageY, height, y);
    const far = farOf(toImageY, height, y);
    if (measuring) countAbove(rowOf(upper), rowOf(lower), near, far, x0, x1, y);
    else setAbove(rowOf(upper), rowOf(lower), near, far, x0, x1, y);
  }
}

/** out[i] = source[first[i]] * near[i] + source[second[i]] * far[i] for i = i0..i1 of an axis of `count` positions. */
function combine(source: usize, axis: usize, count: i32, i0: i32, i1: i32, out: usize): void {
  const array = (<usize>count) << 2;
  for (
    let at = axis + ((<usize>i0) << 2), end = axis + ((<usize>i1) << 2), to = out + ((<usize>i0) << 2);
    at <= end;
    at += 4, to += 4
  ) {
    const one = load<f32>(source + ((<usize>load<i32>(at)) << 2));
    const other = load<f32>(source + ((<usize>load<i32>(at + array)) << 2));
    const near = load<f32>(at + 2 * array);
    const far = load<f32>(at + 3 * array);
    store<f32>(to, <f32>(<f64>one * <f64>near + <f64>other * <f64>far));
  }
}

/** frameRow[i] = near * a[i] + far * b[i] for i = i0..i1, and a few more. */
function blend(a: usize, b: usize, near: f64, far: f64, i0: i32, i1: i32): void {
  for (let at = (<usize>(i0 & ~3)) << 2, end = (<usize>i1) << 2; at <= end; at += 16)
    v128.store(
      frameRow + at,
      mixed(v128.load(a + at), v128.load(b + at), f64x2.splat(near), f64x2.splat(far)),
    );
}

/** Sets the pixels x0..x1-1 of row y where near * a + far * b is above the threshold. */
function setAbove(a: usize, b: usize, near: f64, far: f64, x0: i32, x1: i32, y: i32): void {
  const limits = f32x4.splat(limit);
  const nears = f64x2.splat(near);
  const fars = f64x2.splat(far);
  const row = mask + ((<usize>(y * stride)) << 2);
  for (let x = x0 & ~3; x < x1; x += 4) {
    const at = (<usize>x) << 2;
    const sums = mixed(v128.load(a + at), v128.load(b + at), nears, fars);
    let bits: u32 = i32x4.bitmask(f32x4.gt(sums, limits));
    if (x < x0) bits &= 15 << (x0 - x);
    if (x + 4 > x1) bits &= 15 >>> (x + 4 - x1);
    const word = row + ((<usize>(x >>> 5)) << 2);
    store<u32>(word, load<u32>(word) | (bits << (x & 31)));
  }
}

/** Counts the pixels x0..x1-1 of row y where near * a + far * b is above the three thresholds. */
function countAbove(a: usize, b: usize, near: f64, far: f64, x0: i32, x1: i32, y: i32): void {
  const limits = f32x4.splat(limit);
  const insideLimits = f32x4.splat(insideLimit);
  const outsideLimits = f32x4.splat(outsideLimit);
  const nears = f64x2.splat(near);
  const fars = f64x2.splat(far);
  const before = area;
  for (let x = x0 & ~3; x < x1; x += 4) {
    const at = (<usize>x) << 2;
    const sums = mixed(v128.load(a + at), v128.load(b + at), nears, fars);
    let wanted: u32 = 15;
    if (x < x0) wanted &= 15 << (x0 - x);
    if (x + 4 > x1) wanted &= 15 >>> (x + 4 - x1);
    inside += popcnt(<u32>i32x4.bitmask(f32x4.gt(sums, insideLimits)) & wanted);
    outside += popcnt(<u32>i32x4.bitmask(f32x4.gt(sums, outsideLimits)) & wanted);
    const bits = <u32>i32x4.bitmask(f32x4.gt(sums, limits)) & wanted;
    if (bits === 0) continue;
    area += popcnt(bits);
    left = min(left, x + <i32>ctz(bits));
    right = max(right, x + 31 - <i32>clz(bits));
  }
  if (area === before) return;
  top = min(top, y);
  bottom = max(bottom, y);
}

/** Counts the pixels from..to-1 of rows y0..y1-1, which are above all thresholds. */
function countRuns(y0: i32, y1: i32, from: i32, to: i32): void {
  const pixels = (y1 - y0) * (to - from);
  area += pixels;
  inside += pixels;
  outside += pixels;
  left = min(left, from);
  right = max(right, to - 1);
  top = min(top, y0);
  bottom = max(bottom, y1 - 1);
}

/** near * a + far * b, in double, rounded once. */
function mixed(a: v128, b: v128, near: v128, far: v128): v128 {
  const low = f64x2.add(
    f64x2.mul(f64x2.promote_low_f32x4(a), near),
    f64x2.mul(f64x2.promote_low_f32x4(b), far),
  );
  const high = f64x2.add(
    f64x2.mul(f64x2.promote_low_f32x4(upperHalf(a)), near),
    f64x2.mul(f64x2.promote_low_f32x4(upperHalf(b)), far),
  );
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

function upperHalf(value: v128): v128 {
  return v128.shuffle<i64>(value, value, 1, 1);
}

/**
 * Weights of a bilinear sum are not negative and add up to 1, so it lies between the values it is made of:
 * where these lie on one side of a threshold, so does the sum. A logit counts as decided only if it is
 * farther from the thresholds than rounding can carry the sum; logits that are not finite never are.
 */
function decide(lowest: f32, highest: f32): void {
  const high = f32x4.splat(highest);
  const low = f32x4.splat(lowest);
  const rounding = f32x4.splat(ROUNDING);
  const highRoom = f32x4.splat(ROUNDING * Mathf.abs(highest) + TINY);
  const lowRoom = f32x4.splat(ROUNDING * Mathf.abs(lowest) + TINY);
  for (let y = 0, word: usize = 0; y < lowHeight; y++) {
    const row = logits + ((<usize>(y * lowWidth)) << 2);
    for (let x = 0; x < lowWidth; x += 32, word += 4) {
      const count = min(32, lowWidth - x);
      let over: u32 = 0;
      let under: u32 = 0;
      for (let bit = 0; bit < count; bit += 4) {
        const values = v128.load(row + ((<usize>(x + bit)) << 2));
        const needed = f32x4.mul(rounding, f32x4.abs(values));
        over |= i32x4.bitmask(f32x4.gt(f32x4.sub(values, high), f32x4.add(needed, highRoom))) << bit;
        under |= i32x4.bitmask(f32x4.gt(f32x4.sub(low, values), f32x4.add(needed, lowRoom))) << bit;
      }
      const all: u32 = count === 32 ? -1 : (1 << count) - 1;
      store<u32>(above + word, over & all);
      store<u32>(below + word, under & all);
    }
  }
}

/** Sets pixels from..to-1 of row y. */
function setRun(y: i32, from: i32, to: i32): void {
  const row = mask + ((<usize>(y * stride)) << 2);
  const first = row + ((<usize>(from >>> 5)) << 2);
  const last = row + ((<usize>((to - 1) >>> 5)) << 2);
  const head: u32 = (<u32>-1) << (from & 31);
  const tail: u32 = <u32>-1 >>> (31 - ((to - 1) & 31));
  if (first === last) {
    store<u32>(first, load<u32>(first) | (head & tail));
    return;
  }
  store<u32>(first, load<u32>(first) | head);
  memory.fill(first + 4, 255, last - first - 4);
  store<u32>(last, load<u32>(last) | tail);
}

/** The next 16-byte aligned address after `count` numbers at `at`, with 16 bytes between that may be read and written. */
function after(at: usize, count: i32): usize {
  return (at + ((<usize>count) << 2) + 31) & ~15;
}

function topOf(y: i32): i32 {
  return firstOf(toFrameY, firstOf(toImageY, y));
}

function bottomOf(y: i32): i32 {
  return secondOf(toFrameY, frameHeight, secondOf(toImageY, height, y));
}

function rowOf(row: i32): usize {
  return (row & 1) === 0 ? evenRow : oddRow;
}

function firstOf(axis: usize, i: i32): i32 {
  return load<i32>(axis + ((<usize>i) << 2));
}

function secondOf(axis: usize, count: i32, i: i32): i32 {
  return load<i32>(axis + ((<usize>(count + i)) << 2));
}

function nearOf(axis: usize, count: i32, i: i32): f64 {
  return load<f32>(axis + ((<usize>(2 * count + i)) << 2));
}

function farOf(axis: usize, count: i32, i: i32): f64 {
  return load<f32>(axis + ((<usize>(3 * count + i)) << 2));
}
