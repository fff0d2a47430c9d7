// A model of clips in seven modules as scripts/export/sam2.py --video writes them, with a few channels and random weights, at side 32: every
// stage does what SAM 2's does in kind, in milliseconds.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gaussian } from "../../src/core/random.ts";
import {
  type OnnxAttribute,
  type OnnxModel,
  type OnnxTensor,
  onnxTensor,
  writeOnnx,
} from "../../src/formats/onnx-graph.ts";

type Size = number | string;
type Ports = Readonly<Record<string, readonly Size[]>>;

const ints = (name: string, values: readonly number[]): OnnxAttribute => ({
  name,
  type: 7,
  ints: [...values],
});
const int = (name: string, i: number): OnnxAttribute => ({ name, type: 2, i });

const port = (name: string, shape: readonly Size[]) => ({
  name,
  type: {
    tensorType: {
      elemType: 1,
      shape: {
        dim: shape.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size })),
      },
    },
  },
});

/** A graph from lines "result = Op(operands)"; operands that are neither inputs nor results are weights. */
function graph(
  inputs: Ports,
  outputs: Ports,
  weights: Readonly<Record<string, OnnxTensor>>,
  lines: readonly (readonly [line: string, ...attributes: OnnxAttribute[]])[],
): OnnxModel {
  const node = lines.map(([line, ...attribute]) => {
    const [, results, opType, operands] = /^(.+) = (\w+)\((.*)\)$/.exec(line)!;
    return {
      opType: opType!,
      name: results!,
      input: operands!.split(", "),
      output: results!.split(", "),
      attribute,
    };
  });
  const list = (ports: Ports) => Object.entries(ports).map(([name, shape]) => port(name, shape));
  return {
    ...{ irVersion: 8, opsetImport: [{ domain: "", version: 17 }] },
    graph: {
      ...{ name: "g", node, initializer: Object.values(weights), valueInfo: [] },
      ...{ input: list(inputs), output: list(outputs) },
    },
  } as OnnxModel;
}

