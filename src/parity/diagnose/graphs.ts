// Diagnoses from the files: experiments with a patched graph (the candidate's with one thing corrected), and,
// where no mistake fits, lower precision, pruning or other weights.
import { basename, join } from "node:path";
import type { GraphFacts, ParityDiagnosis } from "../../core/parity.ts";
import { safeName } from "../../core/words.ts";
import {
  dataTypes,
  floatValues,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  whole,
  writeOnnx,
} from "../../formats/onnx-graph.ts";
import type { TappedHost } from "../../models/runtime/tap.ts";
import { differs, errorText, type Hypothesis } from "./hypothesis.ts";
import { weightHypotheses } from "./weights.ts";

export function graphFacts(file: string, { graph, opsetImport }: OnnxModel): GraphFacts {
  const operators: Record<string, number> = {};
  for (const { opType } of graph.node) operators[opType] = (operators[opType] ?? 0) + 1;
  const weights: Record<string, number> = {};
  let [values, zeros] = [0, 0];
  for (const tensor of graph.initializer) {
    const type = dataTypes[tensor.dataType] ?? `type ${tensor.dataType}`;
    weights[type] = (weights[type] ?? 0) + tensor.dims.reduce<number>((n, size) => n * whole(size), 1);
    for (const value of floatValues(tensor) ?? []) {
      values += 1;
      if (value === 0) zeros += 1;
    }
  }
  const sorted = (record: Record<string, number>) =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  const opset = opsetImport.find(({ domain = "" }) => domain === "" || domain === "ai.onnx");
  return {
    ...{ file: basename(file), opset: whole(opset?.version), nodes: graph.node.length },
    ...{ operators: sorted(operators), weights: sorted(weights), zeros: values === 0 ? 0 : zeros / values },
  };
}

/** Patched graphs are written to `folder` and opened beside the others. */
export async function graphHypotheses(
  reference: OnnxModel,
  candidate: OnnxModel,
  host: TappedHost,
  folder: string,
  stage: string,
): Promise<Hypothesis[]> {
  if (candidate.graph.initializer.some(({ dataLocation }) => dataLocation === 1)) return [];
  const found: Hypothesis[] = [];
  const open = async (name: string, graph: OnnxGraph) => {
    const file = join(folder, `${safeName(stage)}-${name}.onnx`);
    await writeOnnx(file, { ...candidate, graph });
    return host.open(file);
  };
  const resized = withResizing(reference.graph, candidate.graph);
  if (resized !== undefined)
    found.push({
      id: "upsampling",
      title: "Upsampling: the graph resizes differently",
      done: "with the reference's resizing in the graph",
      advice:
        "Export with align_corners=False and the reference's interpolation; look at the opset (Upsample, Resize 10).",
      graph: await open("resize", resized.graph),
      facts: [`Resizing nodes: ${resized.before} here, ${resized.after} in the reference.`],
    });
  const unclipped = withoutClipping(reference.graph, candidate.graph);
  if (unclipped !== undefined)
    found.push({
      id: "clipped",
      title:
        "Saturation: values are clipped inside the graph, as by an overflow of fp16 or a quantisation range",
      done: "without the Clip nodes that the reference does not have",
      advice: "Keep the layers before it in float32, or widen the range.",
      graph: await open("clip", unclipped.graph),
      facts: [`Clip nodes that the reference does not have: ${unclipped.names.join(", ")}.`],
    });
  return [...found, ...(await weightHypotheses(reference, candidate, open))];
}

const resizing = ["mode", "coordinate_transformation_mode", "nearest_mode"] as const;
const isResize = ({ opType }: OnnxNode) => opType === "Resize" || opType === "Upsample";

function modeOf(node: OnnxNode): string {
  const text = (name: string, otherwise: string) => {
    const found = node.attribute.find((attribute) => attribute.name === name)?.s;
    return found === undefined ? otherwise : Buffer.from(found).toString();
  };
  const transformation = node.opType === "Upsample" ? "asymmetric" : "half_pixel";
  return `${text("mode", "nearest")} ${text("coordinate_transformation_mode", transformation)}`;
}

/**
 * The candidate's graph with the reference's attributes on its resizing nodes, in order; undefined where
 * nothing differs.
 */
function withResizing(reference: OnnxGraph, candidate: OnnxGraph) {
  const [wanted, own] = [reference.node.filter(isResize), candidate.node.filter(isResize)];
  const same = wanted.length === own.length;
  const uniform = new Set(wanted.map(modeOf)).size === 1;
  if (own.length === 0 || wanted.length === 0 || (!same && !uniform)) return undefined;
  const partner = (i: number) => wanted[same ? i : 0]!;
  if (own.every((node, i) => modeOf(node) === modeOf(partner(i)))) return undefined;
  const node = candidate.node.map((one) => {
    const i = own.indexOf(one);
    if (i < 0 || one.opType !== "Resize") return one;
    const kept = one.attribute.filter(({ name }) => !resizing.includes(name as "mode"));
    const taken = partner(i).attribute.filter(({ name }) => resizing.includes(name as "mode"));
    return { ...one, attribute: [...kept, ...taken] };
  });
  return { graph: { ...candidate, node }, before: modes(own), after: modes(wanted) };
}

/** "4 linear half_pixel". */
function modes(nodes: readonly OnnxNode[]): string {
  const counts = new Map<string, number>();
  for (const node of nodes) counts.set(modeOf(node), (counts.get(modeOf(node)) ?? 0) + 1);
  return [...counts].map(([mode, count]) => `${count} ${mode}`).join(", ");
}

