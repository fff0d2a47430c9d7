// Tensors of any float type as float32, so that exports of different precision can be laid side by side.
import type { Tensor } from "../models/shared/graph.ts";

export function floatsOf({ type, data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (type === "float16" && data instanceof Uint16Array) return Float32Array.from(data, halfToFloat);
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}

/** The same values as the type that another export takes. */
export function asType(tensor: Tensor, type: Tensor["type"]): Tensor {
  if (tensor.type === type) return tensor;
  const values = floatsOf(tensor);
  if (type === "float16") return { ...tensor, type, data: Uint16Array.from(values, floatToHalf) };
  if (type === "float64") return { ...tensor, type, data: Float64Array.from(values) };
  return { ...tensor, type: "float32", data: values };
}

/** IEEE 754 binary16. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Rounded to nearest, ties to even. */
export function floatToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const steps = roundEven(size / 2 ** (exponent - 10));
  if (size < 2 ** -14) return sign | roundEven(size / 2 ** -24);
  // Rounding up to 2048 carries into the exponent by itself.
  return sign | ((exponent + 15) * 1024 + steps - 1024);
}

function roundEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
