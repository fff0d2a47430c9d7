// Checks data against the JSON Schemas of the package, the same files that editors complete from.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import type { Problem } from "../core/errors.ts";
import type { Finding, Schema } from "./describe.ts";
import { explain } from "./explain.ts";
import { packageFolder } from "./package.ts";
import { readYaml, type YamlFile } from "./yaml-file.ts";

/** Name of a file in schemas/: "run-file", "model-card", "dataset-card", "row", ... */
export type SchemaName = string;

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true });
const compiled = new Map<SchemaName, { readonly schema: Schema; readonly validate: ValidateFunction }>();

/** What is wrong with a value, one finding per place; empty when it is valid. */
export function checkSchema(name: SchemaName, value: unknown): readonly Finding[] {
  const { schema, validate } = compile(name);
  if (validate(value)) return [];
  const branch = (part: Schema, data: unknown) => {
    const check = ajv.compile({ ...part, definitions: schema.definitions ?? {} });
    return check(data) ? [] : (check.errors ?? []);
  };
  return explain(validate.errors ?? [], { schema, branch });
}

export interface Loaded<T> {
  readonly yaml: YamlFile;
  /** Present when the file is well-formed and valid. */
  readonly value?: T;
  readonly problems: readonly Problem[];
}

/** Reads a YAML file and checks it; `T` is the type that was generated from the schema. */
export async function loadYaml<T>(path: string, name: SchemaName, cwd: string): Promise<Loaded<T>> {
  const yaml = await readYaml(path, cwd);
  const problems = yaml.problems.length > 0 ? yaml.problems : checkYaml(yaml, name);
  return problems.length > 0 ? { yaml, problems } : { yaml, problems, value: yaml.value as T };
}

export function checkYaml(yaml: YamlFile, name: SchemaName): readonly Problem[] {
  return checkSchema(name, yaml.value).map(({ path, part, ...finding }) => ({
    where: yaml.place(path, part),
    ...finding,
  }));
}

function compile(name: SchemaName) {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const file = join(packageFolder, "schemas", `${name}.schema.json`);
  const schema = JSON.parse(readFileSync(file, "utf8")) as Schema;
  const entry = { schema, validate: ajv.compile(schema) };
  compiled.set(name, entry);
  return entry;
}