function models() {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => gaussian(random(), random());
  const weight = (name: string, dims: readonly number[], scale: number) => {
    const count = dims.reduce((a, b) => a * b, 1);
    return onnxTensor(
      name,
      dims,
      Array.from({ length: count }, () => scale * normal()),
    );
  };
  const all = (sizes: Readonly<Record<string, readonly [dims: readonly number[], scale: number]>>) =>
    Object.fromEntries(
      Object.entries(sizes).map(([name, [dims, scale]]) => [name, weight(name, dims, scale)]),
    );
  const shape = (name: string, sizes: readonly number[]) => ({
    [name]: onnxTensor(name, [sizes.length], sizes, "int64"),
  });
  const conv = (step: number) => [ints("kernel_shape", [step, step]), ints("strides", [step, step])];
  const graphs = {
    image_encoder: graph(
      { input_image: [1, 3, 32, 32] },
      { backbone_fpn_0: [1, 4, 16, 16], backbone_fpn_1: [1, 4, 8, 8], backbone_fpn_2: [1, 8, 4, 4] },
      all({ w0: [[4, 3, 2, 2], 0.3], w1: [[4, 4, 2, 2], 0.5], w2: [[8, 4, 2, 2], 0.6] }),
      [
        ["a = Conv(input_image, w0)", ...conv(2)],
        ["backbone_fpn_0 = Tanh(a)"],
        ["b = Conv(backbone_fpn_0, w1)", ...conv(2)],
        ["backbone_fpn_1 = Tanh(b)"],
        ["backbone_fpn_2 = Conv(backbone_fpn_1, w2)", ...conv(2)],
      ],
    ),
    prompt_encoder: graph(
      { coords: [1, "n", 2], labels: [1, "n"], masks: [1, 8, 8], masks_enable: [1] },
      { sparse_embeddings: [1, "n", 8], dense_embeddings: [1, 8, 4, 4], dense_pe: [1, 8, 4, 4] },
      {
        ...all({
          place: [[2, 8], 0.05],
          label: [[1, 8], 0.4],
          down: [[8, 1, 2, 2], 0.02],
          none: [[1, 8, 1, 1], 0.1],
          pe: [[1, 8, 4, 4], 0.2],
        }),
        ...shape("four", [1, 1, 8, 8]),
        ...shape("last", [2]),
      },
      [
        ["x = MatMul(coords, place)"],
        ["s = Sin(x)"],
        ["l = Unsqueeze(labels, last)"],
        ["m = MatMul(l, label)"],
        ["sparse_embeddings = Add(s, m)"],
        ["k = Reshape(masks, four)"],
        ["d = Conv(k, down)", ...conv(2)],
        ["e = Mul(d, masks_enable)"],
        ["dense_embeddings = Add(e, none)"],
        ["dense_pe = Identity(pe)"],
      ],
    ),
    mask_decoder: graph(
      {
        ...{ image_embeddings: [1, 8, 4, 4], image_pe: [1, 8, 4, 4], sparse_prompt_embeddings: [1, "n", 8] },
        ...{
          dense_prompt_embeddings: [1, 8, 4, 4],
          high_res_features1: [1, 4, 16, 16],
          high_res_features2: [1, 4, 8, 8],
        },
      },
      { masks: [1, 4, 8, 8], iou_pred: [1, 4], sam_tokens_out: [1, 4, 8], object_score_logits: [1, 1] },
      {
        ...all({
          ws: [[8, 32], 0.6],
          wg: [[8, 32], 1.2],
          wi: [[8, 4], 0.5],
          wp: [[8, 1], 0.2],
          up: [[4, 4, 2, 2], 0.6],
          high: [[4, 4, 1, 1], 1.5],
          pool: [[4, 4, 2, 2], 0.4],
        }),
        ...shape("tokens", [1, 4, 8]),
        ...shape("flat", [1, 8, 16]),
        ...shape("planes", [1, 4, 4, 4]),
        present: onnxTensor("present", [], [2]),
      },
      [
        ["f0 = Add(image_embeddings, dense_prompt_embeddings)"],
        ["f = Add(f0, image_pe)"],
        ["g = ReduceMean(f)", ints("axes", [2, 3]), int("keepdims", 0)],
        ["s = ReduceMean(sparse_prompt_embeddings)", ints("axes", [1]), int("keepdims", 0)],
        ["t0 = MatMul(s, ws)"],
        ["t1 = MatMul(g, wg)"],
        ["t2 = Add(t0, t1)"],
        ["sam_tokens_out = Reshape(t2, tokens)"],
        ["fl = Reshape(f, flat)"],
        ["m0 = MatMul(sam_tokens_out, fl)"],
        ["m1 = Reshape(m0, planes)"],
        ["m2 = ConvTranspose(m1, up)", ...conv(2)],
        ["h0 = Conv(high_res_features2, high)", ...conv(1)],
        ["h1 = Conv(high_res_features1, pool)", ...conv(2)],
        ["h2 = Add(h0, h1)"],
        ["masks = Add(m2, h2)"],
        ["i0 = MatMul(g, wi)"],
        ["iou_pred = Sigmoid(i0)"],
        ["p0 = MatMul(g, wp)"],
        ["object_score_logits = Add(p0, present)"],
      ],
    ),
    mlp: graph(
      { x: ["n", 8] },
      { x_out: ["n", 8] },
      all({
        "layers.0.weight": [[8, 8], 0.4],
        "layers.0.bias": [[8], 0.1],
        "layers.1.weight": [[8, 8], 0.4],
        "layers.1.bias": [[8], 0.1],
      }),
      [
        ["a = Gemm(x, layers.0.weight, layers.0.bias)", int("transB", 1)],
        ["b = Tanh(a)"],
        ["x_out = Gemm(b, layers.1.weight, layers.1.bias)", int("transB", 1)],
      ],
    ),
    obj_ptr_tpos_proj: graph(
      { x: ["n", 8] },
      { x_out: ["n", 4] },
      all({ weight: [[4, 8], 0.6], bias: [[4], 0.1] }),
      [["x_out = Gemm(x, weight, bias)", int("transB", 1)]],
    ),
    memory_encoder: graph(
      { pix_feat: [1, 8, 4, 4], masks: [1, 1, 32, 32] },
      { vision_features: [1, 4, 4, 4] },
      all({ down: [[4, 1, 8, 8], 0.03], proj: [[4, 8, 1, 1], 0.4], out: [[4, 4, 1, 1], 0.8] }),
      [
        ["a = Conv(masks, down)", ...conv(8)],
        ["b = Tanh(a)"],
        ["c = Conv(pix_feat, proj)", ...conv(1)],
        ["d = Add(b, c)"],
        ["vision_features = Conv(d, out)", ...conv(1)],
      ],
    ),
    memory_attention: graph(
      {
        ...{ curr: [1, 8, 4, 4], memory_1: ["memories", 4, 4, 4], memory_2: ["pointers", 8] },
        ...{ memory_pos_1: ["memories", 4], memory_pos_2: ["pointers", 4] },
      },
      { pix_feat: [1, 8, 4, 4] },
      {
        ...all({ wq: [[8, 4], 0.8], wo: [[4, 8], 1.2] }),
        ...shape("flat", [8, 16]),
        ...shape("plane", [-1, 4, 16]),
        ...shape("rows", [-1, 4]),
        ...shape("one", [1]),
        ...shape("square", [1, 8, 4, 4]),
      },
      [
        ["c = Reshape(curr, flat)"],
        ["ct = Transpose(c)", ints("perm", [1, 0])],
        ["q = MatMul(ct, wq)"],
        ["m = Reshape(memory_1, plane)"],
        ["mt = Transpose(m)", ints("perm", [0, 2, 1])],
        ["p1 = Unsqueeze(memory_pos_1, one)"],
        ["mk = Add(mt, p1)"],
        ["k1 = Reshape(mk, rows)"],
        ["v1 = Reshape(mt, rows)"],
        ["pa, pb = Split(memory_2)", int("axis", 1)],
        ["ka = Add(pa, memory_pos_2)"],
        ["kb = Add(pb, memory_pos_2)"],
        ["k = Concat(k1, ka, kb)", int("axis", 0)],
        ["v = Concat(v1, pa, pb)", int("axis", 0)],
        ["kt = Transpose(k)", ints("perm", [1, 0])],
        ["l = MatMul(q, kt)"],
        ["a = Softmax(l)", int("axis", 1)],
        ["r = MatMul(a, v)"],
        ["o = MatMul(r, wo)"],
        ["ot = Transpose(o)", ints("perm", [1, 0])],
        ["os = Reshape(ot, square)"],
        ["pix_feat = Add(os, curr)"],
      ],
    ),
  };
  const values = (count: number, scale: number) =>
    Array.from({ length: count }, () => Math.fround(scale * normal()));
  const tensor = (dims: readonly number[], scale: number) => ({
    shape: dims,
    data: values(
      dims.reduce((a, b) => a * b, 1),
      scale,
    ),
  });
  const constants = {
    ...{ image_size: 32, low_res_size: 8, num_maskmem: 7, max_obj_ptrs_in_encoder: 16 },
    ...{ sigmoid_scale_for_mem_enc: 20, sigmoid_bias_for_mem_enc: -10, no_obj_score: -1024 },
    use_signed_tpos_enc_to_obj_ptrs: true,
    tensors: {
      no_mem_embed: tensor([1, 8], 0.3),
      no_obj_ptr: tensor([1, 8], 0.8),
      no_obj_embed_spatial: tensor([1, 4], 0.5),
      mask_downsample_weight: tensor([1, 1, 4, 4], 0.2),
      mask_downsample_bias: tensor([1], 0.1),
      maskmem_tpos_enc: tensor([7, 4], 0.8),
    },
  };
  return { graphs, constants };
}

/** Writes its files; returns them by part. */
export async function writeSplitModel(folder: string): Promise<Record<string, string>> {
  const { graphs, constants } = models();
  const files: Record<string, string> = { constants: join(folder, "constants.json") };
  writeFileSync(files.constants!, JSON.stringify(constants));
  for (const [part, model] of Object.entries(graphs)) {
    files[part] = join(folder, `${part}.onnx`);
    await writeOnnx(files[part]!, model);
  }
  return files;
}
