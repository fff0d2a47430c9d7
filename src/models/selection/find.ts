// Whether a decoder hides candidates: which outputs have been selected from, of how many, by which rule; or why there is nothing
// to bring back.
import type { OnnxGraph, OnnxNode, OnnxValue } from "../../formats/onnx-graph.ts";
import { whole } from "../../formats/onnx-graph.ts";
import { type Nodes, nodeName, nodesOf } from "./nodes.ts";
import { deciding, type Rule, ruleOf, ruleText } from "./rule.ts";
import { type Choice, type Trace, trace } from "./trace.ts";

/** Where one output's candidates are selected. */
export interface SelectedOutput {
  readonly output: string;
  /** The tensor that has all of them. */
  readonly tensor: string;
  /** Nodes that select, in the order of the data; none where the output has all candidates. */
  readonly nodes: readonly string[];
}

export interface Selection {
  /** Candidates that the graph computes, where its weights say so. */
  readonly candidates: number | undefined;
  readonly masks: SelectedOutput;
  readonly scores: SelectedOutput;
  readonly rule: Rule;
  /** The rule in words, a sentence each. */
  readonly says: readonly string[];
}

export interface Found {
  readonly selection: Selection;
  readonly masks: Trace;
  readonly scores: Trace;
}

/** The names that exporters give, the one to be read first. */
const maskNames = ["low_res_masks", "pred_masks", "masks", "output_masks"];
const scoreNames = ["iou_predictions", "iou_scores", "scores", "iou_pred"];

export interface Search {
  readonly found?: Found;
  /** Why nothing can be brought back of a graph that returns one mask. */
  readonly why?: string;
  /** The graph is no decoder of several masks. */
  readonly foreign?: string;
}

/** A selection, or a sentence why there is none that can be taken out; nothing to say of a graph that returns all candidates. */
export function findSelection(graph: OnnxGraph): Search {
  const nodes = nodesOf(graph);
  const ofRank = (wanted: readonly number[], names: readonly string[]) =>
    [...graph.output]
      .filter((port) => wanted.includes(rankOf(nodes, port) ?? 0))
      .sort((a, b) => order(names, a.name) - order(names, b.name));
  const [maskPorts, scorePorts] = [ofRank([4, 5], maskNames), ofRank([2, 3], scoreNames)];
  if (maskPorts.length === 0 || scorePorts.length === 0)
    return { foreign: "it has no outputs of masks (four or five axes) and of scores (two or three)" };
  const traced = (port: OnnxValue, spatial: number, count?: number) =>
    trace(nodes, port.name, rankOf(nodes, port)!, spatial, count);
  const count = firstOf([
    ...maskPorts.map((port) => countOfMasks(nodes, traced(port, 2).base)),
    ...scorePorts.map((port) => countOfScores(nodes, traced(port, 0).base)),
  ]);
  const masks = maskPorts.map((port) => ({ port, trace: traced(port, 2, count) }));
  const scores = scorePorts.map((port) => ({ port, trace: traced(port, 0, count) }));
  const mask = masks.find(({ trace }) => trace.choice.kind !== "all");
  const score = scores.find(({ trace }) => trace.choice.kind !== "all") ?? scores[0]!;
  if (mask === undefined) return whyNot(nodes, masks[0]!.port, scores[0]!.port, count);
  const problem = disagreement(nodes, mask.trace, score.trace);
  if (problem !== undefined) return { why: problem };
  const rule = ruleOf(nodes, mask.trace.choice, score.trace.base, mask.trace.base, count);
  const shown = ({ port, trace }: { readonly port: OnnxValue; readonly trace: Trace }): SelectedOutput => ({
    output: port.name,
    tensor: trace.base,
    nodes: trace.nodes.map(nodeName),
  });
  return {
    found: {
      selection: {
        ...{ candidates: count, masks: shown(mask), scores: shown(score) },
        ...{ rule, says: ruleText(rule, count) },
      },
      masks: mask.trace,
      scores: score.trace,
    },
  };
}

function order(names: readonly string[], name: string): number {
  const at = names.indexOf(name);
  return at < 0 ? names.length : at;
}

function rankOf(nodes: Nodes, { name, type }: OnnxValue): number | undefined {
  const declared = type?.tensorType?.shape?.dim.length;
  return declared === undefined || declared === 0 ? nodes.rank(name) : declared;
}

function firstOf<T>(values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined);
}

/** Masks are products of one vector each, stacked, with an image: as many as vectors. */
function countOfMasks({ maker }: Nodes, tensor: string): number | undefined {
  const node = maker(tensor);
  if (node === undefined) return undefined;
  if (["Reshape", "Clip", "Identity", "Cast"].includes(node.opType))
    return countOfMasks({ maker } as Nodes, node.input[0] ?? "");
  if (node.opType !== "MatMul") return undefined;
  const stack = maker(node.input[0] ?? "");
  return stack?.opType === "Concat" && stack.input.length > 1 ? stack.input.length : undefined;
}

