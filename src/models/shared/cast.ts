// Number types of ports: what is fed takes the type that the graph declares, what comes back becomes float32.
import type { Tensor, TensorType } from "./graph.ts";

/** Values of a tensor as those of another type; whole-number types round half away from zero. The same type gives the same object. */
export function castTo(tensor: Tensor, type: TensorType): Tensor {
  if (tensor.type === type) return tensor;
  const values = numbersOf(tensor);
  return { type, dims: tensor.dims, data: arrayOf(values, type) };
}

/** What a family reads: float32, whatever the export computes in. */
export function toFloat32(tensor: Tensor): Tensor {
  return castTo(tensor, "float32");
}

/** The values as float32; the tensor's own where they are. */
export function floatsOf(tensor: Tensor): Float32Array {
  return toFloat32(tensor).data as Float32Array;
}

function numbersOf({ type, data }: Tensor): ArrayLike<number> {
  if (type === "float16") return Float32Array.from(data as Uint16Array, halfToFloat);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  return data as Float32Array;
}

function arrayOf(values: ArrayLike<number>, type: TensorType): Tensor["data"] {
  switch (type) {
    case "float32":
      return Float32Array.from(values);
    case "float64":
      return Float64Array.from(values);
    case "float16":
      return Uint16Array.from(values, floatToHalf);
    case "int64":
      return BigInt64Array.from(Array.from(values, (value) => BigInt(rounded(value))));
    case "uint64":
      return BigUint64Array.from(Array.from(values, (value) => BigInt(rounded(value))));
    case "int32":
      return Int32Array.from(values, rounded);
    case "uint32":
      return Uint32Array.from(values, rounded);
    case "int16":
      return Int16Array.from(values, rounded);
    case "uint16":
      return Uint16Array.from(values, rounded);
    case "int8":
      return Int8Array.from(values, rounded);
    case "uint8":
      return Uint8Array.from(values, rounded);
    case "bool":
      return Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
  }
}

function rounded(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** IEEE 754 binary16 bits of a float32, ties to even; what is too large becomes infinite. */
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
  const kept = significand >>> lost;
  const rest = significand & ((1 << lost) - 1);
  const half = 1 << (lost - 1);
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
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
