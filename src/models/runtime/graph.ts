// The interface of runtimes: named graphs that map tensors to tensors. Families use only this, so that another runtime (a
// subprocess, a remote machine) is just another host.

/** Arrays by the type of their numbers; float16 as bits. */
export interface TensorArrays {
  readonly float32: Float32Array;
  readonly float16: Uint16Array;
  readonly float64: Float64Array;
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly int16: Int16Array;
  readonly uint16: Uint16Array;
  readonly int32: Int32Array;
  readonly uint32: Uint32Array;
  readonly int64: BigInt64Array;
  readonly uint64: BigUint64Array;
  readonly bool: Uint8Array;
}

export type TensorType = keyof TensorArrays;

export interface Tensor {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: TensorArrays[TensorType];
}

/** A tensor that stays with the host: an image embedding is sent once and used by many decoder calls. */
export interface KeptTensor {
  readonly kept: number;
}

/** A run was fed a tensor that was kept by a worker that ended. */
export class LostTensor extends Error {
  constructor() {
    super("the image embedding is lost: the runtime's worker that kept it ended");
  }
}

export interface GraphPort {
  readonly name: string;
  readonly type: string;
  /** Numbers for fixed sizes, text for dynamic ones ("" where unnamed). */
  readonly shape: readonly (number | string)[];
}

export interface Graph {
  readonly file: string;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  /**
   * Feeds by input name -> outputs by name; those named in `keep` stay with the host. Feeds are copied to it,
   * except those named in `given`, which the caller must not use again.
   */
  run(
    feeds: Readonly<Record<string, Tensor | KeptTensor>>,
    keep?: readonly string[],
    given?: readonly string[],
  ): Promise<Outputs>;
  /** The same, told at once what will be kept: runs that are fed it can be sent before this one has ended. */
  start(...call: Parameters<Graph["run"]>): Started;
  /** Nodes per execution provider of the runs since the graph was opened, read from the profile; ends profiling. */
  providersUsed(): Promise<Readonly<Record<string, number>>>;
}

export type Outputs = Readonly<Record<string, Tensor | KeptTensor>>;

export interface Started {
  readonly kept: Readonly<Record<string, KeptTensor>>;
  readonly outputs: Promise<Outputs>;
}

export interface GraphHost {
  open(file: string): Promise<Graph>;
  /** Gives the host a tensor to keep, to be fed as often as wanted. */
  hold(tensor: Tensor): Promise<KeptTensor>;
  free(tensor: KeptTensor): Promise<void>;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  readonly provider: string;
  /** Threads inside one call of the runtime. */
  readonly threads: number;
  /** Graph optimisations that the runtime may apply; default: all. */
  readonly optimisation?: "all" | "extended" | "basic" | "disabled";
  /** Whether a provider may leave whole graphs to the CPU. */
  readonly allowCpuFallback?: boolean;
  /** Cache of graph outputs between runs. */
  readonly cache?: GraphCacheOptions;
  /** File of a graph -> file that the runtime's trace of it is written to when the host is closed. */
  readonly traces?: Readonly<Record<string, string>>;
}

export interface GraphCacheOptions {
  readonly dir: string;
  /** Bytes. */
  readonly limit: number;
  readonly precision: "float32" | "float16";
  /** File of each cached graph -> what identifies its content. */
  readonly graphs: Readonly<Record<string, string>>;
}
