// Whether a value matches a JSON Schema: yes or no, without a message, and without the third of a second that it takes to
// load Ajv and to compile our schemas. Where the answer is no, Ajv says what is wrong; a test checks that both agree.
import { isDeepStrictEqual } from "node:util";
import type { Schema } from "./explain.ts";

type Keywords = Readonly<Record<string, unknown>>;

/** Keywords that do not constrain a value. */
const annotations = new Set(["title", "description", "examples", "$schema", "$id", "definitions"]);

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => Number.isFinite(value),
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

/** What each keyword asks of a value; `root` is the whole schema, for references. */
const keywords: Readonly<
  Record<string, (value: unknown, asked: never, root: Schema, beside: Keywords) => boolean>
> = {
  type: (value, asked: string | readonly string[]) => [asked].flat().some((name) => types[name]!(value)),
  enum: (value, asked: readonly unknown[]) => asked.some((one) => isDeepStrictEqual(one, value)),
  const: (value, asked: unknown) => isDeepStrictEqual(asked, value),
  $ref: (value, asked: string, root) => holds(referred(asked, root), value, root),
  oneOf: (value, asked: readonly Schema[], root) =>
    asked.filter((branch) => holds(branch, value, root)).length === 1,
  anyOf: (value, asked: readonly Schema[], root) => asked.some((branch) => holds(branch, value, root)),
  pattern: (value, asked: string) => typeof value !== "string" || new RegExp(asked, "u").test(value),
  minLength: (value, asked: number) => typeof value !== "string" || [...value].length >= asked,
  minimum: (value, asked: number) => typeof value !== "number" || value >= asked,
  maximum: (value, asked: number) => typeof value !== "number" || value <= asked,
  exclusiveMinimum: (value, asked: number) => typeof value !== "number" || value > asked,
  items: (value, asked: Schema | readonly Schema[], root) =>
    !Array.isArray(value) ||
    value.every((item, i) => {
      const schema = Array.isArray(asked) ? asked[i] : asked;
      return schema === undefined || holds(schema, item, root);
    }),
  minItems: (value, asked: number) => !Array.isArray(value) || value.length >= asked,
  maxItems: (value, asked: number) => !Array.isArray(value) || value.length <= asked,
  uniqueItems: (value, asked: boolean) =>
    !asked ||
    !Array.isArray(value) ||
    value.every((item, i) => value.findIndex((other) => isDeepStrictEqual(other, item)) === i),
  required: (value, asked: readonly string[]) =>
    !isObject(value) || asked.every((key) => value[key] !== undefined),
  minProperties: (value, asked: number) => !isObject(value) || Object.keys(value).length >= asked,
  properties: (value, asked: Readonly<Record<string, Schema>>, root) =>
    !isObject(value) ||
    Object.entries(asked).every(
      ([key, schema]) => value[key] === undefined || holds(schema, value[key], root),
    ),
  patternProperties: (value, asked: Readonly<Record<string, Schema>>, root) =>
    !isObject(value) ||
    Object.entries(asked).every(([pattern, schema]) => {
      const expression = new RegExp(pattern, "u");
      return Object.entries(value).every(([key, one]) => !expression.test(key) || holds(schema, one, root));
    }),
  additionalProperties: (value, asked: Schema | boolean, root, beside) => {
    if (!isObject(value)) return true;
    const named = (beside.properties ?? {}) as object;
    const patterns = Object.keys((beside.patternProperties ?? {}) as object);
    return Object.entries(value).every(
      ([key, one]) =>
        Object.hasOwn(named, key) ||
        patterns.some((pattern) => new RegExp(pattern, "u").test(key)) ||
        holds(asked, one, root),
    );
  },
  dependencies: (value, asked: Readonly<Record<string, readonly string[]>>) =>
    !isObject(value) ||
    Object.entries(asked).every(
      ([key, others]) => value[key] === undefined || others.every((other) => value[other] !== undefined),
    ),
};

/** true: the value is valid; false: it is not, or the schema has a keyword that is not known here. */
export function quickCheck(schema: Schema, value: unknown): boolean {
  try {
    return holds(schema, value, schema);
  } catch (error) {
    if (error instanceof UnknownKeyword) return false;
    throw error;
  }
}

/** Ends the whole check: no branch may count as not taken because of it. */
class UnknownKeyword extends Error {}

function holds(schema: Schema | boolean, value: unknown, root: Schema): boolean {
  if (typeof schema === "boolean") return schema;
  const asked = schema as Keywords;
  for (const keyword of Object.keys(asked))
    if (!annotations.has(keyword) && !Object.hasOwn(keywords, keyword)) throw new UnknownKeyword(keyword);
  return Object.entries(asked).every(
    ([keyword, what]) => annotations.has(keyword) || keywords[keyword]!(value, what as never, root, asked),
  );
}

function referred(reference: string, root: Schema): Schema {
  const name = /^#\/definitions\/(\w+)$/.exec(reference)?.[1];
  const found = (root as { readonly definitions?: Readonly<Record<string, Schema>> }).definitions?.[
    name ?? ""
  ];
  if (found === undefined) throw new UnknownKeyword(reference);
  return found;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
