// One ajv error as a finding in the words of the project.
import type { ErrorObject } from "ajv";
import type { Problem } from "../core/errors.ts";
import { nearest, oneOf, show } from "./problems.ts";
import type { Path } from "./yaml-file.ts";

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly [keyword: string]: unknown;
}

/** A problem that does not know its file yet. */
export interface Finding extends Omit<Problem, "where"> {
  readonly path: Path;
  /** Whether the key or its value is to be pointed at. */
  readonly part: "key" | "value";
}

export function describe(error: ErrorObject, root: Schema): Finding {
  const { keyword, params, data } = error;
  const path = pathOf(error.instancePath);
  const parent = error.parentSchema as Schema;
  const finding = (what: string, expected?: string, got = show(data)): Finding => ({
    path,
    part: "value",
    what,
    ...(expected === undefined ? {} : { expected }),
    got,
  });
  switch (keyword) {
    case "type":
      return finding("wrong type", nounOf({ type: params.type }));
    case "enum":
      return unknownValue(path, data, params.allowedValues.map(String));
    case "const":
      return finding("wrong value", show(params.allowedValue));
    case "additionalProperties": {
      const key: string = params.additionalProperty;
      const known = Object.keys(parent.properties ?? {});
      const got = JSON.stringify(key);
      return {
        ...finding("unknown key", oneOf(known), got),
        code: "unknown-key",
        path: [...path, key],
        part: "key",
        ...nearest(key, known),
      };
    }
    case "required":
    case "dependencies": {
      const key: string = params.missingProperty;
      const expected = nounOf(resolveRef(parent.properties?.[key] ?? {}, root));
      return missingKey([...path, key], expected);
    }
    case "minProperties":
      return finding("nothing in it", oneOf(Object.keys(parent.properties ?? {})));
    case "minItems":
    case "maxItems":
      return finding(
        "wrong length",
        `at ${keyword === "minItems" ? "least" : "most"} ${entries(params.limit)}`,
      );
    case "uniqueItems": {
      const got = show((data as unknown[])[params.i]);
      return { ...finding("listed twice", undefined, got), path: [...path, params.i] };
    }
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return finding("out of range", `a number ${params.comparison} ${params.limit}`);
    case "pattern":
      return finding("malformed text", `text that matches /${params.pattern}/`);
    default:
      return finding(error.message ?? `breaks the rule "${keyword}"`);
  }
}

function entries(count: number): string {
  return count === 1 ? "one entry" : `${count} entries`;
}

export function missingKey(path: Path, expected: string): Finding {
  return { code: "missing-key", path, part: "value", what: "missing key", expected };
}

/** None of the texts that are allowed here: named after the key. */
export function unknownValue(path: Path, got: unknown, known: readonly string[]): Finding {
  const key = path.findLast((part) => typeof part === "string" && !/^\d+$/.test(part)) ?? "value";
  const near = typeof got === "string" ? nearest(got, known) : {};
  const what = `unknown ${key}`;
  return { code: "unknown-name", path, part: "value", what, expected: oneOf(known), got: show(got), ...near };
}

export function pathOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function resolveRef(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.replace("#/definitions/", "");
  return name === undefined ? schema : (root.definitions?.[name] ?? schema);
}

const nouns: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  null: "nothing",
};

/** What a schema takes, in a word or two. */
export function nounOf({ type, enum: values, ...rest }: Schema): string {
  if (Array.isArray(values)) return oneOf(values.map(String));
  const branches = rest.oneOf ?? rest.anyOf;
  if (Array.isArray(branches)) return "a mapping";
  if (type === undefined) return "a value";
  return [type]
    .flat()
    .map((name) => nouns[name] ?? name)
    .join(" or ");
}

/** The JSON Schema types a value has. */
export function typesOf(value: unknown): readonly string[] {
  if (value === null || value === undefined) return ["null"];
  if (Array.isArray(value)) return ["array"];
  if (typeof value === "number") return Number.isInteger(value) ? ["integer", "number"] : ["number"];
  return [typeof value];
}
