// biome-ignore-all lint/suspicious/noTemplateCurlyInString: environment variables as they are written in YAML
import { expect, test } from "vitest";
import { resolvePath } from "../../src/config/paths.ts";

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
