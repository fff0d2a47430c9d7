// What is wrong with a value by a JSON Schema, in the words of the project, one finding for each place. A validator that is loaded
// and compiled takes a third of a second, which every command would wait for; a test holds this one against Ajv.
import { isDeepStrictEqual } from "node:util";
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

/** Put into words only where somebody reads them: most branches of a union fail, and nobody asks why. */
type Failure = () => readonly Finding[];

interface At {
  readonly path: Path;
  /** The whole schema: holds the definitions. */
  readonly root: Schema;
  /** The part of it whose keyword this is. */
  readonly schema: Schema;
}

type Keyword<T> = (value: T, asked: never, at: At) => readonly Failure[];
type Mapping = Readonly<Record<string, unknown>>;

/** What is wrong with a value; empty when it is valid. Throws where a schema has a keyword that is not known here. */
export function findingsOf(schema: Schema, value: unknown): readonly Finding[] {
  return inWords(failures(schema, value, [], schema));
}

function inWords(failed: readonly Failure[]): readonly Finding[] {
  return withoutEchoes(failed.flatMap((failure) => failure()));
}

function failures(schema: Schema | boolean, value: unknown, path: Path, root: Schema): readonly Failure[] {
  if (typeof schema === "boolean") return schema ? [] : [() => [finding(path, value, "nothing may be here")]];
  const at = { path, root, schema };
  return keywordsOf(schema).flatMap(([check, asked]) => check(value, asked, at));
}

const read = new WeakMap<Schema, readonly (readonly [check: Keyword<unknown>, asked: never])[]>();

/** What a schema asks, in the order in which people are told. */
function keywordsOf(schema: Schema) {
  const known = read.get(schema);
  if (known !== undefined) return known;
  const strange = Object.keys(schema).find((key) => !annotations.has(key) && !Object.hasOwn(keywords, key));
  if (strange !== undefined) throw new Error(`a schema has the unknown keyword ${strange}`);
  const all = Object.entries(keywords).flatMap(([key, check]) =>
    schema[key] === undefined ? [] : [[check, schema[key] as never] as const],
  );
  read.set(schema, all);
  return all;
}

/** What says nothing about a value, or is read with the keyword beside it. */
const annotations = new Set(["title", "description", "$schema", "$id", "definitions", "then", "else"]);

const types: Readonly<Record<string, readonly [noun: string, is: (value: unknown) => boolean]>> = {
  object: ["a mapping", isMapping],
  array: ["a list", Array.isArray],
  string: ["text", (value) => typeof value === "string"],
  number: ["a number", Number.isFinite],
  integer: ["a whole number", Number.isInteger],
  boolean: ["true or false", (value) => typeof value === "boolean"],
  null: ["nothing", (value) => value === null],
};

