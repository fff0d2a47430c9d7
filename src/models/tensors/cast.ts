// Number types of ports: feeds are cast to the type that the graph declares, outputs to float32.
import { floatToHalf, halfToFloat } from "../../core/float16.ts";
import type { Graph, Tensor, TensorArrays, TensorType } from "../runtime/graph.ts";

/**
 * Values of a tensor as those of another type; whole-number types round half away from zero. The same type
 * gives the same object.
 */
export function castTo(tensor: Tensor, type: TensorType): Tensor {
  if (tensor.type === type) return tensor;
  return { type, dims: tensor.dims, data: arrays[type](numbersOf(tensor)) };
}

/** An output as float32, whatever the export computes in. */
export function toFloat32(tensor: Tensor): Tensor {
  return castTo(tensor, "float32");
}

/** Each tensor in the type that its port declares. */
export function castFeeds(
  feeds: Readonly<Record<string, Tensor>>,
  { inputs }: Pick<Graph, "inputs">,
): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => {
      const port = inputs.find((one) => one.name === name);
      return [name, port === undefined ? tensor : castTo(tensor, port.type as TensorType)];
    }),
  );
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

const rounded = (value: number) => Math.sign(value) * Math.round(Math.abs(value));
const wholes = (values: ArrayLike<number>) => Array.from(values, (value) => BigInt(rounded(value)));

const arrays: { readonly [T in TensorType]: (values: ArrayLike<number>) => TensorArrays[T] } = {
  float32: (values) => Float32Array.from(values),
  float64: (values) => Float64Array.from(values),
  float16: (values) => Uint16Array.from(values, floatToHalf),
  int64: (values) => BigInt64Array.from(wholes(values)),
  uint64: (values) => BigUint64Array.from(wholes(values)),
  int32: (values) => Int32Array.from(values, rounded),
  uint32: (values) => Uint32Array.from(values, rounded),
  int16: (values) => Int16Array.from(values, rounded),
  uint16: (values) => Uint16Array.from(values, rounded),
  int8: (values) => Int8Array.from(values, rounded),
  uint8: (values) => Uint8Array.from(values, rounded),
  bool: (values) => Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
};

/** x * 0 is 0 for finite x and NaN otherwise, so one sum suffices. */
export function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0;
}
