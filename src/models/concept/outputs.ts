// Reading what decoders answer: shapes are checked once, and numbers of masks become floats only where a mask is wanted.
import { complain } from "../../core/errors.ts";
import type { Box, Logits, Size } from "../../core/types.ts";
import type { Feeds } from "../family.ts";
import type { Graph, Tensor } from "../runtime/graph.ts";
import { castTo, floatsOf } from "../tensors/cast.ts";
import type { ConceptContract, RawAnswer } from "./contract.ts";

/** An output whose axes have these sizes; undefined: any. */
export function outputOf(
  outputs: Feeds,
  { file }: Pick<Graph, "file">,
  name: string,
  sizes: readonly (number | undefined)[],
): Tensor {
  const tensor = outputs[name];
  const fits =
    tensor?.dims.length === sizes.length &&
    sizes.every((size, i) => size === undefined || size === tensor.dims[i]);
  if (fits) return tensor;
  throw complain(file, `output "${name}" has an unknown shape`, {
    code: "model",
    expected: sizes.map((size) => size ?? "any").join(" x "),
    got: tensor === undefined ? "no such output" : tensor.dims.join(" x "),
  });
}

/** The logits of one of many masks that lie one after the other, `cells` numbers each. */
export function maskAt({ type, dims, data }: Tensor, at: number): Logits {
  const [height, width] = dims.slice(-2) as [number, number];
  const cells = width * height;
  const part = { type, dims: [height, width], data: data.subarray(at * cells, (at + 1) * cells) };
  return { width, height, data: floatsOf(castTo(part, "float32")) };
}

/**
 * Answers of decoders that leave everything to the host, Q candidates each: `pred_masks` (P x Q x h x w logits), `pred_logits` (P x Q),
 * `pred_boxes` (P x Q x 4: x0 y0 x1 y1 in 0..1), and `presence_logits` (P x 1) where there is one.
 */
export function predictions(
  outputs: Feeds,
  decoder: Graph,
  prompts: number,
  presence: boolean,
): readonly RawAnswer[] {
  const masks = outputOf(outputs, decoder, "pred_masks", [prompts, undefined, undefined, undefined]);
  const count = masks.dims[1]!;
  const classes = floatsOf(outputOf(outputs, decoder, "pred_logits", [prompts, count]));
  const boxes = floatsOf(outputOf(outputs, decoder, "pred_boxes", [prompts, count, 4]));
  const there = presence ? floatsOf(outputOf(outputs, decoder, "presence_logits", [prompts, 1])) : undefined;
  return Array.from({ length: prompts }, (_, prompt) => ({
    scored: {
      kind: "logits",
      ...(there === undefined ? {} : { presence: there[prompt]! }),
      classes: classes.subarray(prompt * count, (prompt + 1) * count),
    },
    boxes: boxes.subarray(4 * prompt * count, 4 * (prompt + 1) * count),
    mask: (candidate) => maskAt(masks, prompt * count + candidate),
  }));
}

/** Where `predictions` reads. */
export function predictionStages(decoder: Graph, presence: boolean): ConceptContract["stages"] {
  const stage = (port: string) => ({ graph: decoder, port });
  return {
    ...(presence ? { presence: stage("presence_logits") } : {}),
    ...{ classes: stage("pred_logits"), boxes: stage("pred_boxes"), masks: stage("pred_masks") },
  };
}

/** Centre, width and height of a box as shares of the image, from edge to edge of its pixels, as SAM 3 is given exemplars (COCO's boxes). */
export function centred({ x0, y0, x1, y1 }: Box, { width, height }: Size): readonly number[] {
  const [right, below] = [x1 + 1, y1 + 1];
  return [(x0 + right) / 2 / width, (y0 + below) / 2 / height, (right - x0) / width, (below - y0) / height];
}

/** Height and width of a picture input, by its last two axes where those are fixed, otherwise a square of the card's side. */
export function inputSizeOf({ inputs }: Graph, name: string, side: number): Size {
  const [height, width] = inputs.find((port) => port.name === name)?.shape.slice(-2) ?? [];
  return typeof height === "number" && typeof width === "number"
    ? { width, height }
    : { width: side, height: side };
}

/** How many numbers an axis of an input takes, where its file says so. */
export function fixedSize({ inputs }: Graph, name: string, axis: number): number | undefined {
  const size = inputs.find((port) => port.name === name)?.shape[axis];
  return typeof size === "number" ? size : undefined;
}
