import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { floatValues, onnxBytes, parseOnnx, readOnnx, whole } from "../../src/formats/onnx-graph.ts";
import { packageFolder } from "../helpers/synthetic.ts";

const fixtures = join(packageFolder, "test", "fixtures", "models");
const files = [
  ...readdirSync(fixtures).map((name) => join(fixtures, name)),
  ...["encoder", "decoder"].map((name) => join(packageFolder, "models", "tiny", `${name}.onnx`)),
].filter((file) => file.endsWith(".onnx"));

describe("a file written as it was read is the same, byte for byte", () => {
  test.each(files.map((file) => file.slice(packageFolder.length)))("%s", (name) => {
    const bytes = readFileSync(join(packageFolder, name));
    expect(Buffer.compare(Buffer.from(onnxBytes(parseOnnx(bytes, name))), bytes)).toBe(0);
  });
});

test("what scripts/oracle/fixture_models.py says is in its encoder", async () => {
  const { graph, opsetImport } = await readOnnx(join(fixtures, "encoder.onnx"));
  expect(whole(opsetImport[0]?.version)).toBe(17);
  expect(graph.node.map(({ opType, input, output }) => [opType, ...input, ...output])).toEqual([
    ["AveragePool", "images", "image_embeddings"],
  ]);
  const kernel = graph.node[0]?.attribute.find(({ name }) => name === "kernel_shape");
  expect(kernel?.ints?.map(whole)).toEqual([4, 4]);
});

test("values of float32 weights, raw or listed", () => {
  expect(
    floatValues({ dims: [2], dataType: 1, rawData: Buffer.from([0, 0, 128, 63, 0, 0, 0, 192]) }),
  ).toEqual(Float32Array.of(1, -2));
  expect(floatValues({ dims: [1], dataType: 1, floatData: [0.5] })).toEqual(Float32Array.of(0.5));
  expect(floatValues({ dims: [1], dataType: 7 })).toBeUndefined();
});

test("what is no ONNX file says so", () => {
  expect(() => parseOnnx(Buffer.from("nothing"), "a.onnx")).toThrow(
    /^a\.onnx: is not an ONNX file; expected/,
  );
  expect(() => parseOnnx(new Uint8Array(), "b.onnx")).toThrow(/there is no graph in it/);
});