const keywords: Readonly<Record<string, Keyword<unknown>>> = {
  type: (value, type: string | readonly string[], { path }) =>
    unless(isOfType(value, type), () => finding(path, value, "wrong type", nounOf({ type }))),
  ...only("number", {
    minimum: limit(">=", (number, asked) => number >= asked),
    maximum: limit("<=", (number, asked) => number <= asked),
    exclusiveMinimum: limit(">", (number, asked) => number > asked),
    exclusiveMaximum: limit("<", (number, asked) => number < asked),
  }),
  ...only("string", {
    pattern: (text: string, asked: string, { path }) =>
      unless(new RegExp(asked, "u").test(text), () =>
        finding(path, text, "malformed text", `text that matches /${asked}/`),
      ),
    minLength: (text: string, asked: number, { path }) =>
      unless([...text].length >= asked, () =>
        finding(path, text, `must NOT have fewer than ${asked} characters`),
      ),
  }),
  enum: (value, known: readonly unknown[], { path }) =>
    unless(
      known.some((one) => isDeepStrictEqual(one, value)),
      () => unknownValue(path, value, known.map(String)),
    ),
  const: (value, asked: unknown, { path }) =>
    unless(isDeepStrictEqual(asked, value), () => finding(path, value, "wrong value", show(asked))),
  $ref: (value, $ref: string, { path, root }) => failures(referred({ $ref }, root), value, path, root),
  oneOf: (value, branches: readonly Schema[], at) => union(value, branches, at, (fit) => fit === 1),
  anyOf: (value, branches: readonly Schema[], at) => union(value, branches, at, (fit) => fit > 0),
  if: (value, asked: Schema, { path, root, schema }) => {
    const holds = failures(asked, value, path, root).length === 0;
    const then = (holds ? schema.then : schema.else) as Schema | undefined;
    return then === undefined ? [] : failures(then, value, path, root);
  },
  ...only("array", {
    minItems: length("least", (count, asked) => count >= asked),
    maxItems: length("most", (count, asked) => count <= asked),
    uniqueItems: (list: readonly unknown[], asked: boolean, { path, schema }) => {
      // What is of a wrong type has been complained of.
      const { type } = (schema.items ?? {}) as Schema;
      const isRepeated = (one: unknown, i: number) =>
        (type === undefined || isOfType(one, type)) &&
        list.some((other, j) => j > i && isDeepStrictEqual(one, other));
      const at = asked ? list.findLastIndex(isRepeated) : -1;
      return unless(at === -1, () => finding([...path, at], list[at], "listed twice"));
    },
    items: (list: readonly unknown[], asked: Schema | readonly Schema[], { path, root }) =>
      list.flatMap((item, i) => {
        const schema = Array.isArray(asked) ? asked[i] : asked;
        return schema === undefined ? [] : failures(schema, item, [...path, String(i)], root);
      }),
  }),
  ...only("object", {
    minProperties: (mapping: Mapping, asked: number, { path, schema }) =>
      unless(Object.keys(mapping).length >= asked, () =>
        finding(path, mapping, "nothing in it", oneOf(Object.keys(schema.properties ?? {}))),
      ),
    required: lacking,
    dependencies: (mapping: Mapping, asked: Readonly<Record<string, readonly string[]>>, at) =>
      Object.entries(asked).flatMap(([key, others]) =>
        mapping[key] === undefined ? [] : lacking(mapping, others, at),
      ),
    additionalProperties: (mapping: Mapping, asked: Schema | boolean, { path, root, schema }) => {
      const known = Object.keys(schema.properties ?? {});
      const patterns = Object.keys((schema.patternProperties ?? {}) as object);
      return Object.entries(mapping)
        .filter(([key]) => !known.includes(key) && !patterns.some((one) => new RegExp(one, "u").test(key)))
        .flatMap(([key, one]) =>
          asked === false
            ? [() => [unknownKey([...path, key], key, known)]]
            : failures(asked, one, [...path, key], root),
        );
    },
    properties: (mapping: Mapping, asked: Readonly<Record<string, Schema>>, { path, root }) =>
      Object.entries(asked).flatMap(([key, schema]) =>
        mapping[key] === undefined ? [] : failures(schema, mapping[key], [...path, key], root),
      ),
    patternProperties: (mapping: Mapping, asked: Readonly<Record<string, Schema>>, { path, root }) =>
      Object.entries(asked).flatMap(([pattern, schema]) =>
        Object.entries(mapping)
          .filter(([key]) => new RegExp(pattern, "u").test(key))
          .flatMap(([key, one]) => failures(schema, one, [...path, key], root)),
      ),
  }),
};

/** Keywords that ask something of values of one type, and nothing of others. */
function only<T>(type: string, checks: Readonly<Record<string, Keyword<T>>>) {
  return Object.fromEntries(
    Object.entries(checks).map(([name, check]): [string, Keyword<unknown>] => [
      name,
      (value, asked, at) => (isOfType(value, type) ? check(value as T, asked, at) : []),
    ]),
  );
}

function limit(comparison: string, holds: (number: number, asked: number) => boolean): Keyword<number> {
  return (number, asked: number, { path }) =>
    unless(holds(number, asked), () =>
      finding(path, number, "out of range", `a number ${comparison} ${asked}`),
    );
}

function length(word: string, holds: (count: number, asked: number) => boolean): Keyword<readonly unknown[]> {
  return (list, asked: number, { path }) =>
    unless(holds(list.length, asked), () =>
      finding(path, list, "wrong length", `at ${word} ${asked === 1 ? "one entry" : `${asked} entries`}`),
    );
}

