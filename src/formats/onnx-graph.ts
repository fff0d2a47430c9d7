// Reads and writes whole ONNX files: protobuf messages (onnx/onnx.proto of ONNX 1.23, IR version 14) with
// nodes and weights, for inspecting and changing graphs. Headers alone: onnx-file.ts.
import { readFile, writeFile } from "node:fs/promises";
import protobuf from "protobufjs";
import { complain, reasonOf } from "../core/errors.ts";
import { halfToFloat } from "../core/float16.ts";

/** Only the fields that are used are typed; everything else is kept as read. */
export interface OnnxModel {
  opsetImport: { domain?: string; version: number | { toNumber(): number } }[];
  producerName?: string;
  graph: OnnxGraph;
  trainingInfo?: unknown[];
}

export interface OnnxGraph {
  name?: string;
  node: OnnxNode[];
  initializer: OnnxTensor[];
  sparseInitializer?: { values?: { name?: string } }[];
  input: OnnxValue[];
  output: OnnxValue[];
  valueInfo: OnnxValue[];
  quantizationAnnotation?: { tensorName?: string }[];
}

/** A tensor's name and, where it is said, its type and shape. */
export interface OnnxValue {
  name: string;
  type?: { tensorType?: { elemType?: number; shape?: { dim: OnnxDimension[] } | null } | null } | null;
}

/** A number, a name, or neither. */
export interface OnnxDimension {
  dimValue?: number | { toNumber(): number };
  dimParam?: string;
}

export interface OnnxNode {
  name?: string;
  opType: string;
  domain?: string;
  input: string[];
  output: string[];
  attribute: OnnxAttribute[];
}

export interface OnnxAttribute {
  name: string;
  /** 1 float, 2 int, 3 string, 4 tensor, 5 graph, 6 floats, 7 ints. */
  type: number;
  f?: number;
  i?: number | { toNumber(): number };
  s?: Uint8Array;
  t?: OnnxTensor | null;
  g?: OnnxGraph | null;
  graphs?: OnnxGraph[];
  floats?: number[];
  ints?: (number | { toNumber(): number })[];
}

export interface OnnxTensor {
  name?: string;
  dims: (number | { toNumber(): number })[];
  /** Number of the data type: see `dataTypes`. */
  dataType: number;
  rawData?: Uint8Array;
  floatData?: number[];
  int32Data?: number[];
  int64Data?: (number | { toNumber(): number })[];
  doubleData?: number[];
  externalData?: { key?: string; value?: string }[];
  /** 1: the values lie in another file. */
  dataLocation?: number;
}

