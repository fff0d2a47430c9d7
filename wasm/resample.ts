// The two passes of Pillow's resampling of 8-bit images, four sums at a time. Compiled by `npm run wasm`; the
// TypeScript side, with sizes and conventions, is src/masks/resample.ts. Addresses are byte offsets into the
// module's memory; tables are int32. Up to 16 bytes past the end of `rows` are read, and past the end of
// `out` written.

/** Weights are integer multiples of 2^-22. */
const BITS: i32 = 22;
const HALF: i32 = 1 << (BITS - 1);

/** Horizontal pass: `height` rows of pixels of `channels` (at most four) bytes become rows of `columns` pixels. */
export function stretch(
  rows: usize,
  rowBytes: usize,
  height: i32,
  channels: usize,
  starts: usize,
  counts: usize,
  weights: usize,
  taps: usize,
  columns: usize,
  out: usize,
): void {
  for (let y = 0; y < height; y++, rows += rowBytes) {
    for (let x: usize = 0; x < columns; x++, out += channels) {
      let from = rows + <usize>load<i32>(starts + x * 4) * channels;
      let weight = weights + x * taps * 4;
      const end = weight + <usize>load<i32>(counts + x * 4) * 4;
      let sums = i32x4.splat(HALF);
      for (; weight < end; weight += 4, from += channels) {
        const bytes = v128.load32_zero(from);
        const pixel = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
        sums = i32x4.add(sums, i32x4.mul(pixel, v128.load32_splat(weight)));
      }
      sums = i32x4.shr_s(sums, BITS);
      const words = i16x8.narrow_i32x4_s(sums, sums);
      // What the last lanes hold is overwritten by the next pixel.
      v128.store32_lane(out, i8x16.narrow_i16x8_u(words, words), 0);
    }
  }
}

/** Vertical pass: output rows y0..y1-1, each of `rowBytes` bytes; `rows` is source row `firstRow`. */
export function squash(
  rows: usize,
  rowBytes: usize,
  firstRow: i32,
  starts: usize,
  counts: usize,
  weights: usize,
  taps: usize,
  y0: usize,
  y1: usize,
  out: usize,
): void {
  for (let y = y0; y < y1; y++, out += rowBytes) {
    const source = rows + <usize>(load<i32>(starts + y * 4) - firstRow) * rowBytes;
    const table = weights + y * taps * 4;
    const end = table + <usize>load<i32>(counts + y * 4) * 4;
    for (let i: usize = 0; i < rowBytes; i += 16) {
      let a = i32x4.splat(HALF);
      let b = a;
      let c = a;
      let d = a;
      for (let weight = table, from = source + i; weight < end; weight += 4, from += rowBytes) {
        const share = v128.load32_splat(weight);
        const bytes = v128.load(from);
        const low = i16x8.extend_low_i8x16_u(bytes);
        const high = i16x8.extend_high_i8x16_u(bytes);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), share));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), share));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), share));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), share));
      }
      const low = i16x8.narrow_i32x4_s(i32x4.shr_s(a, BITS), i32x4.shr_s(b, BITS));
      const high = i16x8.narrow_i32x4_s(i32x4.shr_s(c, BITS), i32x4.shr_s(d, BITS));
      v128.store(out + i, i8x16.narrow_i16x8_u(low, high));
    }
  }
}
