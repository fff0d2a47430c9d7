// Usual mistakes of exports, planted into ONNX graphs that follow the SAM contract: a few nodes before an
// input or after an output. The weights stay as they are, so that every variant is what a careless export of
// the same model would be.
import {
  floatValues,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  onnxTensor,
  whole,
} from "../../src/formats/onnx-graph.ts";

export interface Fault {
  readonly name: string;
  readonly stage: "encoder" | "decoder";
  /** Id of the diagnosis that should come first. */
  readonly diagnosis: string;
  readonly plant: (model: OnnxModel) => OnnxModel;
}

const mean = [123.675, 116.28, 103.53];
const std = [58.395, 57.12, 57.375];
const perChannel = [1, 3, 1, 1];

type Constant = {
  readonly dims: readonly number[];
  readonly values: readonly number[];
  readonly type?: "int64";
};
/** A node by operator, operands (a number of the list is an earlier step, text a constant's name) and attributes. */
interface Step {
  readonly op: string;
  /** "x" is the tensor itself, "#0" the first step's result, "=y" the graph's tensor y, anything else a constant. */
  readonly on: readonly string[];
  readonly attributes?: readonly OnnxAttribute[];
}

export const int = (name: string, i: number): OnnxAttribute => ({ name, type: 2, i });
export const ints = (name: string, values: number[]): OnnxAttribute => ({ name, type: 7, ints: values });
const text = (name: string, value: string): OnnxAttribute => ({ name, type: 3, s: Buffer.from(value) });

/** Steps between an input or output and the graph; the last one's result replaces the tensor. */
export function splice(
  model: OnnxModel,
  port: string,
  where: "before" | "after",
  steps: readonly Step[],
  constants: Readonly<Record<string, Constant>> = {},
): OnnxModel {
  const { graph } = model;
  const other = `${port}__${where}`;
  const from = where === "before" ? port : other;
  const to = where === "before" ? other : port;
  const name = (operand: string) =>
    operand === "x"
      ? from
      : operand.startsWith("#")
        ? result(Number(operand.slice(1)))
        : operand.startsWith("=")
          ? operand.slice(1)
          : `${port}__${operand}`;
  const result = (step: number) => (step === steps.length - 1 ? to : `${port}__step${step}`);
  const planted: OnnxNode[] = steps.map(({ op, on, attributes = [] }, i) => ({
    opType: op,
    name: `${port}__node${i}`,
    input: on.map(name),
    output: [result(i)],
    attribute: [...attributes],
  }));
  const swap = (list: readonly string[]) => list.map((one) => (one === port ? other : one));
  const nodes = graph.node.map((node) => ({
    ...node,
    input: swap(node.input),
    output: where === "after" ? swap(node.output) : node.output,
  }));
  const weights = Object.entries(constants).map(([key, { dims, values, type }]) =>
    onnxTensor(`${port}__${key}`, dims, values, type ?? "float32"),
  );
  return {
    ...model,
    graph: {
      ...graph,
      node: where === "before" ? [...planted, ...nodes] : [...nodes, ...planted],
      initializer: [...graph.initializer, ...weights],
    },
  };
}

const input = (
  model: OnnxModel,
  port: string,
  steps: readonly Step[],
  constants?: Readonly<Record<string, Constant>>,
) => splice(model, port, "before", steps, constants);
const output = (
  model: OnnxModel,
  port: string,
  steps: readonly Step[],
  constants?: Readonly<Record<string, Constant>>,
) => splice(model, port, "after", steps, constants);

const scalar = (value: number): Constant => ({ dims: [], values: [value] });
const list = (values: readonly number[]): Constant => ({ dims: [values.length], values, type: "int64" });
const image = ({ graph }: OnnxModel) => graph.input[0]!.name;
const embedding = ({ graph }: OnnxModel) => graph.output[0]!.name;

