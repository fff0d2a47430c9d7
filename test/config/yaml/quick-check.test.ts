// The quick yes or no about a value is Ajv's, for every file of the package and for thousands of spoilt copies of them.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { packageFolder } from "../../../src/config/paths.ts";
import { quickCheck } from "../../../src/config/yaml/quick-check.ts";
import { ajvErrors, schemaOf } from "../../../src/config/yaml/schema.ts";
import { draw } from "../../../src/core/random.ts";

const filesIn = (...folder: string[]) =>
  readdirSync(join(packageFolder, ...folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(packageFolder, ...folder, name));

const files: Readonly<Record<string, readonly string[]>> = {
  "run-file": filesIn("configs"),
  "model-card": filesIn("configs", "models"),
  "dataset-card": filesIn("datasets"),
  published: filesIn("configs", "published"),
};

type Path = readonly (string | number)[];

/** Every place of a value that something can be done to. */
function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, one]) => placesIn(one, [...path, key]))];
}

const spoilers: readonly ((old: unknown) => unknown)[] = [
  () => undefined,
  () => null,
  () => "",
  () => "no such word",
  () => -1,
  () => 1.5,
  () => true,
  () => [],
  () => ({}),
  (old) => [old, old],
  (old) => (Array.isArray(old) ? [...old, ...old] : { ...(old as object), surplus: 1 }),
  (old) => (typeof old === "object" && old !== null ? Object.fromEntries(Object.entries(old).slice(1)) : 7),
];

/** A copy with something else at a place; undefined takes the key away. */
function spoilt(value: unknown, path: Path, change: (old: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  const now = spoilt(copy[key], rest, change);
  if (now === undefined && !Array.isArray(copy)) delete copy[key];
  else copy[key] = now;
  return copy;
}

describe.each(Object.entries(files))("%s", (name, paths) => {
  const schema = schemaOf(name);
  const agree = (value: unknown, about: string) =>
    expect(quickCheck(schema, value), about).toBe(ajvErrors(schema, value).length === 0);

  test("files of the package", () => {
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) {
      const value = parse(readFileSync(path, "utf8"));
      expect(quickCheck(schema, value), path).toBe(true);
      agree(value, path);
    }
  });

  test("and spoilt copies", () => {
    let no = 0;
    for (const path of paths) {
      const value = parse(readFileSync(path, "utf8"));
      const places = placesIn(value);
      for (let n = 0; n < 60; n++) {
        const at = places[Math.floor(draw(path, "place", n) * places.length)]!;
        const change = spoilers[Math.floor(draw(path, "spoiler", n) * spoilers.length)]!;
        const bad = spoilt(value, at, change);
        if (!quickCheck(schema, bad)) no += 1;
        agree(bad, `${basename(path)} ${at.join(".")} ${JSON.stringify(bad)?.slice(0, 200)}`);
      }
    }
    expect(no).toBeGreaterThan(paths.length * 10);
  });
});

test("a keyword that is not known is Ajv's to judge", () => {
  const schema = { type: "object", maxProperties: 1 } as Parameters<typeof quickCheck>[0];
  expect(quickCheck(schema, {})).toBe(false);
  expect(ajvErrors(schema, {})).toEqual([]);
});
