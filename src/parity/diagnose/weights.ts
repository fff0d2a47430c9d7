// Weights that are the reference's in another guise: transposed, in reverse order, negated, scaled, left at 0. The remedy is tried: the
// reference's values are put into the candidate's graph.
import {
  floatValues,
  type OnnxGraph,
  type OnnxModel,
  type OnnxTensor,
  onnxTensor,
  whole,
} from "../../formats/onnx-graph.ts";
import type { Graph } from "../../models/runtime/graph.ts";
import type { Hypothesis } from "./hypothesis.ts";

/** How a tensor became what it is, e.g. "transposed". */
export interface Relation {
  readonly id: "zero" | "negated" | "scaled" | "reversed" | "transposed" | "moved";
  /** After "is" or "are". */
  readonly text: string;
}

/** What ids of these hypotheses begin with. */
export const weightsId = "weights-";
/** Relative to the largest value. */
const TOLERANCE = 1e-6;

/** undefined where the values are the same, or differ in no way that has a name. */
export function relationOf(
  reference: Float32Array,
  candidate: Float32Array,
  dims: readonly number[],
): Relation | undefined {
  const { length } = reference;
  const largest = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const near = (expected: (i: number) => number) => {
    const limit = TOLERANCE * largest;
    for (let i = 0; i < length; i++) if (!(Math.abs(candidate[i]! - expected(i)) <= limit)) return false;
    return true;
  };
  if (candidate.length !== length || largest === 0 || near((i) => reference[i]!)) return undefined;
  if (candidate.every((value) => value === 0)) return { id: "zero", text: "0 throughout" };
  if (near((i) => -reference[i]!)) return { id: "negated", text: "negated" };
  const [rows, columns] = matrix(dims, length);
  if (rows > 1) {
    const row = (i: number) => Math.floor(i / columns);
    if (near((i) => reference[(rows - 1 - row(i)) * columns + (i % columns)]!))
      return { id: "reversed", text: columns === 1 ? "in reverse order" : "in reverse order, row by row" };
    if (columns > 1 && near((i) => reference[(i % rows) * columns + Math.floor(i / rows)]!))
      return { id: "transposed", text: "transposed" };
    for (const by of [1, rows - 1])
      if (rows > 2 && near((i) => reference[((row(i) + by) % rows) * columns + (i % columns)]!))
        return { id: "moved", text: "moved by one row" };
  }
  const at = reference.findIndex((value) => Math.abs(value) === largest);
  const factor = candidate[at]! / reference[at]!;
  return near((i) => factor * reference[i]!)
    ? { id: "scaled", text: `${Number(factor.toPrecision(4))} times as large as in the reference` }
    : undefined;
}

/** Axes of length 1 aside; a kernel's rows are its outputs. */
function matrix(dims: readonly number[], length: number): readonly [rows: number, columns: number] {
  const rows = dims.find((size) => size > 1) ?? 1;
  return [rows, length / rows];
}

interface Group {
  readonly relation: Relation;
  /** Of the candidate's tensors, and what would be right in their places. */
  readonly names: string[];
  readonly right: Map<OnnxTensor, OnnxTensor>;
}

/** One hypothesis for each relation that some weights have, tried with all of those put right. */
export async function weightHypotheses(
  reference: OnnxModel,
  candidate: OnnxModel,
  open: (name: string, graph: OnnxGraph) => Promise<Graph>,
): Promise<Hypothesis[]> {
  const groups = new Map<Relation["id"], Group>();
  for (const [own, other] of pairs(reference.graph.initializer, candidate.graph.initializer)) {
    const [a, b] = [floatValues(own), floatValues(other)];
    if (a === undefined || b === undefined) continue;
    const dims = own.dims.map(whole);
    const relation = relationOf(a, b, dims);
    if (relation === undefined) continue;
    const group: Group = groups.get(relation.id) ?? { relation, names: [], right: new Map() };
    groups.set(relation.id, group);
    group.names.push(other.name ?? "");
    group.right.set(other, onnxTensor(other.name ?? "", dims, a));
  }
  const found: Hypothesis[] = [];
  for (const { relation, names, right } of groups.values()) {
    const { graph } = candidate;
    const initializer = graph.initializer.map((tensor) => right.get(tensor) ?? tensor);
    const listed =
      names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
    found.push({
      id: `${weightsId}${relation.id}`,
      title: `Weights: ${listed} ${names.length === 1 ? "is" : "are"} ${relation.text}`,
      done: `with the reference's values in ${names.length === 1 ? "its" : "their"} place`,
      advice: advice[relation.id],
      graph: await open(`${weightsId}${relation.id}`, { ...graph, initializer }),
    });
  }
  return found;
}

const advice: Readonly<Record<Relation["id"], string>> = {
  transposed:
    "Gemm with transB takes weights as PyTorch's Linear keeps them, MatMul takes them transposed: turn them once.",
  reversed: "Look at the order in which rows are written: a table of encodings begins with the frame before.",
  moved: "Look at the first index: rows begin at 0.",
  negated: "Export without the negation.",
  scaled: "Look for a scale that was folded in twice or left out.",
  zero: "The weights were not loaded: look at keys that the checkpoint and the module do not share.",
};

/** By name and shape; the rest by shape, in order. */
function pairs(
  reference: readonly OnnxTensor[],
  candidate: readonly OnnxTensor[],
): (readonly [OnnxTensor, OnnxTensor])[] {
  const shape = ({ dims }: OnnxTensor) => dims.map(whole).join("x");
  const left = new Set(candidate);
  const take = (fits: (one: OnnxTensor) => boolean) => {
    for (const one of left)
      if (fits(one)) {
        left.delete(one);
        return one;
      }
    return undefined;
  };
  const named = reference.map(
    (own) => [own, take((one) => one.name === own.name && shape(one) === shape(own))] as const,
  );
  return named.flatMap(([own, found]) => {
    const other = found ?? take((one) => shape(one) === shape(own));
    return other === undefined ? [] : [[own, other] as const];
  });
}