/** The last layer's weights say how many scores there are. */
function countOfScores(nodes: Nodes, tensor: string): number | undefined {
  const node = nodes.maker(tensor);
  if (node === undefined) return undefined;
  const [first = "", second = "", third] = node.input;
  switch (node.opType) {
    case "Gemm": {
      const transposed = node.attribute.some(({ name, i }) => name === "transB" && whole(i) === 1);
      return nodes.sizes(third)?.at(-1) ?? nodes.sizes(second)?.[transposed ? 0 : 1];
    }
    case "MatMul":
      return nodes.sizes(second)?.at(-1);
    case "Add":
      // A bias: the other one is the layer.
      if (nodes.sizes(second) !== undefined) return countOfScores(nodes, first);
      return nodes.sizes(first) === undefined ? undefined : countOfScores(nodes, second);
    default:
      return ["Sigmoid", "Identity", "Cast", "Clip", "Reshape", "Gather", "Concat", "Slice"].includes(
        node.opType,
      )
        ? countOfScores(nodes, first)
        : undefined;
  }
}

/** Masks and scores have to be selected alike, or the scores not at all. */
function disagreement(nodes: Nodes, masks: Trace, scores: Trace): string | undefined {
  if (scores.choice.kind === "all" || alike(masks.choice, scores.choice)) return undefined;
  const by = (trace: Trace) => trace.nodes.map(nodeName).join(", ");
  return `masks (${by(masks)}) and scores (${by(scores)}) are not selected alike`;

  function alike(a: Choice, b: Choice): boolean {
    if (a.kind === "all" && b.kind === "all") return true;
    if (a.kind === "range" && b.kind === "range") return a.start === b.start && a.end === b.end;
    if (a.kind === "picked" && b.kind === "picked")
      return alike(a.of, b.of) && deciders(a.index).join() === deciders(b.index).join();
    return a.kind === "either" && b.kind === "either" && alike(a.first, b.first) && alike(a.second, b.second);
  }

  function deciders(tensor: string, seen = new Set<OnnxNode>()): readonly string[] {
    const node = nodes.maker(tensor);
    if (node === undefined || seen.has(node) || node.opType === "Shape") return [];
    seen.add(node);
    return deciding.includes(node.opType)
      ? [nodeName(node)]
      : node.input.flatMap((name) => deciders(name, seen));
  }
}

/** Why the masks of a graph without a selection are all that there are. */
function whyNot(
  nodes: Nodes,
  masks: OnnxValue,
  scores: OnnxValue,
  count: number | undefined,
): { readonly why?: string } {
  const axis = rankOf(nodes, masks)! - 3;
  const dim = masks.type?.tensorType?.shape?.dim[axis];
  const declared = dim?.dimValue === undefined ? undefined : whole(dim.dimValue);
  const lastScore = scores.type?.tensorType?.shape?.dim.at(-1);
  const returned =
    declared || (lastScore?.dimValue === undefined ? undefined : whole(lastScore.dimValue)) || undefined;
  const end = lastStep(nodes, masks.name);
  if (end.cut !== undefined)
    return {
      why: `it selects before the masks exist (${nodeName(end.cut)}), so that only the chosen ones are computed`,
    };
  if ((count ?? returned ?? 2) > 1 && (returned ?? count ?? 2) > 1) return {};
  if (end.node?.opType === "Add")
    return {
      why: `its mask is a sum of masks (${nodeName(end.node)}), none of which is an answer by itself`,
    };
  if (end.node?.opType === "Resize")
    return { why: `its masks are resized (${nodeName(end.node)}), and no output has them in low resolution` };
  if (count === 1) return { why: "it computes one mask" };
  return {
    why: `no selection among masks is found behind ${masks.name}${end.node === undefined ? "" : `, which ${nodeName(end.node)} makes`}`,
  };
}

/** The first node, from an output backwards, that is more than layout; and a cut of what the masks are made from. */
function lastStep(nodes: Nodes, tensor: string): { readonly node?: OnnxNode; readonly cut?: OnnxNode } {
  const node = nodes.maker(tensor);
  if (node === undefined) return {};
  const layout = ["Reshape", "Clip", "Identity", "Cast", "Gather", "Unsqueeze", "Squeeze"];
  if (layout.includes(node.opType)) return lastStep(nodes, node.input[0] ?? "");
  if (node.opType !== "MatMul") return { node };
  let left = nodes.maker(node.input[0] ?? "");
  while (left !== undefined && ["Reshape", "Identity", "Unsqueeze", "Squeeze"].includes(left.opType))
    left = nodes.maker(left.input[0] ?? "");
  const stack = left === undefined ? undefined : nodes.maker(left.input[0] ?? "");
  const cuts = left !== undefined && ["Slice", "Gather", "GatherND"].includes(left.opType);
  return cuts && stack?.opType === "Concat" ? { node, cut: left! } : { node };
}
