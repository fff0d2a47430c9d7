/** A tensor as the cache knows it: the runtime's name of the number type, and an array of it. */
export interface CachedTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayBufferView;
}

/** Name -> tensor: what one run of a graph takes or gives. */
export type CachedTensors = Readonly<Record<string, CachedTensor>>;

/** Number types that are kept. */
const arrays: Readonly<Record<string, new (buffer: ArrayBuffer) => ArrayBufferView>> = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};

export function isKnownType(type: string): boolean {
  return type in arrays;
}

/** The array of a number type that holds these bytes: a copy. */
export function arrayOver(type: string, bytes: Uint8Array): ArrayBufferView {
  return new arrays[type]!(new Uint8Array(bytes).buffer);
}

export function bytesOf({ data }: CachedTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
