import type { Tensor } from "../../models/runtime/graph.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { mapValues, turned } from "./arrays.ts";
import type { Hypothesis } from "./hypothesis.ts";
import { commonOutputs } from "./outputs.ts";
import { changed } from "./prompt-feeds.ts";

/** What goes wrong with the masks that come back. */
export function maskHypotheses(): Hypothesis[] {
  const masks = (_: string, { dims }: Tensor) => dims.length >= 4;
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
        title: `Layout: masks come out ${how}`,
        done: `with masks ${how}`,
        advice: "Export masks with the axes N, M, H, W.",
        outputs: onMasks((tensor) => turned(tensor, how)),
      }),
    ),
    {
      id: "sigmoid",
      title: "Masks are probabilities: a sigmoid was left in the graph",
      done: "taken as logits of these probabilities",
      advice: "Export logits, or say `threshold: 0.5` in the card; as mask prompts probabilities do not do.",
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
      title: "Batch: every prompt of a call gets the first prompt's answer",
      done: "with the reference's first answer repeated",
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
  ];
}
