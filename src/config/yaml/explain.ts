// Boils ajv's errors down to the one sensible finding per place, in the words of the project.
import type { ErrorObject } from "ajv";
import type { Problem } from "../../core/errors.ts";
import { nearest, oneOf, show } from "../problems.ts";
import type { Path } from "./file.ts";

interface SchemaContext {
  /** The whole schema: holds the definitions. */
  readonly schema: Schema;
  /** Errors of some data against a part of the schema. */
  readonly branch: (part: Schema, data: unknown) => readonly ErrorObject[];
}

export function explain(errors: readonly ErrorObject[], context: SchemaContext): readonly Finding[] {
  const own = errors.filter((error, i) => error.keyword !== "if" && !isCovered(errors, i));
  const findings = own.flatMap((error) =>
    isUnion(error) ? explainUnion(error, context) : [describe(error, context.schema)],
  );
  return withoutEchoes(findings);
}

/** Of the alternatives of a union only the one that was meant is worth reporting. */
function explainUnion(
  { instancePath, schema, data }: ErrorObject,
  context: SchemaContext,
): readonly Finding[] {
  const path = pathOf(instancePath);
  const branches = (schema as Schema[]).map((branch) => resolveRef(branch, context.schema));
  const typed = branches.filter((branch) => accepts(branch, data));
  if (typed.length === 0) {
    const expected = [...new Set(branches.map(nounOf))].join(" or ");
    return [{ path, part: "value", what: "wrong type", expected, got: show(data) }];
  }
  const key = discriminator(typed);
  if (key === undefined) {
    const meant = byOwnKeys(typed, data);
    if ("what" in meant) return [{ ...meant, path: [...path, ...meant.path] }];
    return fewest(meant.branches, data, path, context);
  }
  const got = (data as Readonly<Record<string, unknown>>)[key];
  const known = typed.map((branch) => String(branch.properties?.[key]?.const));
  if (got === undefined) return [missingKey([...path, key], oneOf(known))];
  const meant = typed.filter((branch) => branch.properties?.[key]?.const === got);
  if (meant.length === 0) return [unknownValue([...path, key], got, known)];
  return fewest(meant, data, path, context);
}

/** Of alternatives that each require keys of their own, those whose keys are there: it has to be one. */
function byOwnKeys(
  branches: readonly Schema[],
  data: unknown,
): Finding | { readonly branches: readonly Schema[] } {
  const own = branches.map((branch) =>
    ((branch.required ?? []) as readonly string[]).filter((key) =>
      branches.every((other) => other === branch || other.properties?.[key] === undefined),
    ),
  );
  const isMapping = typeof data === "object" && data !== null && !Array.isArray(data);
  if (branches.length < 2 || !isMapping || own.some((keys) => keys.length === 0)) return { branches };
  const written = Object.keys(data);
  const there = own.map((keys) => keys.filter((key) => written.includes(key)));
  const meant = branches.filter((_, i) => there[i]!.length > 0);
  if (meant.length === 1) return { branches: meant };
  const heads = own.map(([key]) => key!);
  const expected = `one of ${heads.join(", ")}`;
  if (meant.length > 1) {
    const got = there.flatMap(([key]) => key ?? []).join(", ");
    return { path: [], part: "value", what: "keys that exclude each other", expected, got };
  }
  const strange = written.filter((key) =>
    branches.every(({ properties }) => properties?.[key] === undefined),
  );
  for (const key of strange) {
    const near = nearest(key, heads);
    if (near.nearest === undefined) continue;
    const got = JSON.stringify(key);
    return { code: "unknown-key", path: [key], part: "key", what: "unknown key", expected, got, ...near };
  }
  return missingKey([], expected);
}

/** The findings of the alternative that comes nearest. */
function fewest(branches: readonly Schema[], data: unknown, path: readonly string[], context: SchemaContext) {
  const [best = []] = branches
    .map((branch) => explain(context.branch(branch, data), context))
    .sort((a, b) => a.length - b.length);
  return best.map((finding) => ({ ...finding, path: [...path, ...finding.path] }));
}

/** A misspelt key is not also reported as missing. */
function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  const meant = new Set(
    findings
      .filter(({ code, nearest }) => code === "unknown-key" && nearest !== undefined)
      .map(({ path, nearest }) => [...path.slice(0, -1), nearest].join("\n")),
  );
  return findings.filter(({ code, path }) => code !== "missing-key" || !meant.has(path.join("\n")));
}

function isUnion({ keyword }: ErrorObject): boolean {
  return keyword === "oneOf" || keyword === "anyOf";
}

/** ajv reports a union after the errors of its branches. */
function isCovered(errors: readonly ErrorObject[], index: number): boolean {
  const path = errors[index]?.instancePath ?? "";
  return errors.some(
    (error, i) =>
      i > index &&
      isUnion(error) &&
      (path === error.instancePath || path.startsWith(`${error.instancePath}/`)),
  );
}

/** The key whose constant tells the branches apart. */
function discriminator(branches: readonly Schema[]): string | undefined {
  const keys = branches.length < 2 ? [] : Object.keys(branches[0]?.properties ?? {});
  return keys.find((key) => branches.every(({ properties }) => properties?.[key]?.const !== undefined));
}

function accepts({ type }: Schema, data: unknown): boolean {
  const types = typesOf(data);
  return type === undefined || [type].flat().some((name) => types.includes(name));
}

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
      return finding("malformed text", likeText(parent) ?? `text that matches /${params.pattern}/`);
    default:
      return finding(error.message ?? `breaks the rule "${keyword}"`);
  }
}

/** An example says more than a pattern. */
function likeText({ examples }: Schema): string | undefined {
  return Array.isArray(examples) ? `text like ${examples.map(show).join(" or ")}` : undefined;
}

function entries(count: number): string {
  return count === 1 ? "one entry" : `${count} entries`;
}

export function missingKey(path: Path, expected: string): Finding {
  return { code: "missing-key", path, part: "value", what: "missing key", expected };
}

/** A value that is not allowed here, named after the key. */
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

/** What a schema accepts, in a word or two. */
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