function lacking(mapping: Mapping, keys: readonly string[], { path, root, schema }: At): readonly Failure[] {
  const expected = (key: string) => nounOf(referred(schema.properties?.[key] ?? {}, root));
  return keys
    .filter((key) => mapping[key] === undefined)
    .map(
      (key): Failure =>
        () => [missingKey([...path, key], expected(key))],
    );
}

function unless(holds: boolean, wrong: () => Finding): readonly Failure[] {
  return holds ? [] : [() => [wrong()]];
}

/** Of the alternatives of a union only the one that was meant is worth talking about. */
function union(
  value: unknown,
  alternatives: readonly Schema[],
  { path, root }: At,
  holds: (fit: number) => boolean,
): readonly Failure[] {
  const fit = alternatives.filter((branch) => failures(branch, value, path, root).length === 0).length;
  if (holds(fit)) return [];
  return [
    () => {
      const branches = alternatives.map((branch) => referred(branch, root));
      const typed = branches.filter(({ type }) => type === undefined || isOfType(value, type));
      if (typed.length === 0)
        return [finding(path, value, "wrong type", [...new Set(branches.map(nounOf))].join(" or "))];
      const key = discriminator(typed);
      if (key === undefined) return fewest(typed, value, path, root);
      const got = (value as Mapping)[key];
      const known = typed.map((branch) => String(branch.properties?.[key]?.const));
      if (got === undefined) return [missingKey([...path, key], oneOf(known))];
      const meant = typed.filter((branch) => branch.properties?.[key]?.const === got);
      return meant.length === 0
        ? [unknownValue([...path, key], got, known)]
        : fewest(meant, value, path, root);
    },
  ];
}

/** The findings of the alternative that comes nearest. */
function fewest(branches: readonly Schema[], value: unknown, path: Path, root: Schema): readonly Finding[] {
  const [best = []] = branches
    .map((branch) => inWords(failures(branch, value, path, root)))
    .sort((a, b) => a.length - b.length);
  return best;
}

/** The key whose constant tells the branches apart. */
function discriminator(branches: readonly Schema[]): string | undefined {
  const keys = branches.length < 2 ? [] : Object.keys(branches[0]?.properties ?? {});
  return keys.find((key) => branches.every(({ properties }) => properties?.[key]?.const !== undefined));
}

/** A misspelt key is not also reported as missing. */
function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  const meant = new Set(
    findings
      .filter(({ code, nearest: near }) => code === "unknown-key" && near !== undefined)
      .map(({ path, nearest: near }) => [...path.slice(0, -1), near].join("\n")),
  );
  return findings.filter(({ code, path }) => code !== "missing-key" || !meant.has(path.join("\n")));
}

function finding(path: Path, value: unknown, what: string, expected?: string): Finding {
  const wanted = expected === undefined ? {} : { expected };
  return { path, part: "value", what, ...wanted, got: show(value) };
}

function unknownKey(path: Path, key: string, known: readonly string[]): Finding {
  const texts = { what: "unknown key", expected: oneOf(known), got: JSON.stringify(key) };
  return { path, part: "key", ...texts, code: "unknown-key", ...nearest(key, known) };
}

function missingKey(path: Path, expected: string): Finding {
  return { code: "missing-key", path, part: "value", what: "missing key", expected };
}

/** None of the texts that are allowed here: named after the key. */
function unknownValue(path: Path, got: unknown, known: readonly string[]): Finding {
  const key = path.findLast((part) => typeof part === "string" && !/^\d+$/.test(part)) ?? "value";
  const near = typeof got === "string" ? nearest(got, known) : {};
  const what = `unknown ${key}`;
  return { code: "unknown-name", path, part: "value", what, expected: oneOf(known), got: show(got), ...near };
}

function referred(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.replace("#/definitions/", "");
  return name === undefined ? schema : (root.definitions?.[name] ?? schema);
}

/** What a schema takes, in a word or two. */
function nounOf({ type, enum: values, ...rest }: Schema): string {
  if (Array.isArray(values)) return oneOf(values.map(String));
  if (Array.isArray(rest.oneOf ?? rest.anyOf)) return "a mapping";
  if (type === undefined) return "a value";
  return [type]
    .flat()
    .map((name) => types[name]?.[0] ?? name)
    .join(" or ");
}

function isOfType(value: unknown, type: string | readonly string[]): boolean {
  return [type].flat().some((name) => types[name]![1](value));
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
