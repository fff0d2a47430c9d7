// The reader of ONNX headers against onnxruntime, and against files that are none.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { afterAll, expect, test } from "vitest";
import { readOnnxFile } from "../../src/formats/onnx-file.ts";
import { fixture, tinyFiles } from "../models/cases.ts";

const folder = mkdtempSync(join(tmpdir(), "segbench-onnx-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

const portsOf = (ports: readonly ort.InferenceSession.ValueMetadata[]) =>
  ports.map((port) => (port.isTensor ? { name: port.name, type: port.type, shape: [...port.shape] } : port));

test.each([
  tinyFiles.encoder,
  tinyFiles.decoder,
  fixture("decoder-4"),
  fixture("foreign/language"),
  fixture("foreign/speech"),
])("%s: the ports that onnxruntime tells", async (file) => {
  const { inputs, outputs } = await readOnnxFile(file);
  const session = await ort.InferenceSession.create(file);
  expect(inputs).toEqual(portsOf(session.inputMetadata));
  // onnxruntime infers sizes of outputs beyond what the file states.
  const named = (ports: readonly { readonly name: string; readonly type?: string }[]) =>
    ports.map(({ name, type }) => [name, type]);
  expect(named(outputs)).toEqual(named(portsOf(session.outputMetadata)));
  await session.release();
});

test("who made it, and for which operators", async () => {
  expect(await readOnnxFile(fixture("foreign/yolo"))).toMatchObject({
    producer: "foreign",
    opset: 17,
    sideFiles: [],
  });
});

test("a file that ends too early, one that is none, and one that is not there", async () => {
  const cut = join(folder, "cut.onnx");
  writeFileSync(cut, readFileSync(tinyFiles.encoder).subarray(0, 100_000));
  await expect(readOnnxFile(cut)).rejects.toThrow(
    "cut.onnx: is not a whole ONNX file; expected a model in ONNX format",
  );
  const text = join(folder, "text.onnx");
  writeFileSync(text, "version https://git-lfs.github.com/spec/v1");
  await expect(readOnnxFile(text)).rejects.toThrow("text.onnx: is not a whole ONNX file");
  await expect(readOnnxFile(join(folder, "none.onnx"))).rejects.toThrow("none.onnx: cannot be opened");
});
