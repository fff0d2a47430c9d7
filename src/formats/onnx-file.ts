// Facts about an ONNX file, read without a runtime and without its weights' values: ports, versions, side
// files, contents. Source: onnx/onnx.proto (field numbers).
import { open } from "node:fs/promises";
import { complain, type Problem, reasonOf } from "../core/errors.ts";
import { mustBeFile } from "./files.ts";
import { dataTypes } from "./onnx-graph.ts";
import { message, number, numbers, type Read, text } from "./protobuf-message.ts";

export interface OnnxPort {
  readonly name: string;
  readonly type: string;
  /** Numbers for fixed sizes, text for free ones ("" where unnamed); empty for scalars and unknown ranks. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxFile {
  readonly producer: string;
  /** Version of the default operator set. */
  readonly opset: number | undefined;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** Side files with weights, relative to the file's folder, sorted. */
  readonly sideFiles: readonly string[];
}

export interface OnnxWeights {
  readonly tensors: number;
  readonly elements: number;
  /** Bytes as stored, in the file or in side files. */
  readonly bytes: number;
}

export interface OnnxContent {
  /** Type -> initialisers and constants of that type; most bytes first. */
  readonly weights: Readonly<Record<string, OnnxWeights>>;
  /** Elements of all weights. */
  readonly parameters: number;
  /** Kind -> number of nodes, subgraphs and functions included; most frequent first. */
  readonly nodes: Readonly<Record<string, number>>;
  /** Nodes that compute with, or convert to or from, few bits. */
  readonly quantised: number;
}

/** Reads headers only. Rejects what is not an ONNX file. */
export async function readOnnxFile(path: string): Promise<OnnxFile> {
  const expected = "a model in ONNX format";
  const { producers, opsets, graphs } = await readModel(path, headers, () => ({ expected }));
  const graph = graphs.at(-1)!;
  const weights = new Set(graph.weights.flatMap(({ names }) => names));
  const facts = graph.weights.flatMap(({ external }) => external);
  const locations = facts.filter(({ keys }) => keys.at(-1) === "location");
  const isDefault = ({ domains }: (typeof opsets)[number]) => ["", "ai.onnx"].includes(domains.at(-1) ?? "");
  return {
    producer: producers.at(-1) ?? "",
    opset: opsets
      .filter(isDefault)
      .findLast(({ versions }) => versions.length > 0)
      ?.versions.at(-1),
    // Files of early IR versions list their weights among the inputs.
    inputs: graph.inputs.map(portOf).filter(({ name }) => !weights.has(name)),
    outputs: graph.outputs.map(portOf),
    sideFiles: [...new Set(locations.map(({ values }) => values.at(-1) ?? ""))].sort(),
  };
}

/** Reads every node and the headers of all weights. */
export async function readOnnxContent(path: string): Promise<OnnxContent> {
  const model = await readModel(path, contents, (cause) => ({ got: reasonOf(cause) }));
  const kinds = new Map<string, number>();
  const weights = new Map<string, OnnxWeights>();
  const addGraph = ({ nodes, weights: initialisers }: Graph) => {
    for (const node of nodes) addNode(node);
    for (const tensor of initialisers) addTensor(tensor);
  };
  const addNode = ({ kinds: own, attributes }: Node) => {
    for (const kind of own) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    for (const { tensor, graph, tensors, graphs } of attributes) {
      for (const one of [...tensor, ...tensors]) addTensor(one);
      for (const one of [...graph, ...graphs]) addGraph(one);
    }
  };
  const addTensor = ({ sizes, types }: Tensor) => {
    const elements = sizes.flat().reduce((product, size) => product * size, 1);
    const type = types.length === 0 ? "" : typeName(types.at(-1)!);
    const sum = weights.get(type) ?? { tensors: 0, elements: 0, bytes: 0 };
    weights.set(type, {
      tensors: sum.tensors + 1,
      elements: sum.elements + elements,
      bytes: sum.bytes + Math.ceil((elements * (bits[type] ?? 0)) / 8),
    });
  };
  for (const graph of model.graphs) addGraph(graph);
  for (const { nodes } of model.functions) for (const node of nodes) addNode(node);
  const ordered = [...kinds].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return {
    weights: Object.fromEntries([...weights].sort(([, a], [, b]) => b.bytes - a.bytes)),
    parameters: sum([...weights.values()].map(({ elements }) => elements)),
    nodes: Object.fromEntries(ordered),
    quantised: sum(ordered.filter(([kind]) => quantisedKind.test(kind)).map(([, count]) => count)),
  };
}

