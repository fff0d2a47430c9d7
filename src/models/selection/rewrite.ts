// Writes a graph anew with all candidates as outputs, and leaves out what nothing needs any more. Nothing else changes: nodes keep
// their order, weights their bytes.
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from "../../formats/onnx-graph.ts";
import { whole } from "../../formats/onnx-graph.ts";
import type { Found } from "./find.ts";

export interface Rewritten {
  readonly model: OnnxModel;
  /** Outputs and inputs that went. */
  readonly dropped: readonly string[];
}

export function withAllCandidates(model: OnnxModel, { selection, masks, scores }: Found): Rewritten {
  const { graph } = model;
  const rewired = new Map([...masks.rewired, ...scores.rewired]);
  const selecting = new Set([...masks.nodes, ...scores.nodes]);
  const changed = dependents(graph, selecting);
  const named = new Map([
    [selection.masks.output, masks.all],
    [selection.scores.output, scores.all],
  ]);
  const outputs = graph.output.filter(({ name }) => named.has(name) || !changed.has(name));
  const linked = graph.node.map((node) => {
    const first = rewired.get(node);
    return first === undefined ? node : { ...node, input: [first, ...node.input.slice(1)] };
  });

  const wanted = outputs.map(({ name }) => named.get(name) ?? name);
  const alive = living(linked, wanted);
  const used = new Set([...alive.flatMap(namesIn), ...wanted]);
  const before = new Set(graph.node.flatMap(namesIn));
  const moved = new Set([...rewired.keys()].flatMap(({ output }) => output));
  const kept =
    <T>(name: (one: T) => string | undefined) =>
    (one: T) =>
      used.has(name(one) ?? "");
  // Files of early IR versions list their weights among the inputs.
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => used.has(name) || !(before.has(name) || weights.has(name)));
  const low = lowResolution(graph, selection.masks.output);
  const written: OnnxGraph = {
    ...graph,
    node: [...alive, ...copies(named)],
    initializer: graph.initializer.filter(kept(({ name }) => name)),
    input: inputs,
    output: outputs.map((port) => {
      const spatial = port.name === selection.masks.output ? 2 : 0;
      if (!named.has(port.name)) return port;
      return withCount(port, spatial, selection.candidates, spatial === 0 ? undefined : low);
    }),
    valueInfo: graph.valueInfo.filter(kept(({ name }) => name)).filter(({ name }) => !moved.has(name)),
    ...(graph.sparseInitializer === undefined
      ? {}
      : { sparseInitializer: graph.sparseInitializer.filter(kept(({ values }) => values?.name)) }),
    ...(graph.quantizationAnnotation === undefined
      ? {}
      : {
          quantizationAnnotation: graph.quantizationAnnotation.filter(kept(({ tensorName }) => tensorName)),
        }),
  };
  const gone = (ports: readonly OnnxValue[], left: readonly OnnxValue[]) =>
    ports.filter((port) => !left.some(({ name }) => name === port.name)).map(({ name }) => name);
  return {
    model: { ...model, graph: written },
    dropped: [...gone(graph.output, outputs), ...gone(graph.input, inputs)],
  };
}

/** Everything that depends on these nodes: tensors by name. */
function dependents(graph: OnnxGraph, from: ReadonlySet<OnnxNode>): ReadonlySet<string> {
  const found = new Set([...from].flatMap(({ output }) => output));
  // Some converters leave nodes out of order: again until nothing is added.
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const node of graph.node)
      if (namesIn(node).some((name) => found.has(name))) for (const name of node.output) found.add(name);
  }
  return found;
}

/** The nodes that these tensors need, in their order. */
function living(nodes: readonly OnnxNode[], wanted: readonly string[]): readonly OnnxNode[] {
  const makers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const found = new Set<OnnxNode>();
  const queue = [...wanted];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const node = makers.get(name);
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    queue.push(...namesIn(node));
  }
  return nodes.filter((node) => found.has(node));
}

/** Tensors that a node takes, those that its graphs take from outside included. */
function namesIn(node: OnnxNode): readonly string[] {
  return [...node.input, ...graphsOf(node).flatMap(namesInGraph)];
}

function graphsOf(node: OnnxNode): readonly OnnxGraph[] {
  return node.attribute.flatMap(({ g, graphs = [] }) => [...(g ? [g] : []), ...graphs]);
}

function namesInGraph(graph: OnnxGraph): readonly string[] {
  return [...graph.node.flatMap(namesIn), ...graph.output.map(({ name }) => name)];
}

/** Outputs that are other tensors now. */
function copies(named: ReadonlyMap<string, string>): readonly OnnxNode[] {
  return [...named].flatMap(([output, tensor]) =>
    tensor === output
      ? []
      : [{ name: `all of ${output}`, opType: "Identity", input: [tensor], output: [output], attribute: [] }],
  );
}

/** Height and width of a mask prompt, which the low-resolution logits have, being fed back as one. */
function lowResolution(graph: OnnxGraph, output: string): readonly number[] | undefined {
  if (output !== "low_res_masks") return undefined;
  const port = graph.input.find(({ name }) => name === "mask_input");
  const sizes = port?.type?.tensorType?.shape?.dim.map(({ dimValue }) => whole(dimValue)) ?? [];
  return sizes.length === 4 && sizes.slice(2).every((size) => size > 0) ? sizes.slice(2) : undefined;
}

function withCount(
  port: OnnxValue,
  spatial: number,
  count: number | undefined,
  low: readonly number[] | undefined,
): OnnxValue {
  const tensorType = port.type?.tensorType;
  const dims = tensorType?.shape?.dim;
  if (tensorType == null || dims == null || dims.length === 0) return port;
  const axis = dims.length - spatial - 1;
  const dim = dims.map((old, i) => {
    if (i === axis) return count === undefined ? {} : { dimValue: count };
    return i > axis && low !== undefined ? { dimValue: low[i - axis - 1]! } : old;
  });
  return { ...port, type: { ...port.type, tensorType: { ...tensorType, shape: { dim } } } };
}