function resizedAs(mode: string, transformation: string) {
  return (model: OnnxModel): OnnxModel => {
    const { graph } = model;
    const node = graph.node.map((one) =>
      one.opType !== "Resize"
        ? one
        : {
            ...one,
            attribute: [
              text("mode", mode),
              text("coordinate_transformation_mode", transformation),
              ...(mode === "nearest" ? [text("nearest_mode", "floor")] : []),
            ],
          },
    );
    return { ...model, graph: { ...graph, node } };
  };
}

/** Clipped at +-limit, as fp16 overflows when everything is larger by 65504 / limit. */
const clip = (limit: number) =>
  [[{ op: "Clip", on: ["x", "low", "high"] }], { low: scalar(-limit), high: scalar(limit) }] as const;

export const faults: readonly Fault[] = [
  {
    ...{ name: "channel-order", stage: "encoder", diagnosis: "channel-order" },
    plant: (model) =>
      input(model, image(model), [{ op: "Gather", on: ["x", "order"], attributes: [int("axis", 1)] }], {
        order: list([2, 1, 0]),
      }),
  },
  {
    ...{ name: "normalised-twice", stage: "encoder", diagnosis: "normalised-twice" },
    plant: (model) =>
      input(
        model,
        image(model),
        [
          { op: "Sub", on: ["x", "mean"] },
          { op: "Div", on: ["#0", "std"] },
        ],
        {
          mean: { dims: perChannel, values: mean },
          std: { dims: perChannel, values: std },
        },
      ),
  },
  {
    ...{ name: "never-normalised", stage: "encoder", diagnosis: "not-normalised" },
    plant: (model) =>
      input(
        model,
        image(model),
        [
          { op: "Mul", on: ["x", "std"] },
          { op: "Add", on: ["#0", "mean"] },
        ],
        {
          mean: { dims: perChannel, values: mean },
          std: { dims: perChannel, values: std },
        },
      ),
  },
  {
    ...{ name: "scale-255", stage: "encoder", diagnosis: "value-scale" },
    plant: (model) => input(model, image(model), [{ op: "Div", on: ["x", "by"] }], { by: scalar(255) }),
  },
  {
    ...{ name: "transposed-image", stage: "encoder", diagnosis: "transposed-layout" },
    plant: (model) =>
      input(model, image(model), [{ op: "Transpose", on: ["x"], attributes: [ints("perm", [0, 1, 3, 2])] }]),
  },
  {
    ...{ name: "transposed-embedding", stage: "encoder", diagnosis: "transposed-layout" },
    plant: (model) =>
      output(model, embedding(model), [
        { op: "Transpose", on: ["x"], attributes: [ints("perm", [0, 1, 3, 2])] },
      ]),
  },
  {
    ...{ name: "encoder-upsampling", stage: "encoder", diagnosis: "upsampling" },
    plant: resizedAs("nearest", "asymmetric"),
  },
  {
    ...{ name: "encoder-clipped", stage: "encoder", diagnosis: "clipped" },
    plant: (model) => output(model, embedding(model), ...clip(0.2)),
  },
  {
    ...{ name: "half-pixel", stage: "decoder", diagnosis: "half-pixel" },
    plant: (model) => input(model, "point_coords", [{ op: "Add", on: ["x", "half"] }], { half: scalar(0.5) }),
  },
  {
    ...{ name: "xy-swapped", stage: "decoder", diagnosis: "xy-swapped" },
    plant: (model) =>
      input(model, "point_coords", [{ op: "Gather", on: ["x", "order"], attributes: [int("axis", 2)] }], {
        order: list([1, 0]),
      }),
  },
  {
    // |-1| = 1: the padding point becomes a foreground click in the corner.
    ...{ name: "padding-point", stage: "decoder", diagnosis: "padding-point" },
    plant: (model) => input(model, "point_labels", [{ op: "Abs", on: ["x"] }]),
  },
  {
    ...{ name: "box-labels", stage: "decoder", diagnosis: "box-labels" },
    plant: (model) =>
      input(
        model,
        "point_labels",
        [
          { op: "Sub", on: ["five", "x"] },
          { op: "Greater", on: ["x", "corner"] },
          { op: "Where", on: ["#1", "#0", "x"] },
        ],
        { five: scalar(5), corner: scalar(1.5) },
      ),
  },
  {
    ...{ name: "click-labels", stage: "decoder", diagnosis: "click-labels" },
    plant: (model) =>
      input(
        model,
        "point_labels",
        [
          { op: "Sub", on: ["one", "x"] },
          { op: "Sub", on: ["x", "half"] },
          { op: "Abs", on: ["#1"] },
          { op: "Less", on: ["#2", "one"] },
          { op: "Where", on: ["#3", "#0", "x"] },
        ],
        { one: scalar(1), half: scalar(0.5) },
      ),
  },
  {
    ...{ name: "mask-token", stage: "decoder", diagnosis: "mask-token" },
    plant: (model) =>
      output(model, "low_res_masks", [{ op: "Gather", on: ["x", "order"], attributes: [int("axis", 1)] }], {
        order: list([1, 2, 3, 0]),
      }),
  },
  {
    ...{ name: "score-order", stage: "decoder", diagnosis: "mask-token" },
    plant: (model) =>
      output(model, "iou_predictions", [{ op: "Gather", on: ["x", "order"], attributes: [int("axis", 1)] }], {
        order: list([0, 3, 1, 2]),
      }),
  },
  {
    ...{ name: "decoder-upsampling", stage: "decoder", diagnosis: "upsampling" },
    plant: resizedAs("linear", "align_corners"),
  },
  {
    ...{ name: "transposed-masks", stage: "decoder", diagnosis: "transposed-layout" },
    plant: (model) =>
      output(model, "low_res_masks", [
        { op: "Transpose", on: ["x"], attributes: [ints("perm", [0, 1, 3, 2])] },
      ]),
  },
  {
    ...{ name: "sigmoid", stage: "decoder", diagnosis: "sigmoid" },
    plant: (model) => output(model, "low_res_masks", [{ op: "Sigmoid", on: ["x"] }]),
  },
  {
    ...{ name: "mask-flag", stage: "decoder", diagnosis: "mask-flag" },
    plant: (model) => input(model, "has_mask_input", [{ op: "Sub", on: ["one", "x"] }], { one: scalar(1) }),
  },
  {
    ...{ name: "mask-ignored", stage: "decoder", diagnosis: "mask-ignored" },
    plant: (model) => input(model, "has_mask_input", [{ op: "Mul", on: ["x", "zero"] }], { zero: scalar(0) }),
  },
  {
    ...{ name: "decoder-clipped", stage: "decoder", diagnosis: "clipped" },
    plant: (model) => output(model, "low_res_masks", ...clip(1)),
  },
];

/** The smallest weights of every Conv, MatMul and Gemm set to 0: no mistake, but not the same model. */
export function pruned(model: OnnxModel, share: number): OnnxModel {
  const { graph } = model;
  const initializer = graph.initializer.map((tensor) => {
    const values = floatValues(tensor);
    if (values === undefined || tensor.dims.length < 2) return tensor;
    const limit = values.map(Math.abs).sort()[Math.floor(share * values.length)]!;
    const dims = tensor.dims.map(whole);
    return onnxTensor(
      tensor.name!,
      dims,
      values.map((value) => (Math.abs(value) < limit ? 0 : value)),
    );
  });
  return { ...model, graph: { ...graph, initializer } };
}

/** An equivalent order of nodes and weights: each node as late as its readers allow. */
export function reordered(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const left = new Set(graph.node);
  const placed: OnnxNode[] = [];
  while (left.size > 0) {
    const read = new Set([...left].flatMap((node) => node.input));
    // From the back: a node whose results no remaining node reads.
    const free = [...left].filter((node) => node.output.every((name) => !read.has(name)));
    for (const node of free) {
      placed.unshift(node);
      left.delete(node);
    }
  }
  return { ...model, graph: { ...graph, node: placed, initializer: [...graph.initializer].reverse() } };
}
