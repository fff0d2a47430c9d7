// What an ONNX file holds: its weights by type and its nodes by kind, without the weights' values. Source: onnx/onnx.proto.
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { complain, reasonOf } from "../core/errors.ts";
import { dataTypes } from "./onnx-graph.ts";
import { type Field, fieldsOf, numberOf, textOf } from "./protobuf-fields.ts";

export interface OnnxWeights {
  readonly tensors: number;
  readonly elements: number;
  /** As stored, wherever: in the file or beside it. */
  readonly bytes: number;
}

export interface OnnxContent {
  /** Type -> initialisers and constants of that type; most bytes first. */
  readonly weights: Readonly<Record<string, OnnxWeights>>;
  /** Elements of all of them. */
  readonly parameters: number;
  /** Kind -> number of nodes, subgraphs and functions included; most frequent first. */
  readonly nodes: Readonly<Record<string, number>>;
  /** Nodes that compute with, or convert to or from, few bits. */
  readonly quantised: number;
}

const bits: Readonly<Record<string, number>> = {
  ...{ float32: 32, uint8: 8, int8: 8, uint16: 16, int16: 16, int32: 32, int64: 64, string: 0, bool: 8 },
  ...{ float16: 16, float64: 64, uint32: 32, uint64: 64, bfloat16: 16, uint4: 4, int4: 4 },
  ...{ float8e4m3fn: 8, float8e4m3fnuz: 8, float8e5m2: 8, float8e5m2fnuz: 8 },
};

/** QLinearConv, MatMulInteger, DynamicQuantizeLinear, DequantizeLinear, MatMulNBits, QAttention, ... */
const quantisedKind = /^Q[A-Z]|[Qq]uantize|Integer|NBits|Bnb4/;

interface Tally {
  readonly weights: Map<string, { tensors: number; elements: number; bytes: number }>;
  readonly nodes: Map<string, number>;
}

export async function readOnnxContent(path: string): Promise<OnnxContent> {
  const tally: Tally = { weights: new Map(), nodes: new Map() };
  const file = await open(path).catch((cause: unknown) => {
    throw complain({ where: path, what: "cannot be opened", got: reasonOf(cause), cause });
  });
  try {
    for await (const field of fieldsOf(file, 0, (await file.stat()).size)) {
      if (field.number === 7) await addGraph(file, field, tally);
      // FunctionProto: its nodes are field 7.
      if (field.number === 25)
        for await (const part of fieldsOf(file, field.start, field.end))
          if (part.number === 7) await addNode(file, part, tally);
    }
  } catch (cause) {
    throw complain({ where: path, what: "is not a whole ONNX file", got: reasonOf(cause), cause });
  } finally {
    await file.close();
  }
  const weights = [...tally.weights].sort(([, a], [, b]) => b.bytes - a.bytes);
  const nodes = [...tally.nodes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const count = (pairs: readonly (readonly [string, number])[]) => pairs.reduce((sum, [, n]) => sum + n, 0);
  return {
    weights: Object.fromEntries(weights),
    parameters: count(weights.map(([type, { elements }]) => [type, elements])),
    nodes: Object.fromEntries(nodes),
    quantised: count(nodes.filter(([kind]) => quantisedKind.test(kind))),
  };
}

/** GraphProto: node 1, initializer 5. */
async function addGraph(file: FileHandle, { start, end }: Field, tally: Tally): Promise<void> {
  for await (const field of fieldsOf(file, start, end)) {
    if (field.number === 1) await addNode(file, field, tally);
    if (field.number === 5) await addTensor(file, field, tally);
  }
}

/** NodeProto: op_type 4, attribute 5; AttributeProto: t 5, g 6, tensors 10, graphs 11. */
async function addNode(file: FileHandle, { start, end }: Field, tally: Tally): Promise<void> {
  for await (const field of fieldsOf(file, start, end)) {
    if (field.number === 4) {
      const kind = textOf(await field.bytes());
      tally.nodes.set(kind, (tally.nodes.get(kind) ?? 0) + 1);
    }
    if (field.number !== 5) continue;
    for await (const part of fieldsOf(file, field.start, field.end)) {
      if (part.number === 5 || part.number === 10) await addTensor(file, part, tally);
      if (part.number === 6 || part.number === 11) await addGraph(file, part, tally);
    }
  }
}

/** TensorProto: dims 1, data_type 2. */
async function addTensor(file: FileHandle, { start, end }: Field, { weights }: Tally): Promise<void> {
  let elements = 1;
  let type = "";
  for await (const part of fieldsOf(file, start, end)) {
    if (part.number === 1)
      for (const size of part.value === undefined ? packed(await part.bytes()) : [numberOf(part)])
        elements *= size;
    if (part.number === 2) type = dataTypes[numberOf(part)] ?? `type ${numberOf(part)}`;
  }
  const sum = weights.get(type) ?? { tensors: 0, elements: 0, bytes: 0 };
  const bytes = Math.ceil((elements * (bits[type] ?? 0)) / 8);
  weights.set(type, {
    tensors: sum.tensors + 1,
    elements: sum.elements + elements,
    bytes: sum.bytes + bytes,
  });
}

/** Whole numbers of a repeated field that were written as one text. */
function packed(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte >= 128) continue;
    numbers.push(value);
    value = 0;
    scale = 1;
  }
  return numbers;
}
