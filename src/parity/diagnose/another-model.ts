// Two graphs of which one is no export of the other's model: other layers, or weights that have nothing to do with the reference's. No mistake of an
// export explains that, so none is tried.
import type { ParityDiagnosis } from "../../core/parity.ts";
import { dataTypes, floatValues, type OnnxModel, type OnnxTensor, whole } from "../../formats/onnx-graph.ts";
import { relationOf } from "./weights.ts";

/** Smaller tensors are constants of the graph, not weights. */
const LEAST_VALUES = 64;
/** Below this share of the reference's weights (by values) that have kin in the candidate, it is another model. */
const KIN = 0.5;
/** Weights are alike from this cosine on, either sign: those of two trainings have 0 but for chance. Of a sample of so many values, chance is 0.03. */
const ALIKE = 0.5;
const SAMPLE = 1024;

/** Weights whose shapes may say nothing: two to a byte, or in blocks. */
const packed = ["int8", "uint8", "int4", "uint4"];

/** Id of the diagnosis beside which nothing else is looked for. */
export const anotherModel = "another-model";

/** undefined where at least half of the weights are the reference's in some guise, or where that cannot be told. */
export function anotherModelDiagnosis(
  stage: ParityDiagnosis["stage"],
  reference: OnnxModel,
  candidate: OnnxModel,
): ParityDiagnosis | undefined {
  const others = new Map<string, OnnxTensor[]>();
  for (const tensor of weightsIn(candidate))
    others.set(shapeOf(tensor), [...(others.get(shapeOf(tensor)) ?? []), tensor]);
  const anyShape = weightsIn(candidate).some(({ dataType }) => packed.includes(dataTypes[dataType] ?? ""));
  const own = weightsIn(reference);
  const left = { shape: count(), values: count() };
  const all = count();
  for (const tensor of own) {
    const size = sizeOf(tensor);
    all.add(size);
    const sameShape = others.get(shapeOf(tensor)) ?? [];
    if (sameShape.length === 0) {
      if (!anyShape) left.shape.add(size);
    } else if (!hasKin(tensor, sameShape)) left.values.add(size);
  }
  if (all.values === 0 || left.shape.values + left.values.values <= (1 - KIN) * all.values) return undefined;
  const ofKind = left.shape.values > left.values.values;
  const said = ({ tensors, values }: Count, what: string) => {
    const percent = (100 * values) / all.values;
    const part = `${tensors} of ${all.tensors} weight tensors of the reference, ${percent.toFixed(1)} % of its weights,`;
    return percent < 1 ? [] : [`${part} ${what}.`];
  };
  return {
    ...{ id: anotherModel, stage, mistake: false },
    title: `Another model: ${ofKind ? "the graph has other layers" : "other weights"}`,
    evidence: [
      ...said(left.shape, "have a shape that no weights of the candidate have"),
      ...said(left.values, "are like none of the candidate's of their shape"),
    ],
    advice: `No mistake of an export explains that, so none was tried. ${ofKind ? "Name two exports of one model" : "Export from the checkpoint of the reference"}; two models are compared by \`run\` and \`compare\`.`,
  };
}

type Count = Pick<ReturnType<typeof count>, "tensors" | "values">;

function count() {
  return {
    tensors: 0,
    values: 0,
    add(size: number) {
      this.tensors += 1;
      this.values += size;
    },
  };
}

/** Of the graph itself and of its Constant nodes. */
function weightsIn({ graph }: OnnxModel): OnnxTensor[] {
  const constants = graph.node.flatMap(({ opType, attribute }) =>
    opType === "Constant" ? attribute.flatMap(({ t }) => t ?? []) : [],
  );
  return [...graph.initializer, ...constants].filter((tensor) => sizeOf(tensor) >= LEAST_VALUES);
}

const sizeOf = ({ dims }: OnnxTensor) => dims.reduce<number>((size, dim) => size * whole(dim), 1);

/** The same of a matrix and its transpose. */
const shapeOf = ({ dims }: OnnxTensor) =>
  dims
    .map(whole)
    .filter((size) => size > 1)
    .sort((a, b) => a - b)
    .join("x");

/** The values of a tensor, to look at some of them. */
interface Sampled {
  readonly length: number;
  at(place: number): number;
}

/** Without a copy, as an encoder may have a gigabyte; undefined where values cannot be read. */
function sampled({ dataType, dataLocation, rawData, floatData = [] }: OnnxTensor): Sampled | undefined {
  if (dataTypes[dataType] !== "float32" || dataLocation === 1) return undefined;
  if (rawData === undefined || rawData.length === 0)
    return { length: floatData.length, at: (place) => floatData[place]! };
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return { length: rawData.byteLength / 4, at: (place) => view.getFloat32(4 * place, true) };
}

/** Whether weights are among others of their shape, as they are or transposed; true where values cannot be read. */
function hasKin(own: OnnxTensor, others: readonly OnnxTensor[]): boolean {
  const values = sampled(own);
  const read = others.map(sampled);
  if (values === undefined || read.some((one) => one === undefined)) return true;
  const rows = whole(own.dims[0] ?? 1);
  const columns = values.length / rows;
  const turned = (i: number) => (i % columns) * rows + Math.floor(i / columns);
  for (const one of read as readonly Sampled[])
    if (one.length === values.length)
      for (const place of [(i: number) => i, turned]) if (isAlike(values, one, place)) return true;
  return isInGuise(own, others);
}

/** Reversed, moved or set to 0: of its namesake, or of the only one of its shape. */
function isInGuise(own: OnnxTensor, others: readonly OnnxTensor[]): boolean {
  const other = others.find(({ name }) => name === own.name) ?? (others.length === 1 ? others[0] : undefined);
  const [a, b] = [floatValues(own), other && floatValues(other)];
  return a !== undefined && b !== undefined && relationOf(a, b, own.dims.map(whole)) !== undefined;
}

/** By the cosine of a sample, without its sign; where all of it is 0 nothing can be told. */
function isAlike(a: Sampled, b: Sampled, place: (i: number) => number): boolean {
  const step = Math.max(1, Math.floor(a.length / SAMPLE));
  let [dot, own, other] = [0, 0, 0];
  for (let i = 0; i < a.length; i += step) {
    const [x, y] = [a.at(i), b.at(place(i))];
    dot += x * y;
    own += x * x;
    other += y * y;
  }
  return own === 0 || Math.abs(dot) >= ALIKE * Math.sqrt(own * other || Number.POSITIVE_INFINITY);
}
