// Mistakes that show in the outputs: scaled, negated or clipped outputs; masks that are transposed, flipped
// or not logits; masks and scores of tokens in another order.
import { mean } from "../../core/numbers.ts";
import type { Tensor } from "../../models/runtime/graph.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { changed, mapValues, turned, withValues } from "./arrays.ts";
import type { Hypothesis, ProbeCase } from "./hypothesis.ts";

/** Hypotheses about the outputs of a stage; `what` describes them. `names`: only these outputs; default all. */
export function commonOutputs(
  what: string,
  wanted: (name: string, tensor: Tensor) => boolean = () => true,
): Hypothesis[] {
  /** Maps every wanted tensor, given the other side's tensor of the same name; undefined where none changes. */
  const each = (
    outputs: Tensors,
    others: Tensors,
    change: (tensor: Tensor, other: Tensor) => Tensor | undefined,
  ) => {
    const found = Object.entries(outputs).map(([name, tensor]) => {
      const other = others[name];
      if (other === undefined || !wanted(name, tensor) || other.data.length !== tensor.data.length)
        return [name, undefined] as const;
      return [name, change(tensor, other)] as const;
    });
    const changes = found.filter(([, tensor]) => tensor !== undefined);
    return changes.length === 0 ? undefined : { ...outputs, ...(Object.fromEntries(changes) as Tensors) };
  };
  return [
    {
      id: "sign",
      title: `Sign: the ${what} is negated`,
      done: "negated",
      advice: "Export without the negation.",
      outputs: (outputs, { reference }) =>
        each(outputs, reference.outputs, (tensor) => mapValues(tensor, (value) => -value)),
    },
    {
      id: "clipped",
      title: `Saturation: the ${what} is clipped, as by an overflow of fp16 or a quantisation range`,
      done: "with the reference clipped at the same values",
      advice:
        "Keep the layers before it in float32 (LayerNorm and attention are the usual ones), or widen the range.",
      referenceOutputs: (outputs, { candidate }) =>
        each(outputs, candidate.outputs, (tensor, cut) => {
          const { low, high, plateau } = extremes(floatsOf(cut));
          return plateau < 3 ? undefined : mapValues(tensor, (value) => Math.min(high, Math.max(low, value)));
        }),
    },
    {
      id: "scaled",
      title: `Scale: the ${what} is a multiple of the reference's`,
      done: "divided by the best-fitting factor",
      advice:
        "Look for a scale that was folded in twice or left out (attention, normalisation, a dequantisation).",
      outputs: (outputs, { reference }) =>
        each(outputs, reference.outputs, (tensor, other) => {
          const factor = factorOf(floatsOf(other), floatsOf(tensor));
          return Number.isFinite(factor) && Math.abs(factor) > 1e-6
            ? mapValues(tensor, (value) => value / factor)
            : undefined;
        }),
    },
    {
      id: "shifted",
      title: `Shift: a constant is added to the ${what}`,
      done: "less the mean difference",
      advice:
        "Look for a bias that was folded in twice or left out, or a threshold that was moved into the graph.",
      outputs: (outputs, { reference }) =>
        each(outputs, reference.outputs, (tensor, other) => {
          const [own, wanted] = [floatsOf(tensor), floatsOf(other)].map(mean) as [number, number];
          return Number.isFinite(own - wanted)
            ? mapValues(tensor, (value) => value - (own - wanted))
            : undefined;
        }),
    },
  ];
}

/** The factor by which `a` fits `b` best. */
function factorOf(a: Float32Array, b: Float32Array): number {
  let [dot, own] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    own += a[i]! * a[i]!;
  }
  return dot / own;
}

/** Minimum and maximum, and how often they occur. */
function extremes(values: Float32Array) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  let plateau = 0;
  for (const value of values) if (value === low || value === high) plateau += 1;
  return { low, high, plateau };
}

/** Usual mistakes in the returned masks. */
export function maskHypotheses(): Hypothesis[] {
  const masks = (_: string, { dims }: Tensor) => dims.length >= 4;
  const qualities = (name: string, tensor: Tensor) =>
    !masks(name, tensor) && !/object|pointer|ptr/.test(name);
  const onMasks = (change: (tensor: Tensor) => Tensor | undefined) => (outputs: Tensors) =>
    changed(
      outputs,
      (all) =>
        Object.keys(all).find((name) => name !== "masks" && masks(name, all[name]!)) ??
        Object.keys(all).find((name) => masks(name, all[name]!)),
      change,
    );
  return [
    ...(["transposed", "mirrored", "upside down"] as const).map(
      (how): Hypothesis => ({
        id: how === "transposed" ? "transposed-layout" : "flipped",
        title: `Layout: the masks are ${how}`,
        done: `with masks ${how}`,
        advice: "Export masks with the axes N, M, H, W.",
        outputs: onMasks((tensor) => turned(tensor, how)),
      }),
    ),
    {
      id: "sigmoid",
      title: "Masks are probabilities: a sigmoid was left in the graph",
      done: "converted from probabilities to logits",
      advice:
        "Export logits, or set `threshold: 0.5` in the card; probabilities do not work as mask prompts.",
      outputs: onMasks((tensor) =>
        mapValues(tensor, (value) => {
          const share = Math.min(1 - 1e-7, Math.max(1e-7, value));
          return Math.log(share / (1 - share));
        }),
      ),
      referenceOutputs: (outputs) =>
        onMasks((tensor) => mapValues(tensor, (value) => Math.min(16.118095, Math.max(-16.118095, value))))(
          outputs,
        ),
    },
    {
      id: "one-for-all",
      title: "Batch: every prompt of a call gets the first prompt's masks",
      done: "with the reference's first output repeated",
      advice: "Export with a dynamic axis over prompts, or set `batch: 1` in the card.",
      referenceOutputs: (outputs) => {
        const several = Object.values(outputs).every(({ dims }) => (dims[0] ?? 1) > 1);
        if (!several) return undefined;
        return Object.fromEntries(
          Object.entries(outputs).map(([name, one]) => {
            const size = one.data.length / one.dims[0]!;
            const values = floatsOf(one);
            return [name, mapValues(one, (_, i) => values[i % size]!)];
          }),
        );
      },
    },
    ...commonOutputs("mask", masks),
    ...commonOutputs("predicted quality", qualities),
  ];
}

