// Mistakes around decoders: in the tensors of a prompt, whatever an export calls them.
import type { Tensors } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import { changed, mapValues, turned, withValues } from "./arrays.ts";
import type { Hypothesis, ProbeCase } from "./hypothesis.ts";
import { maskHypotheses, tokenHypotheses } from "./outputs.ts";

/** Usual mistakes with prompts and decoder outputs. `side`: of the model's frame, in pixels. */
export function decoderHypotheses(cases: readonly ProbeCase[], side: number): Hypothesis[] {
  return [...promptHypotheses(side), ...tokenHypotheses(cases), ...maskHypotheses()];
}

function promptHypotheses(side: number): Hypothesis[] {
  const moved = (change: (value: number) => number) => (feeds: Tensors) =>
    changed(feeds, coordsOf, (one) => mapValues(one, change));
  const labelled = (change: (label: number) => number) => (feeds: Tensors) => relabelled(feeds, change);
  const swapped = (a: number, b: number) => labelled((label) => (label === a ? b : label === b ? a : label));
  const shift = (by: number, text: string): Hypothesis => ({
    id: "half-pixel",
    title: `Half-pixel shift: the graph ${text}`,
    done: `with coordinates moved by ${by}`,
    advice: "Add the half pixel exactly once.",
    feeds: moved((value) => value + by),
  });
  const frame = (factor: number, text: string): Hypothesis => ({
    id: "coordinate-frame",
    title: `Coordinates: the graph expects them ${text}`,
    done: `with coordinates ${text}`,
    advice: "Export with coordinates in pixels of the model's frame.",
    feeds: moved((value) => value * factor),
  });
  return [
    {
      id: "xy-swapped",
      title: "Coordinates: the decoder takes them as y, x",
      done: "with x and y swapped",
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
    shift(-0.5, "adds half a pixel to coordinates, the reference does not"),
    shift(0.5, "does not add half a pixel to coordinates, the reference does"),
    frame(1 / side, "as fractions of the frame, 0..1"),
    ...(side === 1024
      ? []
      : [frame(1024 / side, "in a frame of 1024"), frame(side / 1024, `scaled by ${side} / 1024`)]),
    {
      id: "padding-point",
      title: "Padding point: the decoder treats the padding point as a click",
      done: "without the padding point",
      advice: "Set `paddingPoint: false` in the card, or export the embedding of label -1.",
      feeds: withoutPadding,
    },
    {
      id: "padding-point",
      title: "Padding point: the decoder expects a padding point",
      done: "with one more padding point",
      advice: "Set `paddingPoint: true` in the card, or add the padding point in the graph.",
      feeds: withPadding,
    },
    {
      id: "padding-point",
      title: "Padding point: the decoder ignores the padding point",
      done: "with the reference's padding point removed",
      advice: "Export the embedding of label -1, and feed the point where there is no box.",
      referenceFeeds: withoutPadding,
    },
    {
      id: "box-labels",
      title: "Box labels: the decoder reads label 2 as the lower right corner and 3 as the upper left",
      done: "with labels 2 and 3 swapped",
      advice: "Export with label 2 for the upper left corner.",
      feeds: swapped(2, 3),
    },
    {
      id: "click-labels",
      title: "Click labels: the decoder reads 0 as foreground and 1 as background",
      done: "with labels 0 and 1 swapped",
      advice: "Export with label 1 for foreground.",
      feeds: swapped(0, 1),
    },
    {
      id: "box-labels",
      title: "Box labels: the decoder ignores the corners of a box",
      done: "with the reference ignoring labels 2 and 3",
      advice: "This export does not take boxes as labels 2 and 3: set `box: false` in its card.",
      referenceFeeds: labelled((label) => (label >= 2 ? -1 : label)),
    },
    {
      id: "box-labels",
      title: "Box labels: the decoder treats the corners of a box as foreground clicks",
      done: "with foreground clicks in place of corners in the reference",
      advice: "This export does not take boxes as labels 2 and 3: set `box: false` in its card.",
      referenceFeeds: labelled((label) => (label >= 2 ? 1 : label)),
    },
    {
      id: "click-labels",
      title: "Click labels: the decoder treats background clicks as foreground clicks",
      done: "with all clicks as foreground clicks in the reference",
      advice: "Look at how labels are compared: an integer cast or a lost embedding.",
      referenceFeeds: labelled((label) => (label === 0 ? 1 : label)),
    },
    {
      id: "click-labels",
      title: "Click labels: the decoder ignores background clicks",
      done: "with the reference ignoring background clicks",
      advice: "Look at how labels are compared: an integer cast or a lost embedding.",
      referenceFeeds: labelled((label) => (label === 0 ? -1 : label)),
    },
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
      title: "Layout: the decoder takes the mask prompt with height and width swapped",
      done: "with the mask prompt transposed",
      advice: "Export with the axes N, 1, H, W.",
      feeds: (feeds) => changed(feeds, maskOf, (one) => turned(one, "transposed")),
    },
    {
      id: "transposed-layout",
      title: "Layout: the decoder takes the embedding with height and width swapped",
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

// Tensors of a prompt.

const labelsOf = (feeds: Tensors) => Object.keys(feeds).find((name) => /label/i.test(name));
const flagOf = (feeds: Tensors) => Object.keys(feeds).find((name) => /has_mask|masks?_enable/i.test(name));
const maskOf = (feeds: Tensors) =>
  Object.keys(feeds).find((name) => /mask/i.test(name) && feeds[name]!.dims.length >= 3);

function coordsOf(feeds: Tensors): string | undefined {
  const labels = labelsOf(feeds);
  if (labels === undefined) return undefined;
  const wanted = [...feeds[labels]!.dims, 2].join();
  return Object.keys(feeds).find((name) => feeds[name]!.dims.join() === wanted);
}

function isEmbedding(feeds: Tensors, name: string): boolean {
  return feeds[name]!.dims.length === 4 && name !== maskOf(feeds) && name !== coordsOf(feeds);
}

/** undefined where no label changes. */
function relabelled(feeds: Tensors, change: (label: number) => number): Tensors | undefined {
  const name = labelsOf(feeds);
  if (name === undefined) return undefined;
  const before = floatsOf(feeds[name]!);
  return before.every((label) => change(label) === label)
    ? undefined
    : changed(feeds, labelsOf, (one) => mapValues(one, change));
}

function withoutPadding(feeds: Tensors): Tensors | undefined {
  return resized(feeds, (points) =>
    points.at(-1)?.[2] === -1 && points.length > 1 ? points.slice(0, -1) : undefined,
  );
}

function withPadding(feeds: Tensors): Tensors | undefined {
  return resized(feeds, (points) =>
    points.some(([, , label]) => label >= 2) ? undefined : [...points, [0, 0, -1]],
  );
}

type PointRow = readonly [x: number, y: number, label: number];

/** Points of every prompt, padded or truncated alike. */
function resized(feeds: Tensors, change: (points: readonly PointRow[]) => readonly PointRow[] | undefined) {
  const [labels, coords] = [labelsOf(feeds), coordsOf(feeds)];
  if (labels === undefined || coords === undefined) return undefined;
  const length = feeds[labels]!.dims.at(-1)!;
  const [l, c] = [floatsOf(feeds[labels]!), floatsOf(feeds[coords]!)];
  const rows: (readonly PointRow[])[] = [];
  for (let from = 0; from < l.length; from += length) {
    const points = Array.from(
      { length },
      (_, i): PointRow => [c[2 * (from + i)]!, c[2 * (from + i) + 1]!, l[from + i]!],
    );
    const found = change(points);
    if (found === undefined) return undefined;
    rows.push(found);
  }
  const flat = rows.flat();
  const dims = [...feeds[labels]!.dims.slice(0, -1), rows[0]!.length];
  return {
    ...feeds,
    [labels]: withValues(
      feeds[labels]!,
      Float32Array.from(flat, ([, , label]) => label),
      dims,
    ),
    [coords]: withValues(feeds[coords]!, Float32Array.from(flat.flatMap((point) => point.slice(0, 2))), [
      ...dims,
      2,
    ]),
  };
}
