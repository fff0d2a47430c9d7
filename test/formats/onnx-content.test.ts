// Weights and nodes of ONNX files, walked past their values: against a whole reading by protobufjs, and by hand.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readOnnxContent } from "../../src/formats/onnx-file.ts";
import {
  dataTypes,
  type OnnxModel,
  type OnnxTensor,
  readOnnx,
  whole,
  writeOnnx,
} from "../../src/formats/onnx-graph.ts";
import { fixture, tinyFiles } from "../models/cases.ts";

const folder = mkdtempSync(join(tmpdir(), "segbench-onnx-content-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([tinyFiles.encoder, tinyFiles.decoder, fixture("decoder-4")])("%s: as read whole", async (file) => {
  const { graph } = await readOnnx(file);
  const tensors = [
    ...graph.initializer,
    ...graph.node.flatMap(({ attribute }) => attribute.flatMap(({ t }) => (t == null ? [] : [t]))),
  ];
  const counts = (keys: readonly string[]) =>
    Object.fromEntries(keys.map((key) => [key, keys.filter((other) => other === key).length]));
  const elements = (one: OnnxTensor) => one.dims.reduce<number>((product, size) => product * whole(size), 1);
  const content = await readOnnxContent(file);
  expect(content.nodes).toEqual(counts(graph.node.map(({ opType }) => opType)));
  expect(content.parameters).toBe(tensors.reduce((sum, one) => sum + elements(one), 0));
  const types = counts(tensors.map(({ dataType }) => dataTypes[dataType]!));
  const tensorsOf = Object.entries(content.weights).map(([type, { tensors }]) => [type, tensors]);
  expect(Object.fromEntries(tensorsOf)).toEqual(types);
  // Raw data are as long as they are said to be.
  const raw = tensors
    .filter(({ dataType }) => dataType === 1)
    .reduce((sum, { rawData }) => sum + (rawData?.length ?? 0), 0);
  if (raw > 0) expect(content.weights.float32?.bytes).toBe(raw);
  expect(content.quantised).toBe(0);
});

test("few bits, weights in another file, subgraphs, and sizes written as one field", async () => {
  const tensor = (name: string, dims: number[], dataType: number, more = {}) => ({
    name,
    dims,
    dataType,
    ...more,
  });
  const node = (opType: string, attribute: object[] = []) => ({ opType, input: [], output: [], attribute });
  const inner = { node: [node("QLinearConv"), node("Add")], initializer: [tensor("d", [5], 1)] };
  const model = {
    opsetImport: [{ version: 17 }],
    graph: {
      node: [
        node("DequantizeLinear"),
        node("MatMulNBits"),
        node("Conv"),
        node("If", [{ name: "then_branch", type: 5, g: { ...inner, input: [], output: [], valueInfo: [] } }]),
        node("Constant", [{ name: "value", type: 4, t: tensor("", [], 7) }]),
      ],
      initializer: [
        tensor("a", [3, 4], 3),
        tensor("b", [7], 22),
        tensor("c", [1000, 1000], 10, { dataLocation: 1 }),
      ],
      ...{ input: [], output: [], valueInfo: [] },
    },
  } as unknown as OnnxModel;
  const file = join(folder, "hand.onnx");
  await writeOnnx(file, model);
  expect(await readOnnxContent(file)).toEqual({
    weights: {
      float16: { tensors: 1, elements: 1_000_000, bytes: 2_000_000 },
      float32: { tensors: 1, elements: 5, bytes: 20 },
      int8: { tensors: 1, elements: 12, bytes: 12 },
      int64: { tensors: 1, elements: 1, bytes: 8 },
      int4: { tensors: 1, elements: 7, bytes: 4 },
    },
    parameters: 1_000_025,
    nodes: { Add: 1, Constant: 1, Conv: 1, DequantizeLinear: 1, If: 1, MatMulNBits: 1, QLinearConv: 1 },
    quantised: 3,
  });
  // Model { graph { initializer { dims packed [300, 2], data_type 1 } } }
  const packed = Uint8Array.from([0x3a, 0x09, 0x2a, 0x07, 0x0a, 0x03, 0xac, 0x02, 0x02, 0x10, 0x01]);
  writeFileSync(file, packed);
  expect(await readOnnxContent(file)).toMatchObject({
    weights: { float32: { tensors: 1, elements: 600, bytes: 2400 } },
  });
});

test("a file that ends too early", async () => {
  const file = join(folder, "cut.onnx");
  writeFileSync(file, Uint8Array.from([0x3a, 0x20, 0x2a]));
  await expect(readOnnxContent(file)).rejects.toThrow(
    /cut\.onnx: is not a whole ONNX file; got a field at byte 0 ends after its message/,
  );
});
