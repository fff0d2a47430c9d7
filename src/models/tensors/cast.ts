// Number types of ports: what is fed takes the type that the graph declares, what comes back becomes float32.
import { floatToHalf, halfToFloat } from "../../core/float16.ts";
import type { Tensor, TensorType } from "../runtime/graph.ts";

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
