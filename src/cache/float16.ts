import { floatToHalf, halfToFloat } from "../core/float16.ts";

/** Bits of every value; undefined where a finite value is too large for binary16. */
export function halvesOf(values: Float32Array): Uint16Array | undefined {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const half = floatToHalf(values[i]!);
    if ((half & 0x7fff) === 0x7c00 && Number.isFinite(values[i]!)) return undefined;
    halves[i] = half;
  }
  return halves;
}

/** The value of each of the 65536 bit patterns. */
let table: Float32Array | undefined;

export function floatsOf(halves: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => halfToFloat(half));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = table[halves[i]!]!;
  return values;
}
