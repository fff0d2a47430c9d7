// Where no mistake fits: lower precision, pruning, or simply other weights.
import type { GraphFacts, ParityDiagnosis } from "../../core/parity.ts";
import { floatValues, type OnnxModel } from "../../formats/onnx-graph.ts";
import { errorText } from "./hypothesis.ts";

type Stage = ParityDiagnosis["stage"];
type Model = { readonly facts: GraphFacts; readonly model: OnnxModel };

const quantising = [
  "QuantizeLinear",
  "DequantizeLinear",
  "DynamicQuantizeLinear",
  "MatMulInteger",
  "ConvInteger",
];
const small = ["int8", "uint8", "int4", "uint4", "float16", "bfloat16"];

/** What the files say about a difference that has no structure. */
export function weightDiagnosis(
  stage: Stage,
  error: number,
  reference: Model,
  candidate: Model,
): ParityDiagnosis {
  const what = `The ${stage}'s outputs differ by ${errorText(error)} (relative L2), and no correction of a usual mistake removes it.`;
  const lower = precisionOf(candidate.facts).filter((type) => !precisionOf(reference.facts).includes(type));
  const nodes = [...quantising, "Cast"].flatMap((name) => {
    const count = candidate.facts.operators[name] ?? 0;
    return count > (reference.facts.operators[name] ?? 0) ? [`${count} ${name}`] : [];
  });
  const quantised = nodes.some((text) => !text.endsWith("Cast"));
  if (lower.length > 0 || quantised)
    return {
      ...{
        id: "precision",
        stage,
        mistake: false,
        title: `Precision: ${lower.join(", ") || "quantised"} in place of float32`,
      },
      evidence: [
        what,
        `Weights: ${weightsText(candidate.facts)}; in the reference ${weightsText(reference.facts)}.`,
        ...(nodes.length === 0 ? [] : [`Nodes: ${nodes.join(", ")}.`]),
      ],
      advice:
        "Leave the layers that lose most in float32, calibrate on images of the domain, or quantise by channel.",
    };
  const pruned = candidate.facts.zeros - reference.facts.zeros;
  const { same, other, shapes } = weightPairs(reference.model, candidate.model);
  const zeros = `${(100 * candidate.facts.zeros).toFixed(1)} % of the weights are 0, ${(100 * reference.facts.zeros).toFixed(1)} % in the reference.`;
  if (pruned > 0.05)
    return {
      ...{
        id: "pruned",
        stage,
        mistake: false,
        title: "Pruning: weights were set to 0",
        evidence: [what, zeros],
      },
      advice: "Prune less, or train on after pruning.",
    };
  if (other > 0)
    return {
      ...{
        id: "weights",
        stage,
        mistake: false,
        title: "Weights: another checkpoint, or weights that were changed",
      },
      evidence: [what, `${other} of ${other + same} weight tensors of the same name hold other values.`],
      advice: "Export from the checkpoint of the reference.",
    };
  return {
    ...{ id: "unexplained", stage, mistake: false, title: "No usual mistake explains the difference" },
    evidence: [
      what,
      ...(shapes > 0 ? [`${shapes} weight tensors have other names or shapes than the reference's.`] : []),
    ],
    advice: "Compare intermediate values of both graphs; export again with other versions of the exporter.",
  };
}

export function precisionOf({ weights }: GraphFacts): string[] {
  // A few integers are shapes and indices; weights come in thousands.
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
