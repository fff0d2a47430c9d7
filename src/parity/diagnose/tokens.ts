// Masks and scores of several tokens: found under other numbers, or scores that mean something else.

import type { Tensor } from "../../models/runtime/graph.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { withValues } from "./arrays.ts";
import type { Hypothesis, ProbeCase } from "./hypothesis.ts";

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
  const advice =
    "Export the tokens in the order of the reference: 0 the single mask, 1 to 3 the ambiguity-aware ones.";
  const byMasks = tokens < 2 ? undefined : placesOf(cases, masks, tokens);
  const byScores = tokens < 2 || scores === undefined ? undefined : placesOf(cases, scores, tokens);
  const text = (places: readonly number[]) => `with outputs taken in the order ${places.join(", ")}`;
  return [
    ...(byMasks === undefined
      ? []
      : [
          {
            ...{ id: "mask-token", title: "Mask token: masks and predicted IoUs come in another order" },
            ...{ done: text(byMasks), advice },
            outputs: (outputs: Tensors) =>
              reordered(reordered(outputs, masks, byMasks, tokens), scores, byMasks, tokens),
          },
          {
            ...{
              id: "mask-token",
              title: "Mask token: masks come in another order than their predicted IoUs",
            },
            ...{ done: text(byMasks), advice },
            outputs: (outputs: Tensors) => reordered(outputs, masks, byMasks, tokens),
          },
        ]),
    ...(byScores === undefined
      ? []
      : [
          {
            ...{
              id: "mask-token",
              title: "Mask token: predicted IoUs come in another order than their masks",
            },
            ...{ done: text(byScores), advice },
            outputs: (outputs: Tensors) => reordered(outputs, scores, byScores, tokens),
          },
        ]),
    ...(scores === undefined
      ? []
      : [
          {
            ...{ id: "stability-score", title: "Predicted IoU: the export returns stability scores" },
            done: "with the reference's stability scores in place of its predicted IoUs",
            advice: "Say `predictedIou: stability` in the card, or export without --use-stability-score.",
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

/** Where each token of the reference is found in the candidate; undefined where each is in its own place. */
function placesOf(cases: readonly ProbeCase[], name: string, tokens: number): number[] | undefined {
  const error = Array.from({ length: tokens }, () => new Float64Array(tokens));
  for (const { reference, candidate } of cases) {
    const [a, b] = [reference.outputs[name], candidate.outputs[name]];
    if (a === undefined || b === undefined || a.data.length !== b.data.length) return undefined;
    const [r, c] = [floatsOf(a), floatsOf(b)];
    const size = name === undefined ? 1 : sizeOf(a, tokens);
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
