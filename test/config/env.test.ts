// biome-ignore-all lint/suspicious/noTemplateCurlyInString: environment variables as they are written in YAML
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { resolvePath, usualData } from "../../src/config/paths.ts";

const folders = { base: "/runs", cwd: "/work", env: { DATA: "/data", REL: "sets", EMPTY: "" } };

test.each([
  ["a/b", "/runs/a/b"],
  ["../a", "/a"],
  ["/a", "/a"],
  ["${DATA}/a", "/data/a"],
  ["${REL}/a", "/work/sets/a"],
  ["${NONE:-here}/a", "/work/here/a"],
  ["${EMPTY:-here}/a", "/work/here/a"],
  ["${NONE:-/abs}", "/abs"],
  ["${NONE:-}a", "/work/a"],
  ["a/${REL}", "/runs/a/sets"],
  ["a/${REL}/${NONE:-b}", "/runs/a/sets/b"],
])("%s means %s", (text, path) => {
  expect(resolvePath(text, folders)).toEqual({ path });
});

test.each([
  ["${NONE}/a", "environment variable NONE is not set"],
  ["${EMPTY}", "environment variable EMPTY is not set"],
  ["${DATA", "malformed environment variable"],
  ["${A B}", "malformed environment variable"],
  ["${NONE:-${DATA}}", "malformed environment variable"],
])("%s: %s", (text, what) => {
  expect(resolvePath(text, folders)).toMatchObject({ what });
});

test("data that nobody names: the environment's folder, the working folder's, or the miniatures of the package", () => {
  const place = mkdtempSync(join(tmpdir(), "segbench-data-"));
  const usual = (env: Record<string, string>) => usualData({ cwd: place, env, home: "/package" });
  expect(usual({})).toEqual({ path: "/package/datasets/samples" });
  expect(usual({ SEGBENCH_DATA: "/nowhere" })).toEqual({ path: "/nowhere" });
  mkdirSync(join(place, "datasets", "data"), { recursive: true });
  expect(usual({})).toEqual({ path: join(place, "datasets", "data") });
  rmSync(place, { recursive: true });
});
