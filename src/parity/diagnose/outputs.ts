// What can be seen in any output: scaled, inverted, clipped, the same for everything.

import type { Tensor } from "../../models/runtime/graph.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { mapValues } from "./arrays.ts";
import type { Hypothesis, ProbeCase } from "./hypothesis.ts";

/** Hypotheses about `outputs` of a stage; `what` names them. `names`: those that are meant, default all. */
export function commonOutputs(
  what: string,
  wanted: (name: string, tensor: Tensor) => boolean = () => true,
): Hypothesis[] {
  const each =
    (change: (candidate: Tensor, reference: Tensor) => Tensor | undefined) =>
    (outputs: Readonly<Record<string, Tensor>>, { reference }: ProbeCase) => {
      let changed = false;
      const entries = Object.entries(outputs).map(([name, tensor]) => {
        const other = reference.outputs[name];
        if (other === undefined || !wanted(name, tensor) || other.data.length !== tensor.data.length)
          return [name, tensor] as const;
        const found = change(tensor, other);
        changed ||= found !== undefined;
        return [name, found ?? tensor] as const;
      });
      return changed ? Object.fromEntries(entries) : undefined;
    };
  return [
    {
      id: "sign",
      title: `Sign: the ${what} is negated`,
      done: "negated",
      advice: "Export without the negation.",
      outputs: each((tensor) => mapValues(tensor, (value) => -value)),
    },
    {
      id: "clipped",
      title: `Saturation: the ${what} is cut off at its extremes, as by an overflow of fp16 or a quantisation range`,
      done: "with the reference cut off at the same values",
      advice:
        "Keep the layers before it in float32 (LayerNorm and attention are the usual ones), or widen the range.",
      referenceOutputs: (outputs, { candidate }) => {
        let changed = false;
        const entries = Object.entries(outputs).map(([name, tensor]) => {
          const cut = candidate.outputs[name];
          if (cut === undefined || !wanted(name, tensor)) return [name, tensor] as const;
          const { low, high, plateau } = extremes(floatsOf(cut));
          if (plateau < 3) return [name, tensor] as const;
          changed = true;
          return [name, mapValues(tensor, (value) => Math.min(high, Math.max(low, value)))] as const;
        });
        return changed ? Object.fromEntries(entries) : undefined;
      },
    },
    {
      id: "scaled",
      title: `Scale: the ${what} is a multiple of the reference's`,
      done: "divided by the factor that fits best",
      advice:
        "Look for a scale that was folded in twice or left out (attention, normalisation, a dequantisation).",
      outputs: each((tensor, reference) => {
        const [a, b] = [floatsOf(reference), floatsOf(tensor)];
        let [dot, own] = [0, 0];
        for (let i = 0; i < a.length; i++) {
          dot += a[i]! * b[i]!;
          own += a[i]! * a[i]!;
        }
        const factor = dot / own;
        return Number.isFinite(factor) && Math.abs(factor) > 1e-6
          ? mapValues(tensor, (value) => value / factor)
          : undefined;
      }),
    },
  ];
}

/** Least and greatest value, and how often they occur. */
export function extremes(values: Float32Array): {
  readonly low: number;
  readonly high: number;
  readonly plateau: number;
} {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  let plateau = 0;
  for (const value of values) if (value === low || value === high) plateau += 1;
  return { low, high, plateau };
}
