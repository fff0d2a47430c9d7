// IEEE 754 binary16: the half-precision numbers of ONNX tensors, which Node 20 has no typed array for.

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** IEEE 754 binary16 bits of a float32, ties to even; overflow becomes infinite. */
export function floatToHalf(value: number): number {
  float[0] = value;
  const x = bits[0]!;
  const sign = (x >>> 16) & 0x8000;
  const size = x & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00; // NaN
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size < 0x33000001) return sign;
  const exponent = size >>> 23;
  // Bits of the significand that do not fit: 13, more where the result is subnormal.
  const lost = exponent < 113 ? 126 - exponent : 13;
  const significand = exponent < 113 ? (size & 0x7fffff) | 0x800000 : size - (112 << 23);
  const rest = significand & ((1 << lost) - 1);
  const middle = 1 << (lost - 1);
  const kept = significand >>> lost;
  return sign | (kept + (rest > middle || (rest === middle && (kept & 1) === 1) ? 1 : 0));
}

/** The value of IEEE 754 binary16 bits. */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