/** P x M x h x w and P x M (with further axes of length 1). */
interface TokenPorts {
  readonly masks: string;
  readonly scores: string | undefined;
  readonly tokens: number;
}

export function tokenHypotheses(cases: readonly ProbeCase[]): Hypothesis[] {
  const [first] = cases;
  const ports = first === undefined ? undefined : portsOf(first.reference.outputs, first.candidate.outputs);
  if (ports === undefined) return [];
  const { masks, scores, tokens } = ports;
  const order = (
    title: string,
    places: readonly number[] | undefined,
    names: readonly (string | undefined)[],
  ): Hypothesis[] =>
    places === undefined
      ? []
      : [
          {
            ...{ id: "mask-token", title: `Mask token: ${title}` },
            done: `with outputs taken in the order ${places.join(", ")}`,
            advice:
              "Export the tokens in the order of the reference: 0 the single mask, 1 to 3 the ambiguity-aware ones.",
            outputs: (outputs) => names.reduce((all, name) => reordered(all, name, places, tokens), outputs),
          },
        ];
  const byMasks = tokens < 2 ? undefined : placesOf(cases, masks, tokens);
  const byScores = tokens < 2 || scores === undefined ? undefined : placesOf(cases, scores, tokens);
  return [
    ...order("masks and predicted IoUs are in another order", byMasks, [masks, scores]),
    ...order("the masks' order differs from their predicted IoUs'", byMasks, [masks]),
    ...order("the predicted IoUs' order differs from their masks'", byScores, [scores]),
    ...(scores === undefined
      ? []
      : [
          {
            ...{ id: "stability-score", title: "Predicted IoU: the export returns stability scores" },
            done: "with the reference's stability scores in place of its predicted IoUs",
            advice: "Set `predictedIou: stability` in the card, or export without --use-stability-score.",
            referenceOutputs: (outputs: Tensors) => ({
              ...outputs,
              [scores]: withValues(
                outputs[scores]!,
                stability(outputs[masks]!, outputs[scores]!.data.length),
              ),
            }),
          },
        ]),
  ];
}

function portsOf(reference: Tensors, candidate: Tensors): TokenPorts | undefined {
  const shared = Object.keys(reference).filter(
    (name) => candidate[name]?.dims.join() === reference[name]!.dims.join(),
  );
  const large = shared.filter((name) => reference[name]!.dims.length >= 4);
  const masks = large.find((name) => name !== "masks") ?? large[0];
  if (masks === undefined) return undefined;
  const { dims } = reference[masks]!;
  const head = dims.slice(0, -2);
  const scores = shared.find((name) => reference[name]!.dims.join() === head.join());
  return { masks, scores, tokens: dims.at(-3)! };
}

/** Index in the candidate of each of the reference's tokens; undefined where none has moved. */
function placesOf(cases: readonly ProbeCase[], name: string, tokens: number): number[] | undefined {
  const error = Array.from({ length: tokens }, () => new Float64Array(tokens));
  for (const { reference, candidate } of cases) {
    const [a, b] = [reference.outputs[name], candidate.outputs[name]];
    if (a === undefined || b === undefined || a.data.length !== b.data.length) return undefined;
    const [r, c] = [floatsOf(a), floatsOf(b)];
    const size = sizeOf(a, tokens);
    for (let start = 0; start < r.length; start += tokens * size)
      for (let i = 0; i < tokens; i++)
        for (let j = 0; j < tokens; j++)
          for (let k = 0; k < size; k++)
            error[i]![j]! += (r[start + i * size + k]! - c[start + j * size + k]!) ** 2;
  }
  const places = error.map((row) => row.indexOf(Math.min(...row)));
  return places.every((place, i) => place === i) || places.includes(-1) ? undefined : places;
}

/** Values of one token: P x M x h x w has h * w, P x M has 1. */
function sizeOf({ dims }: Tensor, tokens: number): number {
  const [height = 1, width = 1] = dims.length >= 4 && dims.at(-3) === tokens ? dims.slice(-2) : [];
  return height * width;
}

function reordered(
  outputs: Tensors,
  name: string | undefined,
  places: readonly number[],
  tokens: number,
): Tensors {
  if (name === undefined) return outputs;
  const tensor = outputs[name]!;
  const from = floatsOf(tensor);
  const size = sizeOf(tensor, tokens);
  const to = new Float32Array(from.length);
  for (let start = 0; start < from.length; start += tokens * size)
    for (const [token, place] of places.entries())
      to.set(from.subarray(start + place * size, start + (place + 1) * size), start + token * size);
  return { ...outputs, [name]: withValues(tensor, to) };
}

/** Share of the pixels above -1 that are also above 1 (SAM's calculate_stability_score, offset 1). */
function stability(masks: Tensor, count: number): Float32Array {
  const logits = floatsOf(masks);
  const size = logits.length / count;
  return Float32Array.from({ length: count }, (_, i) => {
    let [strict, lenient] = [0, 0];
    for (let k = i * size; k < (i + 1) * size; k++) {
      if (logits[k]! > 1) strict += 1;
      if (logits[k]! > -1) lenient += 1;
    }
    return lenient === 0 ? 0 : strict / lenient;
  });
}