/** The candidate's graph with Clip nodes bypassed whose limits occur nowhere in the reference. */
function withoutClipping(reference: OnnxGraph, candidate: OnnxGraph) {
  const limits = (graph: OnnxGraph) => (node: OnnxNode) => {
    if (node.opType !== "Clip") return undefined;
    const inputs = node.input.slice(1).map((name) => (name === "" ? "" : constantOf(graph, name)));
    return [...inputs, ...node.attribute.map(({ name, f }) => `${name} ${f}`)].join();
  };
  const known = new Set(reference.node.map(limits(reference)));
  const limit = limits(candidate);
  const extra = candidate.node.filter((node) => {
    const text = limit(node);
    return text !== undefined && !known.has(text);
  });
  if (extra.length === 0) return undefined;
  const node = candidate.node.map((one) =>
    extra.includes(one) ? { ...one, opType: "Identity", input: one.input.slice(0, 1), attribute: [] } : one,
  );
  return { graph: { ...candidate, node }, names: extra.map(({ name, output }) => name || output[0]!) };
}

/** A scalar constant, of a weight or a Constant node, as text. */
function constantOf(graph: OnnxGraph, name: string): string {
  const weight = graph.initializer.find((tensor) => tensor.name === name);
  const node = graph.node.find(({ output, opType }) => opType === "Constant" && output.includes(name));
  const tensor = weight ?? node?.attribute.find(({ name: key }) => key === "value")?.t;
  const values = tensor == null ? undefined : floatValues(tensor);
  return values === undefined ? name : values.join();
}

type Stage = ParityDiagnosis["stage"];
type Model = { readonly file: string; readonly model: OnnxModel };

const quantising = [
  "QuantizeLinear",
  "DequantizeLinear",
  "DynamicQuantizeLinear",
  "MatMulInteger",
  "ConvInteger",
];
/** Weight types of lower precision than float32. */
const small = ["int8", "uint8", "int4", "uint4", "float16", "bfloat16"];

/** What the files show about a difference that no mistake explains. */
export function weightDiagnosis(
  stage: Stage,
  error: number,
  reference: Model,
  candidate: Model,
): ParityDiagnosis {
  const [own, expected] = [candidate, reference].map(({ file, model }) => graphFacts(file, model)) as [
    GraphFacts,
    GraphFacts,
  ];
  const what = `${differs(stage)} by ${errorText(error)} (relative L2), and correcting no usual mistake removes the difference.`;
  const found = (
    id: string,
    title: string,
    evidence: readonly string[],
    advice: string,
  ): ParityDiagnosis => ({ ...{ id, stage, mistake: false, title }, evidence: [what, ...evidence], advice });
  const lower = precisionOf(own).filter((type) => !precisionOf(expected).includes(type));
  const nodes = [...quantising, "Cast"].flatMap((name) => {
    const count = own.operators[name] ?? 0;
    return count > (expected.operators[name] ?? 0) ? [`${count} ${name}`] : [];
  });
  const quantised = nodes.some((text) => !text.endsWith("Cast"));
  if (lower.length > 0 || quantised)
    return found(
      "precision",
      `Precision: ${lower.join(", ") || "quantised"} in place of float32`,
      [
        `Weights: ${weightsText(own)}; in the reference ${weightsText(expected)}.`,
        ...(nodes.length === 0 ? [] : [`Nodes: ${nodes.join(", ")}.`]),
      ],
      "Keep in float32 the layers that lose most, calibrate on images of the domain, or quantise per channel.",
    );
  const { same, other, shapes } = weightPairs(reference.model, candidate.model);
  const zeros = (facts: GraphFacts) => `${(100 * facts.zeros).toFixed(1)} %`;
  if (own.zeros - expected.zeros > 0.05)
    return found(
      "pruned",
      "Pruning: weights were set to 0",
      [`${zeros(own)} of the weights are 0, ${zeros(expected)} in the reference.`],
      "Prune less, or fine-tune after pruning.",
    );
  if (other > 0)
    return found(
      "weights",
      "Weights: another checkpoint, or changed weights",
      [`${other} of ${other + same} weight tensors of the same name have other values.`],
      "Export from the checkpoint of the reference.",
    );
  return found(
    "unexplained",
    "No usual mistake explains the difference",
    shapes > 0 ? [`${shapes} weight tensors have other names or shapes than the reference's.`] : [],
    "Compare intermediate values of both graphs; export again with other versions of the exporter.",
  );
}

function precisionOf({ weights }: GraphFacts): string[] {
  // A few integers are shapes and indices, not weights.
  return small.filter((type) => (weights[type] ?? 0) > 64);
}

function weightsText({ weights }: GraphFacts): string {
  const all = Object.entries(weights).sort(([, a], [, b]) => b - a);
  return all.length === 0 ? "none" : all.map(([type, count]) => `${count} ${type}`).join(", ");
}

function weightPairs(reference: OnnxModel, candidate: OnnxModel) {
  let [same, other, shapes] = [0, 0, 0];
  const known = new Map(candidate.graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const tensor of reference.graph.initializer) {
    const values = floatValues(tensor);
    const found = known.get(tensor.name);
    if (values === undefined) continue;
    const others = found === undefined ? undefined : floatValues(found);
    if (others?.length !== values.length) shapes += 1;
    else if (values.every((value, i) => value === others[i])) same += 1;
    else other += 1;
  }
  return { same, other, shapes };
}
