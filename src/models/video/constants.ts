// The file of constants of a video export: sizes, settings and tensors that are in none of its graphs, by SAM 2's names.
import { basename, dirname } from "node:path";
import { complain } from "../../core/errors.ts";
import { readJson } from "../../formats/json-file.ts";

export interface ConstantTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface VideoConstants {
  readonly file: string;
  /** A number, true or false of the file; `absent` where it has none, an error without that. */
  number(name: string, absent?: number): number;
  flag(name: string, absent: boolean): boolean;
  /** A tensor of the file; undefined where it has none. */
  tensor(name: string): ConstantTensor | undefined;
  /** The same, with an error where it has none or one of another number of values. */
  required(name: string, values: number): Float32Array;
}

export async function readConstants(path: string): Promise<VideoConstants> {
  const all = await readJson({ root: dirname(path), name: basename(path) });
  if (!isObject(all)) throw wrong(path, "the file of constants", "an object", kindOf(all));
  const tensors = all.tensors ?? {};
  if (!isObject(tensors)) throw wrong(path, `"tensors"`, "an object of tensors by name", kindOf(tensors));
  const read = new Map(Object.entries(tensors).map(([name, one]) => [name, tensorOf(path, name, one)]));
  return {
    file: path,
    number(name, absent) {
      const value = all[name] ?? absent;
      if (typeof value === "number" && Number.isFinite(value)) return value;
      throw wrong(path, `"${name}"`, "a number", kindOf(value));
    },
    flag(name, absent) {
      const value = all[name] ?? absent;
      if (typeof value === "boolean") return value;
      throw wrong(path, `"${name}"`, "true or false", kindOf(value));
    },
    tensor: (name) => read.get(name),
    required(name, values) {
      const tensor = read.get(name);
      if (tensor === undefined)
        throw wrong(path, `tensor "${name}" is missing`, `one of ${values} values`, listed([...read.keys()]));
      if (tensor.data.length !== values)
        throw wrong(path, `tensor "${name}"`, `${values} values`, `${tensor.data.length}`);
      return tensor.data;
    },
  };
}

function tensorOf(path: string, name: string, value: unknown): ConstantTensor {
  const { shape, data } = isObject(value) ? value : {};
  const wholes = Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size > 0);
  const numbers = Array.isArray(data) && data.every((one) => typeof one === "number");
  if (!wholes || !numbers)
    throw wrong(path, `tensor "${name}"`, "{ shape, data }: sizes, and numbers row by row", kindOf(value));
  const count = (shape as number[]).reduce((a, b) => a * b, 1);
  if (data.length !== count)
    throw wrong(path, `tensor "${name}"`, `${shape.join(" x ")} = ${count} numbers`, `${data.length}`);
  return { shape: shape as number[], data: Float32Array.from(data as number[]) };
}

function wrong(where: string, what: string, expected: string, got: string) {
  return complain(where, what, { code: "model", expected, got });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "no tensors" : names.join(", ");
}
