// A graph as its tensors see it: who makes a tensor, what is constant, how many axes there are. No shapes are inferred beyond that.
import {
  numbersIn,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  whole,
} from "../../formats/onnx-graph.ts";

/** Constants of more values are weights. */
const MOST_VALUES = 64;

export interface Nodes {
  readonly graph: OnnxGraph;
  /** The node that makes a tensor. */
  maker(tensor: string): OnnxNode | undefined;
  /** The values of a small constant. */
  constant(tensor: string | undefined): readonly number[] | undefined;
  /** Sizes of a weight or a constant. */
  sizes(tensor: string | undefined): readonly number[] | undefined;
  /** Number of axes, where the graph shows it. */
  rank(tensor: string): number | undefined;
}

export function nodesOf(graph: OnnxGraph): Nodes {
  const makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const weights = new Map(graph.initializer.map((tensor) => [tensor.name ?? "", tensor]));
  const inputs = new Map(graph.input.map((port) => [port.name, port]));
  const maker = (tensor: string) => makers.get(tensor);

  function stored(tensor: string | undefined): OnnxTensor | undefined {
    if (tensor === undefined) return undefined;
    const node = maker(tensor);
    // Absent messages are null.
    return (
      weights.get(tensor) ?? (node?.opType === "Constant" ? attribute(node, "value")?.t : null) ?? undefined
    );
  }

  const constants = remembered(findConstant);
  const constant = (tensor: string | undefined) => (tensor === undefined ? undefined : constants(tensor));

  function findConstant(tensor: string): readonly number[] | undefined {
    const found = stored(tensor);
    if (found !== undefined) {
      const count = found.dims.reduce<number>((product, size) => product * whole(size), 1);
      return count > MOST_VALUES ? undefined : numbersIn(found);
    }
    const node = maker(tensor);
    if (node === undefined) return undefined;
    if (node.opType === "Constant") return attributeNumbers(node);
    if (["Identity", "Cast", "Unsqueeze", "Squeeze", "Reshape"].includes(node.opType))
      return constant(node.input[0]);
    if (node.opType !== "Concat") return undefined;
    const parts = node.input.map(constant);
    const count = parts.reduce((sum, part) => sum + (part?.length ?? MOST_VALUES), 0);
    return count <= MOST_VALUES ? parts.flatMap((part) => part!) : undefined;
  }

  function sizes(tensor: string | undefined): readonly number[] | undefined {
    return stored(tensor)?.dims.map(whole);
  }

  const rank = remembered(findRank);

  function findRank(tensor: string): number | undefined {
    const known = sizes(tensor) ?? inputs.get(tensor)?.type?.tensorType?.shape?.dim;
    if (known !== undefined) return known.length;
    const node = maker(tensor);
    if (node === undefined) return undefined;
    const [first = ""] = node.input;
    const axes = () => (constant(node.input[1]) ?? listOf(node, "axes"))?.length;
    switch (node.opType) {
      case "Reshape":
        return length(node.input[1]) ?? listOf(node, "shape")?.length;
      case "Shape":
        return 1;
      case "Flatten":
      case "Gemm":
        return 2;
      case "Unsqueeze":
        return plus(rank(first), axes());
      case "Squeeze":
        return plus(rank(first), minus(axes()));
      case "Gather":
        return plus(plus(rank(first), rank(node.input[1] ?? "")), -1);
      case "MatMul":
      case "Where":
      case "Add":
      case "Sub":
      case "Mul":
      case "Div":
        return most(node.input.map(rank));
      default:
        return sameAxes.has(node.opType) ? rank(first) : undefined;
    }
  }

  const lengths = remembered(findLength);
  const length = (tensor: string | undefined) => (tensor === undefined ? undefined : lengths(tensor));

  /** Number of values of a tensor of one axis. */
  function findLength(tensor: string): number | undefined {
    const known = sizes(tensor);
    if (known !== undefined) return known.length === 1 ? known[0] : undefined;
    const node = maker(tensor);
    const [first = "", second] = node?.input ?? [];
    switch (node?.opType) {
      case "Concat":
        return sum(node.input.map(length));
      case "Shape":
        return rank(first);
      case "Cast":
      case "Identity":
        return length(first);
      case "Gather":
        return length(second);
      case "Unsqueeze":
        return rank(first) === 0 || rank(first) === undefined ? 1 : undefined;
      case "Constant":
        return attributeNumbers(node)?.length;
      default:
        return undefined;
    }
  }

  return { graph, maker, constant, sizes, rank };
}

/** Each tensor is looked at once, also where a graph runs in circles. */
function remembered<T>(find: (tensor: string) => T | undefined): (tensor: string) => T | undefined {
  const known = new Map<string, T | undefined>();
  return (tensor) => {
    if (!known.has(tensor)) {
      known.set(tensor, undefined);
      known.set(tensor, find(tensor));
    }
    return known.get(tensor);
  };
}

/** What has as many axes as what goes in. */
const sameAxes = new Set([
  ...[
    "Identity",
    "Cast",
    "Clip",
    "Dropout",
    "Slice",
    "Concat",
    "Transpose",
    "Sigmoid",
    "Relu",
    "Erf",
    "Tanh",
  ],
  ...["Conv", "ConvTranspose", "Resize", "LayerNormalization", "GatherElements", "Softmax", "Gelu", "Neg"],
]);

export function attribute(node: OnnxNode, name: string): OnnxAttribute | undefined {
  return node.attribute.find((one) => one.name === name);
}

export function listOf(node: OnnxNode, name: string): readonly number[] | undefined {
  return attribute(node, name)?.ints?.map(whole);
}

/** Of a Constant without a tensor. */
function attributeNumbers(node: OnnxNode): readonly number[] | undefined {
  const [only] = node.attribute;
  if (only?.name === "value_float") return [only.f ?? 0];
  if (only?.name === "value_int") return [whole(only.i)];
  if (only?.name === "value_floats") return [...(only.floats ?? [])];
  return only?.name === "value_ints" ? only.ints?.map(whole) : undefined;
}

const plus = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined ? undefined : a + b;
const minus = (a: number | undefined) => (a === undefined ? undefined : -a);
const sum = (values: readonly (number | undefined)[]) => values.reduce<number | undefined>(plus, 0);
const most = (values: readonly (number | undefined)[]) =>
  values.every((value) => value !== undefined) ? Math.max(...values) : undefined;

/** How a node is named in messages. */
export function nodeName({ opType, name = "", output }: OnnxNode): string {
  return `${opType} ${name === "" ? `-> ${output[0]}` : name}`;
}