const bits: Readonly<Record<string, number>> = {
  ...{ float32: 32, uint8: 8, int8: 8, uint16: 16, int16: 16, int32: 32, int64: 64, string: 0, bool: 8 },
  ...{ float16: 16, float64: 64, uint32: 32, uint64: 64, bfloat16: 16, uint4: 4, int4: 4 },
  ...{ float8e4m3fn: 8, float8e4m3fnuz: 8, float8e5m2: 8, float8e5m2fnuz: 8 },
};

/** QLinearConv, MatMulInteger, DynamicQuantizeLinear, DequantizeLinear, MatMulNBits, QAttention, ... */
const quantisedKind = /^Q[A-Z]|[Qq]uantize|Integer|NBits|Bnb4/;

function typeName(type: number): string {
  return dataTypes[type] ?? `type ${type}`;
}

function portOf({ names, types }: Port): OnnxPort {
  const tensors = types.flatMap(({ tensor }) => tensor);
  const type = tensors.flatMap(({ types }) => types).at(-1);
  const dimensions = tensors.flatMap(({ shapes }) => shapes).flatMap(({ dimensions }) => dimensions);
  return {
    name: names.at(-1) ?? "",
    type: type === undefined ? "not a tensor" : typeName(type),
    shape: dimensions.map(({ values, names }) => values[0] ?? names[0] ?? ""),
  };
}

// The fields that are read of each message, by number.

const dimension = message({ values: [1, number], names: [2, text] });
const tensorType = message({ types: [1, number], shapes: [2, message({ dimensions: [1, dimension] })] });
const port = message({ names: [1, text], types: [2, message({ tensor: [1, tensorType] })] });
type Port = Awaited<ReturnType<typeof port>>;

const external = message({ keys: [1, text], values: [2, text] });
const headers = message({
  producers: [2, text],
  opsets: [8, message({ domains: [1, text], versions: [2, number] })],
  graphs: [
    7,
    message({
      weights: [5, message({ names: [8, text], external: [13, external] })],
      inputs: [11, port],
      outputs: [12, port],
    }),
  ],
});

interface Tensor {
  readonly sizes: readonly (readonly number[])[];
  readonly types: readonly number[];
}
interface Graph {
  readonly nodes: readonly Node[];
  readonly weights: readonly Tensor[];
}
interface Node {
  readonly kinds: readonly string[];
  readonly attributes: readonly Attribute[];
}
interface Attribute {
  readonly tensor: readonly Tensor[];
  readonly tensors: readonly Tensor[];
  readonly graph: readonly Graph[];
  readonly graphs: readonly Graph[];
}
const tensor: Read<Tensor> = message({ sizes: [1, numbers], types: [2, number] });
const inner: Read<Graph> = (field) => graph(field);
const attribute = message({
  tensor: [5, tensor],
  graph: [6, inner],
  tensors: [10, tensor],
  graphs: [11, inner],
});
const node: Read<Node> = message({ kinds: [4, text], attributes: [5, attribute] });
const graph: Read<Graph> = message({ nodes: [1, node], weights: [5, tensor] });
const contents = message({ graphs: [7, graph], functions: [25, message({ nodes: [7, node] })] });

async function readModel<M extends { readonly graphs: readonly unknown[] }>(
  path: string,
  read: Read<M>,
  about: (cause: unknown) => Pick<Problem, "expected" | "got">,
): Promise<M> {
  await mustBeFile(path, path);
  const file = await open(path).catch((cause: unknown) => {
    throw complain(path, "cannot be opened", { cause });
  });
  try {
    const model = await read({ file, start: 0, end: (await file.stat()).size });
    if (model.graphs.length === 0) throw new Error("it has no graph");
    return model;
  } catch (cause) {
    throw complain(path, "is not a whole ONNX file", { ...about(cause), cause });
  } finally {
    await file.close();
  }
}