/** TensorProto.DataType. */
export const dataTypes: Readonly<Record<number, string>> = {
  ...{ 1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string" },
  ...{ 9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16" },
  ...{
    17: "float8e4m3fn",
    18: "float8e4m3fnuz",
    19: "float8e5m2",
    20: "float8e5m2fnuz",
    21: "uint4",
    22: "int4",
  },
};

const schema = `
syntax = "proto2"; package onnx;
message AttributeProto { optional string name = 1; optional string ref_attr_name = 21; optional string doc_string = 13;
  optional int32 type = 20; optional float f = 2; optional int64 i = 3; optional bytes s = 4; optional TensorProto t = 5;
  optional GraphProto g = 6; optional SparseTensorProto sparse_tensor = 22; optional TypeProto tp = 14;
  repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9; repeated TensorProto tensors = 10;
  repeated GraphProto graphs = 11; repeated SparseTensorProto sparse_tensors = 23; repeated TypeProto type_protos = 15; }
message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; optional string doc_string = 3;
  repeated StringStringEntryProto metadata_props = 4; }
message NodeProto { repeated string input = 1; repeated string output = 2; optional string name = 3;
  optional string op_type = 4; optional string domain = 7; optional string overload = 8;
  repeated AttributeProto attribute = 5; optional string doc_string = 6; repeated StringStringEntryProto metadata_props = 9;
  repeated NodeDeviceConfigurationProto device_configurations = 10; }
message IntIntListEntryProto { optional int64 key = 1; repeated int64 value = 2; }
message NodeDeviceConfigurationProto { optional string configuration_id = 1; repeated ShardingSpecProto sharding_spec = 2;
  optional int32 pipeline_stage = 3; }
message ShardingSpecProto { optional string tensor_name = 1; repeated int64 device = 2;
  repeated IntIntListEntryProto index_to_device_group_map = 3; repeated ShardedDimProto sharded_dim = 4; }
message ShardedDimProto { optional int64 axis = 1; repeated SimpleShardedDimProto simple_sharding = 2; }
message SimpleShardedDimProto { oneof dim { int64 dim_value = 1; string dim_param = 2; } optional int64 num_shards = 3; }
message DeviceConfigurationProto { optional string name = 1; optional int32 num_devices = 2; repeated string device = 3; }
message TrainingInfoProto { optional GraphProto initialization = 1; optional GraphProto algorithm = 2;
  repeated StringStringEntryProto initialization_binding = 3; repeated StringStringEntryProto update_binding = 4; }
message ModelProto { optional int64 ir_version = 1; repeated OperatorSetIdProto opset_import = 8;
  optional string producer_name = 2; optional string producer_version = 3; optional string domain = 4;
  optional int64 model_version = 5; optional string doc_string = 6; optional GraphProto graph = 7;
  repeated StringStringEntryProto metadata_props = 14; repeated TrainingInfoProto training_info = 20;
  repeated FunctionProto functions = 25; repeated DeviceConfigurationProto configuration = 26; }
message StringStringEntryProto { optional string key = 1; optional string value = 2; }
message TensorAnnotation { optional string tensor_name = 1; repeated StringStringEntryProto quant_parameter_tensor_names = 2; }
message GraphProto { repeated NodeProto node = 1; optional string name = 2; repeated TensorProto initializer = 5;
  repeated SparseTensorProto sparse_initializer = 15; optional string doc_string = 10; repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12; repeated ValueInfoProto value_info = 13;
  repeated TensorAnnotation quantization_annotation = 14; repeated StringStringEntryProto metadata_props = 16; }
message Segment { optional int64 begin = 1; optional int64 end = 2; }
message TensorProto { repeated int64 dims = 1; optional int32 data_type = 2; optional Segment segment = 3;
  repeated float float_data = 4 [packed = true]; repeated int32 int32_data = 5 [packed = true];
  repeated bytes string_data = 6; repeated int64 int64_data = 7 [packed = true]; optional string name = 8;
  optional string doc_string = 12; optional bytes raw_data = 9; repeated StringStringEntryProto external_data = 13;
  optional int32 data_location = 14; repeated double double_data = 10 [packed = true];
  repeated uint64 uint64_data = 11 [packed = true]; repeated StringStringEntryProto metadata_props = 16; }
message SparseTensorProto { optional TensorProto values = 1; optional TensorProto indices = 2; repeated int64 dims = 3; }
message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } optional string denotation = 3; }
message TensorShapeProto { repeated Dimension dim = 1; }
message TypeTensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
message TypeSequence { optional TypeProto elem_type = 1; }
message TypeMap { optional int32 key_type = 1; optional TypeProto value_type = 2; }
message TypeOpaque { optional string domain = 1; optional string name = 2; }
message TypeProto { oneof value { TypeTensor tensor_type = 1; TypeSequence sequence_type = 4; TypeMap map_type = 5;
  TypeSequence optional_type = 9; TypeTensor sparse_tensor_type = 8; TypeOpaque opaque_type = 7; } optional string denotation = 6; }
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message FunctionProto { optional string name = 1; repeated string input = 4; repeated string output = 5;
  repeated string attribute = 6; repeated AttributeProto attribute_proto = 11; repeated NodeProto node = 7;
  optional string doc_string = 8; repeated OperatorSetIdProto opset_import = 9; optional string domain = 10;
  optional string overload = 13; repeated ValueInfoProto value_info = 12; repeated StringStringEntryProto metadata_props = 14; }
`;

let message: protobuf.Type | undefined;
function modelProto(): protobuf.Type {
  message ??= protobuf.parse(schema).root.lookupType("onnx.ModelProto");
  return message;
}

export function parseOnnx(bytes: Uint8Array, file: string): OnnxModel {
  try {
    const model = modelProto().decode(bytes) as unknown as OnnxModel;
    if (model.graph?.node === undefined) throw new Error("there is no graph in it");
    return model;
  } catch (cause) {
    throw complain(file, "is not an ONNX file", {
      expected: "a protobuf message with a graph",
      got: reasonOf(cause),
      cause,
    });
  }
}

/** A file that is written again must hold nothing that would be lost: fields that this schema does not have. */
export function mustSurvive(bytes: Uint8Array, file: string): void {
  let lost: string | undefined;
  try {
    lost = unknownField(protobuf.Reader.create(bytes), modelProto(), bytes.length);
  } catch (cause) {
    lost = reasonOf(cause);
  }
  if (lost !== undefined)
    throw complain(file, "holds something that would be lost if it were written again", {
      expected: "the fields of ONNX up to IR version 14",
      got: lost,
    });
}

function unknownField(reader: protobuf.Reader, type: protobuf.Type, end: number): string | undefined {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = type.fieldsById[tag >>> 3];
    if (field === undefined) return `field ${tag >>> 3} of a ${type.name}`;
    const { resolvedType } = field.resolve();
    if (resolvedType instanceof protobuf.Type) {
      const length = reader.uint32();
      const lost = unknownField(reader, resolvedType, reader.pos + length);
      if (lost !== undefined) return lost;
    } else reader.skipType(tag & 7);
  }
  return undefined;
}

export async function readOnnx(file: string): Promise<OnnxModel> {
  return parseOnnx(await readFile(file), file);
}

export function onnxBytes(model: OnnxModel): Uint8Array {
  return modelProto()
    .encode(model as unknown as protobuf.Message)
    .finish();
}

export async function writeOnnx(file: string, model: OnnxModel): Promise<void> {
  await writeFile(file, onnxBytes(model));
}

/** int64 fields are numbers or `Long`s. */
export function whole(value: number | { toNumber(): number } | undefined): number {
  return value === undefined ? 0 : typeof value === "number" ? value : value.toNumber();
}

/** The values of a float32 tensor; undefined for other types and for values in another file. */
export function floatValues(tensor: OnnxTensor): Float32Array | undefined {
  if (tensor.dataType !== 1 || tensor.dataLocation === 1) return undefined;
  const { rawData, floatData = [] } = tensor;
  if (rawData === undefined || rawData.length === 0) return Float32Array.from(floatData);
  return new Float32Array(new Uint8Array(rawData).buffer); // copied, hence aligned
}

/** Values of a small constant as numbers; undefined for other types and for values in another file. */
export function numbersIn(tensor: OnnxTensor): readonly number[] | undefined {
  const {
    dataType,
    dataLocation,
    rawData,
    floatData = [],
    int32Data = [],
    int64Data = [],
    doubleData = [],
  } = tensor;
  if (dataLocation === 1) return undefined;
  const type = dataTypes[dataType] ?? "";
  if (rawData === undefined || rawData.length === 0) {
    if (type === "float32") return [...floatData];
    if (type === "float64") return [...doubleData];
    if (type === "int64") return int64Data.map(whole);
    if (type === "float16") return int32Data.map(halfToFloat);
    return ["int32", "int16", "int8", "uint16", "uint8", "bool"].includes(type) ? [...int32Data] : undefined;
  }
  const { buffer } = new Uint8Array(rawData); // copied, hence aligned
  if (type === "float32") return [...new Float32Array(buffer)];
  if (type === "float64") return [...new Float64Array(buffer)];
  if (type === "int64") return [...new BigInt64Array(buffer)].map(Number);
  if (type === "int32") return [...new Int32Array(buffer)];
  return type === "float16" ? [...new Uint16Array(buffer)].map(halfToFloat) : undefined;
}

/** A float32 or int64 tensor with these values. */
export function onnxTensor(
  name: string,
  dims: readonly number[],
  values: readonly number[] | Float32Array,
  type: "float32" | "int64" = "float32",
): OnnxTensor {
  const data =
    type === "float32" ? Float32Array.from(values) : BigInt64Array.from([...values].map((v) => BigInt(v)));
  return {
    ...{ name, dims: [...dims], dataType: type === "float32" ? 1 : 7 },
    rawData: new Uint8Array(data.buffer),
  };
}
