// Boils ajv's errors down to the one sensible finding per place.
import type { ErrorObject } from "ajv";
import {
  describe,
  type Finding,
  missingKey,
  nounOf,
  pathOf,
  resolveRef,
  type Schema,
  typesOf,
  unknownValue,
} from "./describe.ts";
import { oneOf, show } from "./problems.ts";

export interface Context {
  /** The whole schema: holds the definitions. */
  readonly schema: Schema;
  /** Errors of some data against a part of the schema. */
  readonly branch: (part: Schema, data: unknown) => readonly ErrorObject[];
}

export function explain(errors: readonly ErrorObject[], context: Context): readonly Finding[] {
  const own = errors.filter((error, i) => error.keyword !== "if" && !isCovered(errors, i));
  const findings = own.flatMap((error) =>
    isUnion(error) ? explainUnion(error, context) : [describe(error, context.schema)],
  );
  return withoutEchoes(findings);
}

/** Of the alternatives of a union only the one that was meant is worth talking about. */
function explainUnion({ instancePath, schema, data }: ErrorObject, context: Context): readonly Finding[] {
  const path = pathOf(instancePath);
  const branches = (schema as Schema[]).map((branch) => resolveRef(branch, context.schema));
  const typed = branches.filter((branch) => accepts(branch, data));
  if (typed.length === 0) {
    const expected = [...new Set(branches.map(nounOf))].join(" or ");
    return [{ path, part: "value", what: "wrong type", expected, got: show(data) }];
  }
  const key = discriminator(typed);
  if (key === undefined) return fewest(typed, data, path, context);
  const got = (data as Readonly<Record<string, unknown>>)[key];
  const known = typed.map((branch) => String(branch.properties?.[key]?.const));
  if (got === undefined) return [missingKey([...path, key], oneOf(known))];
  const meant = typed.filter((branch) => branch.properties?.[key]?.const === got);
  if (meant.length === 0) return [unknownValue([...path, key], got, known)];
  return fewest(meant, data, path, context);
}

/** The findings of the alternative that comes nearest. */
function fewest(branches: readonly Schema[], data: unknown, path: readonly string[], context: Context) {
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
