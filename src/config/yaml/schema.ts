// Checks data against the JSON Schemas of the package, the same files that editors complete from.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Ajv, ErrorObject } from "ajv";
import type { Problem } from "../../core/errors.ts";
import { packageFolder } from "../paths.ts";
import type { Finding, Schema } from "./explain.ts";
import { explain, resolveRef } from "./explain.ts";
import { readYaml, type YamlFile } from "./file.ts";
import { quickCheck } from "./quick-check.ts";

/** Name of a file in schemas/: "run-file", "model-card", "dataset-card", "row", ... */
export type SchemaName = string;

const schemas = new Map<SchemaName, Schema>();
let ajv: Ajv | undefined;

/** What is wrong with a value, one finding per place; empty when it is valid. */
export function checkSchema(name: SchemaName, value: unknown): readonly Finding[] {
  const schema = schemaOf(name);
  if (quickCheck(schema, value)) return [];
  const branch = (part: Schema, data: unknown) =>
    ajvErrors({ ...part, definitions: schema.definitions ?? {} }, data);
  return explain(ajvErrors(schema, value), { schema, branch });
}

/** What Ajv says, which is loaded only where something is wrong. */
export function ajvErrors(schema: Schema, value: unknown): readonly ErrorObject[] {
  const load = createRequire(import.meta.url) as (name: "ajv") => typeof import("ajv");
  ajv ??= new (load("ajv").Ajv)({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true });
  const validate = ajv.compile(schema);
  return validate(value) ? [] : (validate.errors ?? []);
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
  return problems.length > 0
    ? { yaml, problems }
    : { yaml, problems, value: withLists(name, yaml.value) as T };
}

function checkYaml(yaml: YamlFile, name: SchemaName): readonly Problem[] {
  return checkSchema(name, yaml.value).map(({ path, part, ...finding }) => ({
    where: yaml.place(path, part),
    ...finding,
  }));
}

/** A valid value with a list of one wherever a single text stands for it. */
export function withLists(name: SchemaName, value: unknown): unknown {
  const root = schemaOf(name);
  return listed(root, value, root);
}

function listed(written: Schema, value: unknown, root: Schema): unknown {
  const schema = resolveRef(written, root);
  if (typeof value === "string") return String(schema.type) === "string,array" ? [value] : value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const branches = ((schema.oneOf ?? []) as readonly Schema[]).map((branch) => resolveRef(branch, root));
  const format = (value as { readonly format?: unknown }).format;
  const { properties = {} } =
    branches.find((branch) => branch.properties?.format?.const === format) ?? schema;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      properties[key] === undefined ? one : listed(properties[key], one, root),
    ]),
  );
}

export function schemaOf(name: SchemaName): Schema {
  const known = schemas.get(name);
  if (known !== undefined) return known;
  const file = join(packageFolder, "schemas", `${name}.schema.json`);
  const schema = JSON.parse(readFileSync(file, "utf8")) as Schema;
  schemas.set(name, schema);
  return schema;
}
