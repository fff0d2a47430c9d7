// What an ONNX file says of itself without a runtime: ports, versions, side files. Source: onnx/onnx.proto (field numbers).
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { complain } from "../core/errors.ts";
import { type Field, fieldsOf, numberOf, textOf } from "./protobuf-fields.ts";

export interface OnnxPort {
  readonly name: string;
  readonly type: string;
  /** Numbers for fixed sizes, text for free ones ("" where unnamed); empty for scalars and unknown ranks. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxFile {
  readonly producer: string;
  /** Of the default operator set. */
  readonly opset: number | undefined;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** Side files with weights, relative to the file's folder, sorted. */
  readonly sideFiles: readonly string[];
}

/** TensorProto.DataType. */
const types: Readonly<Record<number, string>> = {
  ...{ 1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string" },
  ...{ 9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16" },
};

const model = { producer: 2, graph: 7, opsets: 8 };
const graph = { initializers: 5, inputs: 11, outputs: 12 };
const initializer = { name: 8, external: 13 };

/** Reads headers only: weights are skipped, so a file of gigabytes costs no more than its list of nodes. Rejects what is not an ONNX file. */
export async function readOnnxFile(path: string): Promise<OnnxFile> {
  const file = await open(path).catch((cause: unknown) => {
    throw complain({ where: path, what: "cannot be opened", cause });
  });
  try {
    return await readModel(file, (await file.stat()).size);
  } catch (cause) {
    throw complain({
      where: path,
      what: "is not a whole ONNX file",
      expected: "a model in ONNX format",
      cause,
    });
  } finally {
    await file.close();
  }
}

async function readModel(file: FileHandle, size: number): Promise<OnnxFile> {
  let producer = "";
  let opset: number | undefined;
  let ports: Awaited<ReturnType<typeof readGraph>> | undefined;
  for await (const field of fieldsOf(file, 0, size)) {
    if (field.number === model.producer) producer = textOf(await field.bytes());
    else if (field.number === model.graph) ports = await readGraph(file, field);
    else if (field.number === model.opsets) opset = (await opsetOf(file, field)) ?? opset;
  }
  if (ports === undefined) throw new Error("it has no graph");
  return { producer, opset, ...ports };
}

async function readGraph(file: FileHandle, { start, end }: Field) {
  const inputs: OnnxPort[] = [];
  const outputs: OnnxPort[] = [];
  const weights = new Set<string>();
  const sideFiles = new Set<string>();
  for await (const field of fieldsOf(file, start, end)) {
    if (field.number === graph.inputs) inputs.push(await readPort(file, field));
    else if (field.number === graph.outputs) outputs.push(await readPort(file, field));
    else if (field.number === graph.initializers) {
      for await (const part of fieldsOf(file, field.start, field.end)) {
        if (part.number === initializer.name) weights.add(textOf(await part.bytes()));
        if (part.number === initializer.external) {
          const { key, value } = await entryOf(file, part);
          if (key === "location") sideFiles.add(value);
        }
      }
    }
  }
  return {
    // Files of the first versions list their weights among the inputs.
    inputs: inputs.filter(({ name }) => !weights.has(name)),
    outputs,
    sideFiles: [...sideFiles].sort(),
  };
}

/** StringStringEntryProto. */
async function entryOf(file: FileHandle, { start, end }: Field): Promise<{ key: string; value: string }> {
  const entry = { key: "", value: "" };
  for await (const part of fieldsOf(file, start, end))
    entry[part.number === 1 ? "key" : "value"] = textOf(await part.bytes());
  return entry;
}

/** Version of the default operator set: the one without a domain. */
async function opsetOf(file: FileHandle, { start, end }: Field): Promise<number | undefined> {
  let domain = "";
  let version: number | undefined;
  for await (const part of fieldsOf(file, start, end)) {
    if (part.number === 1) domain = textOf(await part.bytes());
    else if (part.number === 2) version = numberOf(part);
  }
  return domain === "" || domain === "ai.onnx" ? version : undefined;
}

/** ValueInfoProto: name 1, type 2; TypeProto: tensor 1; Tensor: element type 1, shape 2; shape: dimensions 1. */
async function readPort(file: FileHandle, { start, end }: Field): Promise<OnnxPort> {
  let name = "";
  let type = "not a tensor";
  const shape: (number | string)[] = [];
  for await (const field of fieldsOf(file, start, end)) {
    if (field.number === 1) name = textOf(await field.bytes());
    if (field.number !== 2) continue;
    for await (const kind of fieldsOf(file, field.start, field.end)) {
      if (kind.number !== 1) continue;
      for await (const part of fieldsOf(file, kind.start, kind.end)) {
        if (part.number === 1) type = types[numberOf(part)] ?? `type ${numberOf(part)}`;
        if (part.number !== 2) continue;
        for await (const dimension of fieldsOf(file, part.start, part.end))
          if (dimension.number === 1) shape.push(await sizeOf(file, dimension));
      }
    }
  }
  return { name, type, shape };
}

/** Dimension: a value 1 or a name 2. */
async function sizeOf(file: FileHandle, { start, end }: Field): Promise<number | string> {
  for await (const part of fieldsOf(file, start, end)) {
    if (part.number === 1) return numberOf(part);
    if (part.number === 2) return textOf(await part.bytes());
  }
  return "";
}
