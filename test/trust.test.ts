// docs/trust.md says what is in the files that it is made of, and leaves no measure and no oracle out.
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { groups, type HeldFile, oracleFiles, trustPage } from "../scripts/trust/page.ts";
import { queryProtocols } from "../src/eval/index.ts";
import { protocols } from "../src/eval/interactive/protocols/index.ts";
import { metrics } from "../src/metrics/index.ts";

const held: readonly HeldFile[] = JSON.parse(readFileSync("scripts/trust/held.json", "utf8"));
const rows = groups.flatMap((group) => group.rows);

test("the page is what `npm run trust -- --page` makes", () => {
  expect(readFileSync("docs/trust.md", "utf8")).toBe(trustPage(held));
});

test("every measure of every protocol stands in a row", () => {
  const named = new Set(rows.flatMap(({ measures = [] }) => measures));
  const all = [...Object.values(protocols), ...queryProtocols].flatMap((one) =>
    one.measures(Object.values(metrics)).map(({ name }) => name),
  );
  expect([...new Set(all)].filter((name) => !named.has(name))).toEqual([]);
  expect([...named].filter((name) => !all.includes(name))).toEqual([]);
});

test("every oracle stands in a row, was held by a test, and says who made it with what", () => {
  const files = oracleFiles();
  const named = new Set(rows.flatMap(({ oracle = [] }) => oracle));
  expect(files.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
  expect([...named].filter((name) => !held.some((one) => one.oracle === name))).toEqual([]);
  const unsaid = files.filter(
    ({ script, versions }) => !existsSync(script) || Object.keys(versions).length === 0,
  );
  expect(unsaid.map(({ name }) => name)).toEqual([]);
  expect(rows.flatMap(({ byHand = [] }) => byHand).filter((path) => !existsSync(path))).toEqual([]);
});

test("what was held is within what is allowed", () => {
  expect(held.length).toBeGreaterThan(50);
  for (const { oracle, cases, difference, allowed, tests } of held) {
    expect([oracle, cases > 0, difference <= allowed, tests.every((path) => existsSync(path))]).toEqual([
      oracle,
      true,
      true,
      true,
    ]);
  }
});
