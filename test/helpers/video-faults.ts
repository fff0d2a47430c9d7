// Usual mistakes of exports of models of clips, planted into graphs, constants or the card.
import { floatValues, type OnnxModel, onnxTensor, whole } from "../../src/formats/onnx-graph.ts";
import { splice } from "./faults.ts";

interface Constants {
  [name: string]: unknown;
  readonly tensors: Record<string, { shape: number[]; data: number[] }>;
}

export interface VideoFault {
  readonly name: string;
  readonly stage: string;
  /** Id of the diagnosis that should come first. */
  readonly diagnosis: string;
  readonly part?: string;
  readonly plant?: (model: OnnxModel) => OnnxModel;
  readonly constants?: (constants: Constants) => void;
  readonly card?: object;
  /** The reference's constants too. */
  readonly base?: (constants: Constants) => void;
}

/** Weights of a name, otherwise. */
function weights(
  model: OnnxModel,
  fits: (name: string, dims: readonly number[]) => boolean,
  change: (values: Float32Array, dims: readonly number[]) => Float32Array,
): OnnxModel {
  let found = 0;
  const initializer = model.graph.initializer.map((tensor) => {
    const dims = tensor.dims.map(whole);
    if (!fits(tensor.name!, dims)) return tensor;
    found += 1;
    return onnxTensor(tensor.name!, dims, change(floatValues(tensor)!, dims));
  });
  if (found === 0) throw new Error("no such weights");
  return { ...model, graph: { ...model.graph, initializer } };
}

/** Written in the other order of axes. */
const transposed = (values: Float32Array, [rows = 1]: readonly number[]) => {
  const columns = values.length / rows;
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
};
/** The last row first. */
const reversed = (values: Float32Array, [rows = 1]: readonly number[]) => {
  const columns = values.length / rows;
  return values.map((_, i) => values[(rows - 1 - Math.floor(i / columns)) * columns + (i % columns)]!);
};

const scalar = (value: number) => ({ dims: [], values: [value] });
const zero =
  (name: string) =>
  ({ tensors }: Constants) => {
    tensors[name]!.data = tensors[name]!.data.map(() => 0);
  };
const negatedScore = (model: OnnxModel) =>
  splice(model, "object_score_logits", "after", [{ op: "Neg", on: ["x"] }]);

const shared: readonly VideoFault[] = [
  {
    name: "no-object-pointer",
    stage: "host choice",
    diagnosis: "host-no-obj-ptr",
    constants: zero("no_obj_ptr"),
  },
  {
    ...{ name: "mask-scale", stage: "host choice", diagnosis: "host-sigmoid-scale-for-mem-enc" },
    constants: (all) => {
      all.sigmoid_scale_for_mem_enc = 1;
    },
  },
  {
    ...{
      name: "mask-scale-in-graph",
      stage: "memory encoder",
      diagnosis: "mask-scale",
      part: "memory_encoder",
    },
    plant: (model) =>
      splice(
        model,
        "masks",
        "before",
        [
          { op: "Sigmoid", on: ["x"] },
          { op: "Mul", on: ["#0", "scale"] },
          { op: "Add", on: ["#1", "bias"] },
        ],
        { scale: scalar(20), bias: scalar(-10) },
      ),
  },
  {
    name: "score-sign",
    stage: "decoder",
    diagnosis: "object-score-sign",
    part: "mask_decoder",
    plant: negatedScore,
  },
  {
    ...{ name: "unsigned-distances", stage: "host choice", diagnosis: "host-video-distances" },
    base: (all) => {
      all.only_obj_ptrs_in_the_past_for_eval = false;
    },
    card: { distances: "absolute" },
  },
];

export const faults: Readonly<Record<"tiny" | "split", readonly VideoFault[]>> = {
  tiny: [
    {
      ...{
        name: "pointer-projection",
        stage: "pointers",
        diagnosis: "weights-transposed",
        part: "mask_decoder",
      },
      plant: (model) => weights(model, (_, dims) => dims.join() === "96,64", transposed),
    },
    {
      ...{
        name: "time-reversed",
        stage: "memory attention",
        diagnosis: "time-reversed",
        part: "memory_attention",
      },
      plant: (model) => weights(model, (name) => name === "m.tpos", reversed),
    },
    ...shared,
  ],
  split: [
    {
      ...{ name: "pointer-projection", stage: "pointers", diagnosis: "weights-transposed", part: "mlp" },
      plant: (model) => weights(model, (name) => name === "layers.1.weight", transposed),
    },
    {
      ...{
        name: "place-projection",
        stage: "pointers",
        diagnosis: "weights-transposed",
        part: "obj_ptr_tpos_proj",
      },
      plant: (model) => weights(model, (name) => name === "weight", transposed),
    },
    {
      ...{ name: "time-reversed", stage: "host choice", diagnosis: "host-maskmem-tpos-enc" },
      constants: ({ tensors }) => {
        const one = tensors.maskmem_tpos_enc!;
        one.data = [...reversed(Float32Array.from(one.data), one.shape)];
      },
    },
    ...shared,
  ],
};
