import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { mapValues, turned, withValues } from "./arrays.ts";
import type { Hypothesis, ProbeCase } from "./hypothesis.ts";
import { maskHypotheses } from "./masks.ts";
import {
  changed,
  coordsOf,
  flagOf,
  isEmbedding,
  maskOf,
  relabelled,
  withoutPadding,
  withPadding,
} from "./prompt-feeds.ts";
import { tokenHypotheses } from "./tokens.ts";

/** What goes wrong with prompts and with what comes back. `sizes`: frames that coordinates may be meant in. */
export function decoderHypotheses(cases: readonly ProbeCase[], side: number): Hypothesis[] {
  return [...promptHypotheses(side), ...tokenHypotheses(cases), ...maskHypotheses()];
}

function promptHypotheses(side: number): Hypothesis[] {
  const coordinates = (
    id: string,
    title: string,
    done: string,
    advice: string,
    change: (value: number) => number,
  ) =>
    ({
      id,
      title,
      done,
      advice,
      feeds: (feeds) => changed(feeds, coordsOf, (one) => mapValues(one, change)),
    }) satisfies Hypothesis;
  const shift = (by: number, word: string) =>
    coordinates(
      "half-pixel",
      `Half-pixel shift: the graph ${word} half a pixel to the coordinates that the reference does not`,
      `with coordinates moved by ${by}`,
      "The half pixel belongs into the graph exactly once.",
      (value) => value + by,
    );
  const frame = (factor: number, text: string) =>
    coordinates(
      "coordinate-frame",
      `Coordinates: the graph expects them ${text}`,
      `with coordinates ${text}`,
      "Export with coordinates in pixels of the model's frame.",
      (value) => value * factor,
    );
  const labels = (
    id: string,
    title: string,
    done: string,
    advice: string,
    change: (label: number) => number,
  ): Hypothesis => ({
    ...{ id, title, done, advice },
    feeds: (feeds) => relabelled(feeds, change),
  });
  const imitated = (
    id: string,
    title: string,
    done: string,
    advice: string,
    change: (label: number) => number,
  ): Hypothesis => ({
    ...{ id, title, done: `with the reference ${done}`, advice },
    referenceFeeds: (feeds) => relabelled(feeds, change),
  });
  return [
    {
      id: "xy-swapped",
      title: "Coordinates: the decoder takes them as y, x",
      done: "with x and y exchanged",
      advice: "Export with coordinates as x, y.",
      feeds: (feeds) =>
        changed(feeds, coordsOf, (one) => {
          const values = floatsOf(one);
          return withValues(
            one,
            values.map((_, i) => values[i ^ 1]!),
          );
        }),
    },
    shift(-0.5, "adds"),
    shift(0.5, "does not add"),
    frame(1 / side, "as shares of the frame, 0..1"),
    ...(side === 1024
      ? []
      : [frame(1024 / side, "in a frame of 1024"), frame(side / 1024, `scaled by ${side} / 1024`)]),
    {
      id: "padding-point",
      title: "Padding point: the decoder does not know the padding point and takes it for a prompt",
      done: "without the padding point",
      advice: "Say `paddingPoint: false` in the card, or export the embedding of label -1.",
      feeds: (feeds) => withoutPadding(feeds),
    },
    {
      id: "padding-point",
      title: "Padding point: the decoder lacks the padding point",
      done: "with one more padding point",
      advice: "Say `paddingPoint: true` in the card, or add the padding point in the graph.",
      feeds: (feeds) => withPadding(feeds),
    },
    {
      id: "padding-point",
      title: "Padding point: the decoder ignores the padding point",
      done: "with the reference's padding point taken away",
      advice: "Export the embedding of label -1, and feed the point where there is no box.",
      referenceFeeds: (feeds) => withoutPadding(feeds),
    },
    labels(
      "box-labels",
      "Box labels: the decoder takes label 2 for the lower right corner and 3 for the upper left",
      "with labels 2 and 3 exchanged",
      "Export with label 2 for the upper left corner.",
      (label) => (label === 2 ? 3 : label === 3 ? 2 : label),
    ),
    labels(
      "click-labels",
      "Click labels: the decoder takes 0 for foreground and 1 for background",
      "with labels 0 and 1 exchanged",
      "Export with label 1 for foreground.",
      (label) => (label === 0 ? 1 : label === 1 ? 0 : label),
    ),
    imitated(
      "box-labels",
      "Box labels: the decoder ignores the corners of a box",
      "told to ignore labels 2 and 3",
      "This export does not take boxes as labels 2 and 3: say `box: false` in its card.",
      (label) => (label >= 2 ? -1 : label),
    ),
    imitated(
      "box-labels",
      "Box labels: the decoder takes the corners of a box for foreground clicks",
      "given clicks in place of corners",
      "This export does not take boxes as labels 2 and 3: say `box: false` in its card.",
      (label) => (label >= 2 ? 1 : label),
    ),
    imitated(
      "click-labels",
      "Click labels: the decoder takes background clicks for foreground",
      "given foreground clicks alone",
      "Look at how labels are compared: an integer cast or a lost embedding.",
      (label) => (label === 0 ? 1 : label),
    ),
    imitated(
      "click-labels",
      "Click labels: the decoder ignores background clicks",
      "told to ignore background clicks",
      "Look at how labels are compared: an integer cast or a lost embedding.",
      (label) => (label === 0 ? -1 : label),
    ),
    {
      id: "mask-flag",
      title: "Mask prompt: has_mask_input is inverted",
      done: "with has_mask_input inverted",
      advice: "1 means that a mask is given.",
      feeds: (feeds) => changed(feeds, flagOf, (one) => mapValues(one, (value) => 1 - value)),
    },
    {
      id: "mask-ignored",
      title: "Mask prompt: the decoder ignores it",
      done: "with the reference's has_mask_input set to 0",
      advice: "A branch on has_mask_input was frozen when the graph was traced: export with a mask given.",
      referenceFeeds: (feeds) => changed(feeds, flagOf, (one) => mapValues(one, () => 0), 1),
    },
    {
      id: "transposed-layout",
      title: "Layout: the decoder takes the mask prompt with height and width exchanged",
      done: "with the mask prompt transposed",
      advice: "Export with the axes N, 1, H, W.",
      feeds: (feeds) => changed(feeds, maskOf, (one) => turned(one, "transposed")),
    },
    {
      id: "transposed-layout",
      title: "Layout: the decoder takes the embedding with height and width exchanged",
      done: "with the embedding transposed",
      advice: "Export with the axes N, C, H, W.",
      feeds: (feeds) => {
        const names = Object.keys(feeds).filter((name) => isEmbedding(feeds, name));
        const entries = names.map((name) => [name, turned(feeds[name]!, "transposed")] as const);
        if (names.length === 0 || entries.some(([, one]) => one === undefined)) return undefined;
        return { ...feeds, ...(Object.fromEntries(entries) as Tensors) };
      },
    },
  ];
}
